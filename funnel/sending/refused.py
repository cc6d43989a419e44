"""What refusals of one reader's mail add up to, whoever told of them: the server, a mail that came back, a webhook.

An address is given up

1. at once, where it is certain that it is dead;
2. at the second mail that met what is only likely, three days or more after the first;
3. after several soft bounces in a row, over a week or more. What nobody understands counts as soft.

A mail that arrived begins anew. What is about us never counts against a reader: see `blocked.py`. And where too many
of one mailbox provider are called dead in a row nobody is given up, whatever was said: see `braking.py`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from funnel.context import Context
from funnel.enrolment.giving_up import give_up_address
from funnel.models import Actor, Delivery, DeliveryState, Event, EventKind, Lead, LeadState, SuppressionReason
from funnel.people.addresses import address_since, mailed_address, went_elsewhere
from funnel.people.permission import ABOUT_ADDRESSES
from funnel.people.suppression import Grounds, suppress
from funnel.replies import REPLIES_VERSION, BounceKind, Certainty
from funnel.replies.same_words import same_words
from funnel.sending.braking import holds
from funnel.sending.hits import BOUNCED, GIVES_UP, LIVES, calls_dead, mark_refusal, went_after_all

SOFT_LIMIT = 5  # so many different mails came back softly …
SOFT_SPAN = timedelta(days=7)  # … over at least so long, before an address is given up
SECOND_HIT = timedelta(hours=72)  # between two mails of which it is likely that the address is dead
ARRIVED_AFTER = timedelta(days=5)  # RFC 5321, 4.5.4.1: a mail still without a bounce then was delivered
_COUNTED = (BounceKind.SOFT, BounceKind.HARD, BounceKind.UNKNOWN)


class RefusalOutcome(StrEnum):
    """What was done about one refusal."""

    SUPPRESSED = "suppressed"  # the address is not mailed again
    HELD = "held"  # it would be, but its mailbox provider rests: a person decides
    COUNTED = "counted"  # it adds up
    NOTED = "noted"  # recorded, and nothing else


@dataclass(frozen=True, slots=True)
class MailRefusal:
    """That one mail was refused. `reason` is a word of docs/bounces.md, `code` the server's, `at` story time.

    `said` are the server's own words, if they are not kept elsewhere.
    """

    kind: BounceKind
    certainty: Certainty
    reason: str
    code: str
    at: datetime
    said: str = ""

    @property
    def words(self) -> str:
        """For the record: what was said, or else the reason and the code."""
        return self.said or f"{self.reason} {self.code}".strip()

    def facts(self) -> dict[str, object]:
        """What `Event.raw` keeps of it, by which later refusals are weighed."""
        return {
            "kind": self.kind.value,
            "certainty": self.certainty.value,
            "reason": self.reason,
            "rules": REPLIES_VERSION,
            **({"words": same_words(self.said)} if self.said else {}),
        }


def refused_on_the_wire(
    delivery: Delivery, kind: EventKind, said: str, facts: Mapping[str, object], at: datetime
) -> Event:
    """The event of what a server or provider answered to one attempt; `said` are its words."""
    return Event(
        key=f"refused:{delivery.id}" + (f":{delivery.attempts}" if delivery.attempts else ""),
        kind=kind,
        at=at,
        delivery_id=delivery.id,
        lead_id=delivery.lead_id,
        actor=Actor.MACHINE,
        reasons=[said[:500]],
        raw=dict(facts),
    )


def follow_refusal(
    session: Session, context: Context, lead: Lead, delivery: Delivery, refusal: MailRefusal
) -> RefusalOutcome:
    """Gives the address up if this refusal is enough, in the caller's transaction.

    Its event (`BOUNCED`, with `facts` in `raw` and the delivery) is written already. The reader is locked.
    """
    if lead.state == LeadState.ERASED:
        return RefusalOutcome.NOTED
    if went_elsewhere(session, delivery, lead):
        return _of_another_address(session, context, lead, delivery, refusal)
    grounds = None
    if refusal.kind is BounceKind.LISTED:
        grounds = Grounds(SuppressionReason.PROVIDER_LIST, refusal.at, refusal.words)
    elif refusal.kind not in _COUNTED:
        return RefusalOutcome.NOTED
    elif why := _enough(session, lead, delivery, refusal):
        grounds = Grounds(SuppressionReason.BOUNCED, refusal.at, why)
    if grounds is not None:
        mark_refusal(session, delivery, GIVES_UP)
    if (grounds is not None or refusal.certainty is not Certainty.NONE) and holds(
        session, context, delivery, lead, refusal.at
    ):
        return RefusalOutcome.HELD
    if grounds is None:
        return RefusalOutcome.COUNTED
    give_up_address(session, context.links, lead, grounds)
    return RefusalOutcome.SUPPRESSED


def _of_another_address(
    session: Session, context: Context, lead: Lead, delivery: Delivery, refusal: MailRefusal
) -> RefusalOutcome:
    """The mail went to an address she had before, or asked for: what it says is about that one, and never about her."""
    address = mailed_address(session, delivery, lead)
    certain = refusal.kind in _COUNTED and refusal.certainty is Certainty.CERTAIN
    if not address or not (certain or refusal.kind is BounceKind.LISTED):
        return RefusalOutcome.NOTED
    listed = refusal.kind is BounceKind.LISTED
    reason = SuppressionReason.PROVIDER_LIST if listed else SuppressionReason.BOUNCED
    suppress(session, context.links, address, Grounds(reason, refusal.at, refusal.words))
    return RefusalOutcome.SUPPRESSED


def _enough(session: Session, lead: Lead, delivery: Delivery, refusal: MailRefusal) -> str:
    """Why the address is given up now; "" where it is not. One mail may be reported by several servers, for days."""
    said = refusal.words
    if refusal.certainty is Certainty.CERTAIN:
        return said
    row = _in_a_row(session, lead, refusal.at)
    dead = [event.at for event in row if event.delivery_id != delivery.id and calls_dead(event.raw)]
    if refusal.certainty is Certainty.LIKELY and refusal.at - min(dead, default=refusal.at) >= SECOND_HIT:
        return f"{said}, and so was a mail before"
    times = [event.at for event in row]
    if len({event.delivery_id for event in row}) >= SOFT_LIMIT and max(times) - min(times) >= SOFT_SPAN:
        return f"{SOFT_LIMIT} mails came back, the last: {refusal.reason}"
    return ""


def _to_this_address(session: Session, lead: Lead) -> list[ColumnElement[bool]]:
    """What was refused at an address she had before says nothing of the one she has."""
    since = address_since(session, lead.id)
    return [Delivery.kind.not_in(ABOUT_ADDRESSES), *([] if since is None else [Delivery.created_at >= since])]


def _in_a_row(session: Session, lead: Lead, now: datetime) -> Sequence[Event]:
    """The refusals of this reader's mail since one last certainly arrived, but for mail that went after all."""
    rows = session.execute(
        select(Event, Delivery.state)
        .join(Delivery, Delivery.id == Event.delivery_id)
        .where(Event.lead_id == lead.id, BOUNCED, *_to_this_address(session, lead))
    ).all()
    refused = [event for event, state in rows if not went_after_all(event.raw, state)]
    since = _last_arrival(session, lead, now, {event.delivery_id for event in refused})
    counted = [event for event in refused if event.raw.get("kind") in _COUNTED]
    return counted if since is None else [event for event in counted if event.at >= since]


def _last_arrival(session: Session, lead: Lead, now: datetime, refused: Collection[int | None]) -> datetime | None:
    """When a mail last certainly arrived: the mailbox said so, a person opened it, or it never came back."""
    told = session.scalar(select(func.max(Event.at)).where(Event.lead_id == lead.id, LIVES))
    quiet = session.execute(
        select(Delivery.id, Delivery.ended_at).where(
            Delivery.lead_id == lead.id,
            Delivery.state == DeliveryState.ACCEPTED,
            Delivery.ended_at <= now - ARRIVED_AFTER,
        )
    )
    times = [told, *(row.ended_at for row in quiet if row.id not in refused)]
    return max((at for at in times if at is not None), default=None)
