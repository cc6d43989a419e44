"""What needs a person's attention, most pressing first; empty when all is well."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from funnel.insight.bookings import bookings_to_answer
from funnel.insight.status import Status, clock_runs
from funnel.models import Delivery, DeliveryState, in_state

LATE_AFTER = 900.0  # machine seconds: a quarter of an hour
_FAILURES_OF = timedelta(days=7)


class NeedKind(StrEnum):
    CHANNEL_STOPPED = "channel_stopped"
    CHANNEL_WAITS = "channel_waits"
    CLOCK_SILENT = "clock_silent"
    QUEUE_AWAY = "queue_away"
    NO_WORKER = "no_worker"
    LATE = "late"
    HELD = "held"
    UNKNOWN = "unknown"
    FAILED = "failed"
    TO_ANSWER = "to_answer"


@dataclass(frozen=True, slots=True)
class Need:
    """One thing to look at. `count` is how many mails or bookings; it ends at `until` (aware UTC, machine time)."""

    kind: NeedKind
    count: int = 0
    subject: str = ""
    detail: str = ""
    until: datetime | None = None


def needs(session: Session, state: Status, now: datetime, rate: float = 1.0) -> list[Need]:
    """What needs a person at `now` (story time). `rate` is how much faster story time runs than machine time."""
    found = [
        Need(NeedKind.CHANNEL_STOPPED, subject=channel.adapter, detail=channel.detail)
        for channel in state.channels
        if channel.until is None
    ]
    if not clock_runs(state.last_tick):
        found.append(Need(NeedKind.CLOCK_SILENT))
    if not state.queues:
        found.append(Need(NeedKind.QUEUE_AWAY))
    elif state.workers == 0:
        found.append(Need(NeedKind.NO_WORKER))
    found += [
        Need(NeedKind.CHANNEL_WAITS, subject=channel.adapter, detail=channel.detail, until=channel.until)
        for channel in state.channels
        if channel.until is not None
    ]
    if state.late / rate > LATE_AFTER:
        found.append(Need(NeedKind.LATE))
    for kind, delivery_state in ((NeedKind.HELD, DeliveryState.HELD), (NeedKind.UNKNOWN, DeliveryState.UNKNOWN)):
        if state.deliveries[delivery_state]:
            found.append(Need(kind, count=state.deliveries[delivery_state]))
    asked = bookings_to_answer(session)
    if asked:
        found.append(Need(NeedKind.TO_ANSWER, count=asked))
    failed = _failed_since(session, now - _FAILURES_OF)
    if failed:
        found.append(Need(NeedKind.FAILED, count=failed))
    return found


def _failed_since(session: Session, since: datetime) -> int:
    query = select(func.count()).where(in_state(DeliveryState.FAILED), Delivery.ended_at >= since)
    return session.scalar(query) or 0
