"""Everybody on one sequence, in batches, so that a hundred thousand walks are planned in little memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from funnel.curriculum import Reader, Walk, Walker
from funnel.journey.context import Context
from funnel.journey.enrolment import busy_days, delivered_lessons
from funnel.models import Enrolment, EnrolmentState, Lead

_BATCH = 1_000
_LOOK_BACK = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Row:
    """The columns of a walk that planning needs, without the weight of a mapped object."""

    id: int
    lead_id: int
    signup_id: int | None
    state: str
    started_on: date
    started_at: datetime
    shift_days: int
    passed: list[str]
    due_at: datetime | None


_OF_WALK = tuple(getattr(Enrolment, name) for name in Row.__slots__)
_OF_LEAD = (Lead.email, Lead.zone, Lead.quiet_days, Lead.slower, Lead.paused_until)


def batches(
    session: Session, context: Context, slug: str, now: datetime, *, active_only: bool = False
) -> Iterator[list[tuple[Row, Walker]]]:
    """All walks of a sequence by their number, as the plan sees them; those of a paused reader are `paused`."""
    last = 0
    while True:
        wanted = [Enrolment.sequence == slug, Enrolment.id > last]
        if active_only:
            wanted.append(Enrolment.state == EnrolmentState.ACTIVE)
        numbers = select(Enrolment.id).where(*wanted).order_by(Enrolment.id).limit(_BATCH)
        highest = session.scalar(select(func.max(numbers.subquery().c.id)))
        if highest is None:
            return
        yield _walkers(session, context, [*wanted, Enrolment.id <= highest], now)
        last = highest


def hint(address: str) -> str:
    """Enough of an address for the practice to know whom it is about: `a…@example.org`."""
    name, at, host = address.rpartition("@")
    return f"{name[:1]}…{at}{host}"


def _walkers(
    session: Session, context: Context, wanted: Sequence[ColumnElement[bool]], now: datetime
) -> list[tuple[Row, Walker]]:
    dealt_with = delivered_lessons(session, select(Enrolment.id).where(*wanted))
    busy = busy_days(session, select(Enrolment.lead_id).where(*wanted), (now - _LOOK_BACK).date())
    practice_zone = context.library.practice.zone
    query = select(*_OF_WALK, *_OF_LEAD).join(Lead, Lead.id == Enrolment.lead_id).where(*wanted)
    found = []
    for columns in session.execute(query.order_by(Enrolment.id)):
        row = Row(*columns[: len(_OF_WALK)])
        email, zone, quiet_days, slower, paused_until = columns[len(_OF_WALK) :]
        lessons = dealt_with.get(row.id, [])
        walk = Walk(
            started_on=row.started_on,
            started_at=row.started_at,
            shift_days=row.shift_days,
            delivered=frozenset(lesson for lesson, _ in lessons),
            last_delivered_on=max((day for _, day in lessons if day is not None), default=None),
            busy_days=busy.get(row.lead_id, frozenset()),
            passed=frozenset(row.passed),
        )
        quiet = frozenset(map(date.fromisoformat, quiet_days))
        reader = Reader(zone=zone or practice_zone, quiet_days=quiet, slower=slower)
        resting = row.state == EnrolmentState.ACTIVE and paused_until is not None and paused_until > now
        state = "paused" if resting else row.state
        found.append((row, Walker(str(row.id), hint(email), walk, reader, row.due_at, state)))
    return found
