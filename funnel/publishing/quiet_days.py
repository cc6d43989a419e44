"""Whose next lesson the practice's quiet days move, and whose they moved that are quiet no longer."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from funnel.context import Context
from funnel.curriculum import (
    Library,
    Member,
    PositionGroup,
    ReaderClock,
    Sequence,
    candidates,
    local_date,
    soonest,
)
from funnel.curriculum.plan import Change
from funnel.curriculum.schedule.calendar import sending_zone
from funnel.curriculum.schedule.quiet import held_back_by
from funnel.models import Enrolment, EnrolmentState, Lead
from funnel.publishing.positions import EnrolmentsOn, hint, position_groups

_MARGIN = timedelta(days=2)  # no zone's wall is further from UTC
_EXAMPLES = 3


def quiet_day_changes(session: Session, context: Context, before: Collection[str], now: datetime) -> Iterator[Change]:
    """What the context's library does to readers by its quiet days; nothing where it concerns nobody's next lesson.

    `before` are the quiet days that count now, as ISO dates. Due times are left as they are. When the clock comes to
    one that has become quiet, the lesson takes the next day that is free.
    """
    counted = frozenset(map(date.fromisoformat, before))
    quiet = context.library.practice.quiet_days
    added, removed = (sorted(day for day in days if day >= now.date()) for days in (quiet - counted, counted - quiet))
    if added and (waiting := _falling_on(session, context.library, added)):
        detail = f"practice.toml: {_listed(added)} {'becomes' if len(added) == 1 else 'become'} quiet"
        yield Change("settings", "", detail, {"moved": len(waiting)}, tuple(map(hint, waiting[:_EXAMPLES])))
    if removed and (kept := list(_held_back(session, context, frozenset(removed), now))):
        detail = f"practice.toml: {_listed(removed)} {'is' if len(removed) == 1 else 'are'} quiet no longer"
        yield Change("settings", "", detail, {"kept": len(kept)}, tuple(shown for _, shown in kept[:_EXAMPLES]))


def _falling_on(session: Session, library: Library, days: list[date]) -> list[str]:
    """The addresses of the readers whose next lesson falls on one of these days."""
    between = (_midnight(days[0]) - _MARGIN, _midnight(days[-1]) + _MARGIN)
    rows = session.execute(
        select(Enrolment.sequence, Enrolment.due_at, Lead.zone, Lead.email)
        .join(Lead, Lead.id == Enrolment.lead_id)
        .where(Enrolment.state == EnrolmentState.ACTIVE, Enrolment.due_at.between(*between))
        .order_by(Enrolment.id)
    )
    return [
        email
        for slug, due_at, zone, email in rows
        if due_at is not None
        and slug in library.sequences
        and _day(library, library.sequences[slug], zone, due_at) in days
    ]


def _held_back(session: Session, context: Context, days: frozenset[date], now: datetime) -> Iterator[Member]:
    """The readers whose next lesson was moved because these days were quiet."""
    for slug, sequence in context.library.sequences.items():
        wanted = EnrolmentsOn(slug, active_only=True, dated=sequence.dated_ids)
        for batch in position_groups(session, context, wanted, now):
            for group in batch:
                if _waits_for(context, sequence, group, days):
                    yield from group.members


def _waits_for(context: Context, sequence: Sequence, group: PositionGroup, days: frozenset[date]) -> bool:
    position, progress = group.position, group.position.progress
    if position.state != EnrolmentState.ACTIVE or position.due_at is None or position.due_at < _midnight(min(days)):
        return False
    found = soonest(candidates(sequence, progress, position.reader, context.calendar), None)
    return found is not None and held_back_by(found[0], position.due_at, days)


def _day(library: Library, sequence: Sequence, zone: str | None, due_at: datetime) -> date:
    """The day on the wall by which this sequence is sent to this reader."""
    practice_zone = library.practice.zone
    return local_date(due_at, sending_zone(sequence, ReaderClock(zone or practice_zone), practice_zone))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _listed(days: list[date]) -> str:
    first, *more = days
    return f"{first.isoformat()}{f' and {len(more)} more' if more else ''}"
