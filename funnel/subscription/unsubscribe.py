"""Unsubscribing: one POST, no login, for ever (RFC 8058), and in force before the next mail."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from funnel.context import Context
from funnel.db import find
from funnel.enrolment.stopping import LEFT, skip
from funnel.enrolment.withdrawal import withdraw_consent
from funnel.links import RowRef
from funnel.models import (
    Actor,
    ConsentKind,
    Delivery,
    DeliveryState,
    Event,
    EventKind,
    Lead,
    LeadState,
    LessonMeasure,
)
from funnel.people.consent import last_consent
from funnel.sending.outcomes import count_outcome


def leave(context: Context, ref: RowRef, now: datetime, via: str) -> bool:
    """Withdraws consent for everything; True even if that was done before.

    False if there is no such mail, or its reader was erased since: with that address she may have signed up anew.

    `via` is how she said so: `one-click` or `page`. Signing up again later asks for consent anew.
    """
    with context.db.write() as session:
        delivery = find(session, Delivery, ref)
        lead_id = None if delivery is None else delivery.lead_id
        lead = None if lead_id is None else session.get(Lead, lead_id, with_for_update=True)
        if delivery is None or lead is None or lead.state == LeadState.ERASED:
            return False
        if _receives(session, lead):
            _withdraw(session, lead, now, via, mail=str(delivery.id))
            _count(session, lead, delivery, now, via)
        return True


def leave_by_address(context: Context, digest: str, now: datetime, via: str) -> bool:
    """The same by a mail that is gone, for whom `Links.short_digest` of her address is `digest`.

    False if nobody has such an address: then nothing is sent to it.
    """
    with context.db.read() as session:
        everybody = session.execute(select(Lead.id, Lead.email_key).execution_options(yield_per=1_000))
        found = next((row.id for row in everybody if context.links.short_digest(row.email_key) == digest), None)
    with context.db.write() as session:
        lead = None if found is None else session.get(Lead, found, with_for_update=True)
        if lead is None:
            return False
        if _receives(session, lead):
            _withdraw(session, lead, now, via)
        return True


def _receives(session: Session, lead: Lead) -> bool:
    # She left, signed up again and now stops: the confirmation of that sign-up must not work any more.
    asked_again = lead.state == LeadState.LEFT and last_consent(session, lead.id) == ConsentKind.ASKED
    return lead.state not in (LeadState.LEFT, LeadState.ERASED) or asked_again


def _withdraw(session: Session, lead: Lead, now: datetime, via: str, **evidence: str) -> None:
    withdraw_consent(session, lead, now, via, **evidence)
    # What is being handed over cannot be called back. Locked, so that a worker does not hand over what is skipped here.
    open_mail = select(Delivery).where(
        Delivery.lead_id == lead.id, Delivery.state.in_((DeliveryState.WAITING, DeliveryState.CLAIMED))
    )
    locked = open_mail.order_by(Delivery.id).with_for_update().execution_options(populate_existing=True)
    for waiting in session.scalars(locked).all():
        skip(session, waiting, LEFT, now)


def _count(session: Session, lead: Lead, delivery: Delivery, now: datetime, via: str) -> None:
    """Writes down which mail she left from."""
    if delivery.left_at is None:
        delivery.left_at = now
        count_outcome(session, delivery, LessonMeasure.LEFT, now)
    session.add(
        Event(
            # Leaving counts once for each mail; who comes back and leaves from a newer mail has left twice.
            key=f"left:{delivery.id}:{int(now.timestamp())}",
            kind=EventKind.UNSUBSCRIBED,
            at=now,
            delivery_id=delivery.id,
            lead_id=lead.id,
            actor=Actor.HUMAN,
            reasons=[via],
        )
    )
