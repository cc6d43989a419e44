"""Everybody on one sequence, in batches, so that a hundred thousand walks are planned in little memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
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


def batches(
    session: Session, context: Context, slug: str, now: datetime, *, active_only: bool = False
) -> Iterator[list[tuple[Row, Walker]]]:
    """All walks of a sequence by their number, as the plan sees them; a paused reader's or sequence's are `paused`."""
    last = 0
    while True:
        query = select(*(getattr(Enrolment, name) for name in Row.__slots__)).where(
            Enrolment.sequence == slug, Enrolment.id > last
        )
        if active_only:
            query = query.where(Enrolment.state == EnrolmentState.ACTIVE)
        rows = [Row(*row) for row in session.execute(query.order_by(Enrolment.id).limit(_BATCH))]
        if not rows:
            return
        yield _walkers(session, context, rows, now)
        last = rows[-1].id


def hint(address: str) -> str:
    """Enough of an address for the practice to know whom it is about: `a…@example.org`."""
    name, at, host = address.rpartition("@")
    return f"{name[:1]}…{at}{host}"


def _walkers(session: Session, context: Context, rows: Sequence[Row], now: datetime) -> list[tuple[Row, Walker]]:
    lead_ids = {row.lead_id for row in rows}
    columns = (Lead.id, Lead.email, Lead.zone, Lead.quiet_days, Lead.slower, Lead.paused_until)
    leads = {row.id: row for row in session.execute(select(*columns).where(Lead.id.in_(lead_ids)))}
    dealt_with = delivered_lessons(session, [row.id for row in rows])
    busy = busy_days(session, lead_ids, (now - _LOOK_BACK).date())
    practice_zone = context.library.practice.zone
    found = []
    for row in rows:
        lead = leads[row.lead_id]
        days = [day for _, day in dealt_with[row.id] if day is not None]
        walk = Walk(
            started_on=row.started_on,
            started_at=row.started_at,
            shift_days=row.shift_days,
            delivered=frozenset(lesson for lesson, _ in dealt_with[row.id]),
            last_delivered_on=max(days, default=None),
            busy_days=busy[row.lead_id],
            passed=frozenset(row.passed),
        )
        quiet = frozenset(date.fromisoformat(day) for day in lead.quiet_days)
        reader = Reader(zone=lead.zone or practice_zone, quiet_days=quiet, slower=lead.slower)
        resting = row.state == EnrolmentState.ACTIVE and lead.paused_until is not None and lead.paused_until > now
        state = "paused" if resting else row.state
        found.append((row, Walker(str(row.id), hint(lead.email), walk, reader, row.due_at, state)))
    return found
