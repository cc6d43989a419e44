"""What follows from a mail that came back: an event, perhaps a suppression, perhaps the end of an enrolment.

Only our token makes a mail count: anybody can write a bounce. One without it is noted and changes nothing.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from funnel.bounces.addresses import same_address
from funnel.bounces.model import BouncedRecipient, BounceReading
from funnel.context import Context
from funnel.curriculum.addresses import email_key
from funnel.db import find
from funnel.enrolment.giving_up import give_up_after_complaint
from funnel.links import RowRef
from funnel.models import (
    Actor,
    Delivery,
    Event,
    EventKind,
    Lead,
    LeadState,
    SuppressionReason,
)
from funnel.people.suppression import Grounds
from funnel.replies import ABOUT_US, REPLIES_VERSION
from funnel.sending.blocked import note_block
from funnel.sending.refused import MailRefusal, follow_refusal
from funnel.tracking.reconcile import reconcile_unknown


class BounceOutcome(StrEnum):
    """What was done about one mail."""

    SUPPRESSED = "suppressed"  # the address is not mailed again
    HELD = "held"  # its mailbox provider rests: nobody there is given up until a person decides
    COUNTED = "counted"  # a soft bounce: it adds up
    NOTED = "noted"  # recorded, and nothing else
    UNVERIFIED = "unverified"  # recorded, but without our token it counts for nothing
    KNOWN = "known"  # this very mail was handled before
    SETTLED = "settled"  # no bounce and no complaint, but it shows that a mail had gone out of which nobody knew
    REPLIED = "replied"  # a person answered: it stands on her timeline, and the mail stays unread
    UNSUBSCRIBED = "unsubscribed"  # a mail with our token asked for it
    IGNORED = "ignored"  # no bounce and no complaint


@dataclass(frozen=True, slots=True)
class _ReturnedMail:
    """One mail that came back: under which key, what was read in it, and whom of ours it is about. `at` is story time.

    Without our token there is neither delivery nor lead.
    """

    key: str
    kind: EventKind
    reading: BounceReading
    recipient: BouncedRecipient | None
    delivery: Delivery | None
    lead: Lead | None
    at: datetime


def record_bounce(context: Context, raw: bytes, reading: BounceReading, now: datetime) -> BounceOutcome:
    """Writes one reading down in one transaction; the same mail a second time does nothing. `now` is story time."""
    kind = _event_kind(reading)
    if kind is None:
        return _went_out(context, reading.delivery, now)
    key = f"mail:{hashlib.sha256(raw).hexdigest()[:48]}"
    with context.db.write() as session:
        if session.scalar(select(Event.id).where(Event.key == key)) is not None:
            return BounceOutcome.KNOWN
        delivery, lead = _locked(session, reading.delivery)
        recipient = _ours(reading, lead)
        mail = _ReturnedMail(key, kind, reading, recipient, delivery, lead, now)
        session.add(_event(context, mail))
        session.flush()
        if delivery is None:
            return BounceOutcome.UNVERIFIED
        done = BounceOutcome.NOTED
        if lead is not None and lead.state != LeadState.ERASED:
            # First, so that an enrolment is stopped and not finished by its last mail having arrived.
            done = _consequence(session, context, lead, mail)
        reconcile_unknown(session, context, delivery, now)
        if kind == EventKind.BOUNCED and recipient is not None and recipient.kind in ABOUT_US:
            said = f"{recipient.reason} {recipient.status or recipient.reply_code}".strip()
            note_block(session, context, delivery, said, now)
        return done


def _went_out(context: Context, ref: RowRef | None, now: datetime) -> BounceOutcome:
    """A delay notice, an automatic answer, a letter: no event, but whoever has our token was given the mail.

    A server that warns of a delay has the mail in its queue (RFC 3464, 2.3.3); an automatic answer is made where it
    was delivered (RFC 3834, 2). It says nothing of a mailbox that was full before, so soft bounces go on counting.
    """
    if ref is None:
        return BounceOutcome.IGNORED
    with context.db.write() as session:
        delivery, _ = _locked(session, ref)
        settled = delivery is not None and reconcile_unknown(session, context, delivery, now)
    return BounceOutcome.SETTLED if settled else BounceOutcome.IGNORED


def _locked(session: Session, ref: RowRef | None) -> tuple[Delivery | None, Lead | None]:
    """The mail and its reader, the reader locked first, as everybody does."""
    found = find(session, Delivery, ref)
    if found is None:
        return None, None
    lead = None if found.lead_id is None else session.get(Lead, found.lead_id, with_for_update=True)
    return session.get(Delivery, found.id, with_for_update=True, populate_existing=True), lead


def _event_kind(reading: BounceReading) -> EventKind | None:
    if reading.is_complaint:
        return EventKind.COMPLAINED
    if reading.is_bounce:
        return EventKind.BOUNCED
    if any(each.reason == "delivered" for each in reading.recipients):
        return EventKind.DELIVERED
    return None


def _consequence(session: Session, context: Context, lead: Lead, mail: _ReturnedMail) -> BounceOutcome:
    recipient = mail.recipient
    if mail.kind == EventKind.COMPLAINED:
        grounds = Grounds(SuppressionReason.COMPLAINED, mail.at, "reported as spam")
        give_up_after_complaint(session, context.links, lead, mail.delivery, grounds)
        return BounceOutcome.SUPPRESSED
    if mail.kind == EventKind.DELIVERED or recipient is None:
        return BounceOutcome.NOTED
    if mail.delivery is None:
        return BounceOutcome.UNVERIFIED
    done = follow_refusal(session, context, lead, mail.delivery, _refusal(recipient, mail.at))
    return BounceOutcome(done.value)


def _refusal(recipient: BouncedRecipient, at: datetime) -> MailRefusal:
    code = recipient.status or recipient.reply_code
    return MailRefusal(recipient.kind, recipient.certainty, recipient.reason, code, at, recipient.said)


def _ours(reading: BounceReading, lead: Lead | None) -> BouncedRecipient | None:
    """The recipient that is this reader. Passed-on mail names another address: then only a single one counts."""
    if lead is None:
        return reading.recipients[0] if len(reading.recipients) == 1 else None
    for each in reading.recipients:
        if same_address(each.address, lead.email) or same_address(each.original, lead.email):
            return each
    return reading.recipients[0] if len(reading.recipients) == 1 else None


def _event(context: Context, mail: _ReturnedMail) -> Event:
    """The row. Of an address we did not verify only its digest is kept: it may be anybody's."""
    recipient, delivery = mail.recipient, mail.delivery
    raw: dict[str, object] = {"verified": delivery is not None, "rules": REPLIES_VERSION}
    if recipient is not None:
        raw |= _refusal(recipient, mail.at).facts()
        if delivery is None:
            raw.pop("words", None)  # anybody can write them
        raw |= {"status": recipient.status, "reply": recipient.reply_code, "confidence": recipient.confidence}
    if mail.reading.feedback:
        raw["feedback"] = mail.reading.feedback
    if delivery is None:
        listed = mail.reading.recipients[:20]
        raw["addresses"] = [context.links.address_digest(email_key(each.address)) for each in listed]
    return Event(
        key=mail.key,
        kind=mail.kind,
        at=mail.at,
        delivery_id=delivery.id if delivery else None,
        lead_id=mail.lead.id if mail.lead else None,
        actor=Actor.MACHINE,
        reasons=[recipient.reason] if recipient else [],
        raw=raw,
    )
