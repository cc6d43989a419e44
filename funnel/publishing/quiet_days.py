"""Whose next lesson falls on a day that the practice is about to keep quiet."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from funnel.curriculum import Library, Reader, Sequence, local_date
from funnel.curriculum.plan import Change
from funnel.curriculum.schedule.calendar import sending_zone
from funnel.models import Enrolment, EnrolmentState, Lead
from funnel.publishing.positions import hint

_MARGIN = timedelta(days=2)  # no zone's wall is further from UTC
_EXAMPLES = 3


def waits_for_quiet_days(session: Session, library: Library, before: Collection[str], now: datetime) -> Change | None:
    """The readers whose next lesson waits because of quiet days that this library adds; None where nobody's does.

    `before` are the quiet days that count now, as ISO dates. Their due time is left as it is: when the clock comes to
    it, the lesson takes the next day that is free.
    """
    added = sorted(library.practice.quiet_days - {date.fromisoformat(day) for day in before})
    added = [day for day in added if day >= now.date()]
    if not added:
        return None
    between = (_midnight(added[0]) - _MARGIN, _midnight(added[-1]) + _MARGIN)
    rows = session.execute(
        select(Enrolment.sequence, Enrolment.due_at, Lead.zone, Lead.email)
        .join(Lead, Lead.id == Enrolment.lead_id)
        .where(Enrolment.state == EnrolmentState.ACTIVE, Enrolment.due_at.between(*between))
        .order_by(Enrolment.id)
    )
    waiting = [
        email
        for slug, due_at, zone, email in rows
        if due_at is not None
        and slug in library.sequences
        and _day(library, library.sequences[slug], zone, due_at) in added
    ]
    if not waiting:
        return None
    detail = f"practice.toml: {_said(added)} becomes quiet"
    return Change("settings", "", detail, {"moved": len(waiting)}, tuple(map(hint, waiting[:_EXAMPLES])))


def _day(library: Library, sequence: Sequence, zone: str | None, due_at: datetime) -> date:
    """The day on the wall by which this sequence is sent to this reader."""
    practice_zone = library.practice.zone
    return local_date(due_at, sending_zone(sequence, Reader(zone or practice_zone), practice_zone))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _said(days: Iterable[date]) -> str:
    first, *more = days
    return f"{first.isoformat()}{f' and {len(more)} more' if more else ''}"
