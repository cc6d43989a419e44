"""What changes for who has booked: the figures, once, and the sequences that end with it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from funnel.context import Context
from funnel.enrolment.stopping import stop_enrolments
from funnel.models import Actor, Delivery, Event, EventKind, FunnelStage, Lead, Signup
from funnel.people.tally import reach

BOOKED = "booked"
"""The goal in `stop_when`, and the reason of an enrolment that ended by it."""


def count_booked(session: Session, context: Context, lead: Lead, delivery: Delivery | None, now: datetime) -> None:
    """What changes for who has booked: the figures, once, and the sequences that end with it."""
    if lead.booked_at is not None:
        return
    lead.booked_at = now
    key = f"booked:{lead.id}"  # also of who booked, cancelled, and books again: she is counted once
    if session.scalar(select(Event.id).where(Event.key == key)) is None:
        named = {"delivery_id": delivery.id if delivery else None, "lead_id": lead.id}
        session.add(Event(key=key, kind=EventKind.BOOKED, at=now, actor=Actor.HUMAN, **named))
    for signup in session.scalars(select(Signup).where(Signup.lead_id == lead.id).order_by(Signup.id)):
        if signup.confirmed_at is not None:
            reach(session, signup, FunnelStage.BOOKED, now)
    ends = [
        published.sequence.slug
        for published in context.editions.all_current(session)
        if BOOKED in published.sequence.stop_when
    ]
    stop_enrolments(session, lead.id, BOOKED, now, only=ends)
