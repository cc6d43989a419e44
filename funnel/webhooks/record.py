"""What follows from a provider's event, once: an event, an enrolment ended, an address given up, a mail settled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import partial

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from funnel.context import Context
from funnel.curriculum.measuring import measured
from funnel.enrolment.giving_up import give_up_after_complaint
from funnel.links import RowRef
from funnel.models import Delivery, Event, EventKind, Lead, SuppressionReason
from funnel.people.suppression import Grounds
from funnel.replies import ABOUT_US, BounceKind
from funnel.sending.blocked import note_block
from funnel.sending.refused import MailRefusal, follow_refusal
from funnel.subscription.unsubscribe import leave
from funnel.tracking.reconcile import SettledBy, reconcile_unknown
from funnel.webhooks.bounce_kinds import weigh_claim
from funnel.webhooks.events import ProviderEvent, ProviderKind, own_key
from funnel.webhooks.match_delivery import MatchedDelivery, match_delivery

_LONGEST_KEY = 60
_KINDS = {
    ProviderKind.DELIVERED: EventKind.DELIVERED,
    ProviderKind.BOUNCED: EventKind.BOUNCED,
    ProviderKind.REJECTED: EventKind.BOUNCED,
    ProviderKind.COMPLAINED: EventKind.COMPLAINED,
    ProviderKind.OPENED: EventKind.OPENED,
    ProviderKind.CLICKED: EventKind.CLICKED,
    ProviderKind.UNSUBSCRIBED: EventKind.UNSUBSCRIBED,
}
_FAILED = (ProviderKind.BOUNCED, ProviderKind.REJECTED)
_TRACKED = {ProviderKind.OPENED: ("full",), ProviderKind.CLICKED: ("full", "clicks")}


class Applied(StrEnum):
    """What was done about one event."""

    NOTED = "noted"  # stored, with all that follows
    KNOWN = "known"  # seen before: nothing
    PASSED = "passed"  # nothing to store, or the reader does not want it stored
    NOT_OURS = "not_ours"  # about no mail that is surely ours: nothing


@dataclass(frozen=True, slots=True)
class _ReceivedEvent:
    """One verified event: which adapter's webhook brought it, its key in our table, and when (story time)."""

    adapter: str
    event: ProviderEvent
    key: str
    at: datetime
    refusal: MailRefusal | None  # where it says that a mail was refused: how that is weighed


def apply_event(context: Context, adapter: str, event: ProviderEvent, now: datetime) -> Applied:
    """Writes one verified event down. `now` is story time. The same event again changes nothing, in any order."""
    received = _ReceivedEvent(adapter, event, _key(adapter, event), now, _refusal(event, now))
    try:
        if event.kind == ProviderKind.UNSUBSCRIBED:
            return _step_by_step(context, received, partial(leave, context, now=now, via=adapter))
        with context.db.write() as session:
            return _apply(session, context, received)
    except IntegrityError:
        with context.db.read() as session:
            if not _seen(session, received.key):
                raise
        return Applied.KNOWN  # somebody else wrote the same event at this moment


def _apply(session: Session, context: Context, received: _ReceivedEvent) -> Applied:
    event = received.event
    if _seen(session, received.key):
        return Applied.KNOWN
    found = match_delivery(session, context.links, received.adapter, event)
    if found is None:
        return Applied.NOT_OURS
    stored = event.kind in _KINDS and _wanted(context, event, found)
    if stored:
        session.add(_row(context, received, found))
        session.flush()
    if found.lead is not None:
        # First, so that an enrolment is stopped and not finished by its last mail failing.
        _consequence(session, context, received, found.lead, found.delivery)
    _settle(session, context, received, found)
    if event.kind in _FAILED and event.bounce_kind in ABOUT_US:
        note_block(session, context, found.delivery, event.status[:40] or event.bounce_kind.value, received.at)
    return Applied.NOTED if stored else Applied.PASSED


def _settle(session: Session, context: Context, received: _ReceivedEvent, found: MatchedDelivery) -> None:
    event = received.event
    failed = None if received.refusal is None else event.reason
    evidence = SettledBy(failed, received.adapter, event.provider_id or None)
    reconcile_unknown(session, context, found.delivery, received.at, evidence)


def _consequence(session: Session, context: Context, received: _ReceivedEvent, lead: Lead, delivery: Delivery) -> None:
    event = received.event
    if event.kind == ProviderKind.COMPLAINED:
        grounds = Grounds(SuppressionReason.COMPLAINED, received.at, event.reason or event.status)
        give_up_after_complaint(session, context.links, lead, delivery, grounds)
    elif received.refusal is not None and (
        event.kind == ProviderKind.BOUNCED or event.bounce_kind == BounceKind.LISTED
    ):
        follow_refusal(session, context, lead, delivery, received.refusal)


def _refusal(event: ProviderEvent, now: datetime) -> MailRefusal | None:
    if event.kind not in _FAILED and event.bounce_kind != BounceKind.LISTED:
        return None
    reason, certainty = weigh_claim(event.bounce_kind, event.status, event.reason)
    said = event.reason or event.status
    return MailRefusal(event.bounce_kind, certainty, reason, event.status[:40], now, said)


def _step_by_step(context: Context, received: _ReceivedEvent, follow: Callable[[RowRef], object]) -> Applied:
    """Settles the mail, lets `follow` act on it in transactions of its own, and only then marks the event.

    Where it breaks off, the same event sent again does all of it again: settling and following may be done twice.
    """
    with context.db.write() as session:
        if _seen(session, received.key):
            return Applied.KNOWN
        found = match_delivery(session, context.links, received.adapter, received.event)
        if found is None:
            return Applied.NOT_OURS
        _settle(session, context, received, found)
        delivery = found.delivery.ref
    follow(delivery)
    with context.db.write() as session:
        session.add(_mark(received))
    return Applied.NOTED


def _mark(received: _ReceivedEvent) -> Event:
    """That this event was seen. What it says stands in a row of its own, on the reader's ledger."""
    kind = _KINDS[received.event.kind]
    return Event(key=received.key, kind=kind, at=received.at, raw={"hook": received.adapter, "mark": True})


def _row(context: Context, received: _ReceivedEvent, found: MatchedDelivery) -> Event:
    """The row, in the words that the rules for bounces count by.

    A provider's opens and clicks belong to no delivery, so that neither figures nor the rules for our own hits, which
    see the same reader at the same time, count them a second time. `raw` says which mail it was.
    """
    event = received.event
    at = event.at if event.at is not None and context.clock.rate == 1 else received.at
    raw: dict[str, object] = {"hook": received.adapter, "verified": True, "event": event.kind.value}
    if received.refusal is not None:
        raw |= received.refusal.facts() | {"status": event.status[:40]}
    tracked = event.kind in _TRACKED
    if tracked:
        raw["delivery"] = found.delivery.id
    # A server's words may hold the address: nothing of it is written down again once its reader was erased.
    reasons = [event.reason] if event.reason and found.lead is not None else []
    return Event(
        key=received.key,
        kind=_KINDS[event.kind],
        at=min(at, received.at),
        delivery_id=None if tracked else found.delivery.id,
        lead_id=None if tracked else found.delivery.lead_id,
        actor=event.actor,
        reasons=reasons,
        raw=raw,
    )


def _wanted(context: Context, event: ProviderEvent, found: MatchedDelivery) -> bool:
    """Opens and clicks are kept only of readers who let themselves be measured so far."""
    if event.kind not in _TRACKED:
        return True
    if found.lead is None:
        return False
    return measured(found.lead.tracking, context.library.practice.tracking) in _TRACKED[event.kind]


def _seen(session: Session, key: str) -> bool:
    return session.scalar(select(Event.id).where(Event.key == key)) is not None


def _key(adapter: str, event: ProviderEvent) -> str:
    own = event.event_key
    short = own if own and len(own) <= _LONGEST_KEY else own_key(own)
    return f"hook:{adapter}:{short}"
