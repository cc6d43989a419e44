"""Mail that is still on its way, found by a small partial index."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from funnel.models import (
    RESTING_REASON,
    Delivery,
    DeliveryState,
    Enrolment,
    EnrolmentState,
    ProviderRest,
    SequenceState,
    in_state,
)

# Written out, not bound: SQLite uses a partial index only if the query repeats the index's own condition.
_ACTIVE = text(f"enrolment.state = '{EnrolmentState.ACTIVE.value}'")

_RESTS = RESTING_REASON.format(provider="%")
_ANY_REST = select(ProviderRest.provider).where(ProviderRest.ended_at.is_(None)).limit(1)


def oldest_due(session: Session, now: datetime) -> datetime | None:
    """When the most overdue mail was due (aware UTC, story time); None where nothing is overdue at `now`.

    A lesson that is due but has no delivery row yet counts too, so that a stopped clock is noticed. Paused sequences
    owe nothing, and no worker can help mail to a mailbox provider that rests.
    """
    paused = select(SequenceState.sequence).where(SequenceState.paused_at.is_not(None))
    waiting = select(func.min(Delivery.not_before)).where(in_state(DeliveryState.WAITING), Delivery.not_before <= now)
    if session.scalar(_ANY_REST) is not None:
        waiting = waiting.where(Delivery.reason.not_like(_RESTS))
    mail = session.scalar(waiting)
    lesson = session.scalar(
        select(func.min(Enrolment.due_at)).where(_ACTIVE, Enrolment.due_at <= now, Enrolment.sequence.not_in(paused))
    )
    return min((at for at in (mail, lesson) if at is not None), default=None)
