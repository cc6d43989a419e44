"""What becomes of the rows about one person, by `decisions.TABLES`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from sqlalchemy import String, cast, delete, or_, select, update
from sqlalchemy.orm import Session

from funnel.context import Context
from funnel.curriculum.addresses import email_key
from funnel.models import (
    AddressChange,
    BookingRequest,
    ChannelState,
    Consent,
    Delivery,
    DeliveryKind,
    DeliveryState,
    Event,
    GivenAnswer,
    HookBody,
    HookState,
    Lead,
    Purchase,
    QuizResult,
    Signup,
    Suppression,
    SuppressionReason,
    Tagging,
    WrittenBack,
)
from funnel.people.suppression import locked_suppression
from funnel.people.tally import forget_origins
from funnel.privacy.decisions import TABLES
from funnel.privacy.traces import Traces
from funnel.webhooks.stored import process_bodies

_AT_ONCE = 500
_BODIES_AT_ONCE = 50  # each may have a megabyte
BLANK_KEY = "erased-{}"
"""What `lead.email_key`, which is unique, says of a lead whose data is gone."""


def traces_of(session: Session, context: Context, address: str, lead: Lead | None) -> Traces:
    """How she is recognised: by what was typed now, what she typed then, and her mails."""
    if lead is None:
        return Traces(frozenset({address, email_key(address)}))
    mails = session.scalars(select(Delivery).where(Delivery.lead_id == lead.id)).all()
    ids = message_ids(context, mails)
    ids |= {mail.provider_id for mail in mails if mail.provider_id}
    changes = session.scalars(select(AddressChange).where(AddressChange.lead_id == lead.id)).all()
    others = {each for change in changes for each in (change.old_email, change.new_email) if each}
    addresses = {address, email_key(address), lead.email, lead.email_key, *others, *map(email_key, others)}
    return Traces(frozenset(addresses), frozenset(ids), frozenset(mail.id for mail in mails))


def message_ids(context: Context, mails: Iterable[Delivery]) -> set[str]:
    """Our Message-IDs before their `@`, which stand in return paths too."""
    return {context.links.message_id(mail.ref, "").strip("<>@") for mail in mails}


def notices_about(session: Session, lead_id: int) -> list[int]:
    """The mails that told the practice of her. Reads every mail of that kind, for nothing else names them."""
    if session.scalar(select(BookingRequest.id).where(BookingRequest.lead_id == lead_id).limit(1)) is None:
        return []
    about = Delivery.detail["lead_id"].as_integer() == lead_id
    return list(session.scalars(select(Delivery.id).where(Delivery.kind == DeliveryKind.NOTICE, about)))


def stray_events(session: Session, context: Context, traces: Traces) -> list[int]:
    """Events that belong to no row of hers and are about her: a provider's opens, and bounces nobody could verify.

    Reads every event without a reader.
    """
    digests = {context.links.address_digest(email_key(each)) for each in traces.addresses}
    raw = cast(Event.raw, String)
    query = select(Event.id, Event.raw).where(
        Event.lead_id.is_(None),
        Event.delivery_id.is_(None),
        or_(raw.contains('"delivery"'), *(raw.contains(digest) for digest in digests)),
    )
    return [
        row.id
        for row in session.execute(query)
        if row.raw.get("delivery") in traces.mails or digests.intersection(row.raw.get("addresses", ()))
    ]


def blank_lead(session: Session, lead: Lead) -> None:
    """The lead, her sign-ups and all that hangs on her; mail on its way is left to `blank_mails`."""
    for name, value in TABLES["lead"].blanks().items():
        setattr(lead, name, value)
    lead.email_key = BLANK_KEY.format(lead.id)
    signups = session.scalars(select(Signup).where(Signup.lead_id == lead.id).order_by(Signup.id).with_for_update())
    forget_origins(session, signups.all())
    session.execute(update(Signup).where(Signup.lead_id == lead.id).values(TABLES["signup"].blanks()))
    session.execute(update(Purchase).where(Purchase.lead_id == lead.id).values(TABLES["purchase"].blanks()))
    session.execute(delete(Consent).where(Consent.lead_id == lead.id))
    session.execute(delete(BookingRequest).where(BookingRequest.lead_id == lead.id))
    session.execute(delete(WrittenBack).where(WrittenBack.lead_id == lead.id))
    session.execute(delete(AddressChange).where(AddressChange.lead_id == lead.id))
    session.execute(delete(QuizResult).where(QuizResult.lead_id == lead.id))
    session.execute(delete(Tagging).where(Tagging.lead_id == lead.id))
    session.execute(delete(GivenAnswer).where(GivenAnswer.lead_id == lead.id))


def _batches(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (ids[start : start + _AT_ONCE] for start in range(0, len(ids), _AT_ONCE))


def blank_mails(session: Session, ids: Sequence[int]) -> list[int]:
    """Empties these mails and deletes what came back of them; which are being handed over now, and wait for that."""
    in_flight = []
    for some in _batches(ids):
        rows = session.scalars(select(Delivery).where(Delivery.id.in_(some)).order_by(Delivery.id).with_for_update())
        for row in rows.all():
            if row.state == DeliveryState.HANDING_OVER:
                in_flight.append(row.id)
            else:
                _blank(row)
        session.execute(delete(Event).where(Event.delivery_id.in_(some)))
    return in_flight


def delete_events(session: Session, lead_id: int | None, stray: Sequence[int]) -> None:
    """What came back about her, whether or not it was about a mail."""
    if lead_id is not None:
        session.execute(delete(Event).where(Event.lead_id == lead_id))
    for some in _batches(stray):
        session.execute(delete(Event).where(Event.id.in_(some)))


def keep_away(session: Session, digest: str, at: datetime) -> None:
    """Nobody mails this address again but after a new sign-up of its owner.

    A complaint, and a practice's own word, weigh more than an erasure; a mailbox that was dead, or that a provider had
    on its list, may live again.
    """
    known = locked_suppression(session, digest)
    if known is None:
        session.add(Suppression(digest=digest, reason=SuppressionReason.ERASED, note="", at=at))
        return
    known.note = ""
    if known.reason in (SuppressionReason.BOUNCED, SuppressionReason.PROVIDER_LIST):
        known.reason, known.at = SuppressionReason.ERASED, at


def blank_channels(session: Session, traces: Traces) -> None:
    for channel in session.scalars(select(ChannelState)):
        if traces.named_in(channel.detail.encode()):
            channel.detail = ""


def delete_bodies(context: Context, traces: Traces) -> int:
    """Deletes what providers reported that names her; how many bodies. What waits is worked on first.

    One body may be about many people: what it says of the others stands in their events by then. One that cannot be
    worked on now, as its provider is away, stays until it can.
    """
    deleted = 0
    for ids in _bodies_that_name(context, traces):
        process_bodies(context, ids, context.clock.now())
        with context.db.write() as session:
            done = delete(HookBody).where(HookBody.id.in_(ids), HookBody.state != HookState.NEW)
            deleted += len(session.scalars(done.returning(HookBody.id)).all())
    return deleted


def _bodies_that_name(context: Context, traces: Traces) -> Iterator[list[int]]:
    after = 0
    while True:
        query = select(HookBody).where(HookBody.id > after).order_by(HookBody.id).limit(_BODIES_AT_ONCE)
        with context.db.read() as session:
            rows = session.scalars(query).all()
        if not rows:
            return
        after = rows[-1].id
        named = [row.id for row in rows if traces.named_in(row.body) or traces.named_in(repr(row.headers).encode())]
        if named:
            yield named


def _blank(row: Delivery) -> None:
    subject = row.filled.get("subject")
    for name, value in TABLES["delivery"].blanks().items():
        setattr(row, name, value)
    if subject:
        row.filled = {"subject": subject}
