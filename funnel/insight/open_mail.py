"""Mail that is still on its way, found by a small partial index."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from funnel.models import Delivery, DeliveryState, Enrolment, EnrolmentState, SequenceState, in_state

# Written out, not bound: SQLite uses a partial index only if the query repeats the index's own condition.
_ACTIVE = text(f"enrolment.state = '{EnrolmentState.ACTIVE.value}'")


def oldest_due(session: Session, now: datetime) -> datetime | None:
    """When the most overdue mail was due (aware UTC, story time); None where nothing is overdue at `now`.

    A lesson that is due but has no delivery row yet counts too, so that a stopped clock is noticed. Paused sequences
    owe nothing.
    """
    paused = select(SequenceState.sequence).where(SequenceState.paused_at.is_not(None))
    mail = session.scalar(
        select(func.min(Delivery.not_before)).where(in_state(DeliveryState.WAITING), Delivery.not_before <= now)
    )
    lesson = session.scalar(
        select(func.min(Enrolment.due_at)).where(_ACTIVE, Enrolment.due_at <= now, Enrolment.sequence.not_in(paused))
    )
    return min((at for at in (mail, lesson) if at is not None), default=None)
