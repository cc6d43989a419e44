"""Whether quiet days are what a lesson waits for."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from funnel.curriculum.schedule.calendar import ONE_DAY, UpcomingLesson, furthest_index
from funnel.curriculum.schedule.slots import Slots
from funnel.curriculum.walltime import local_date


def held_back_by(upcoming: UpcomingLesson, due_at: datetime, days: frozenset[date]) -> bool:
    """Whether the lesson would be due earlier than `due_at` (UTC) if these days had never been quiet.

    The calendar of `upcoming` is the one without them.
    """
    calendar = upcoming.calendar
    quiet = replace(calendar, quiet_days=calendar.quiet_days | days)
    before, after = Slots(replace(upcoming, calendar=quiet)), Slots(upcoming)
    earliest, day = _own_day(upcoming), local_date(due_at, after.zone) - ONE_DAY
    while day >= earliest and before.why_not(day) is not None:
        if day in days and after.why_not(day) is None:
            return True
        day -= ONE_DAY
    return False


def _own_day(upcoming: UpcomingLesson) -> date:
    """The day that was meant for the lesson. A calendar that moved along with it no longer says so; her gaps do."""
    if upcoming.lesson.on is not None:
        return upcoming.lesson.on
    progress, days = upcoming.progress, upcoming.sequence.days
    furthest = furthest_index(upcoming.sequence, progress.counted)
    if progress.last_delivered_on is None or furthest < 0:
        return upcoming.ideal_date
    gap = days[upcoming.lesson.id] - days[upcoming.sequence.lessons[furthest].id]
    return min(upcoming.ideal_date, progress.last_delivered_on + timedelta(days=gap))
