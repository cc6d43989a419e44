"""Whose turn it is: the next lesson of the calendar, or one with a date of its own, whichever can go first."""

from __future__ import annotations

from collections.abc import Sequence as Seq
from dataclasses import dataclass
from datetime import datetime

from funnel.curriculum.model import Sequence
from funnel.curriculum.schedule.calendar import (
    Calendar,
    Due,
    Progress,
    ReaderClock,
    UpcomingLesson,
    next_lesson,
)
from funnel.curriculum.schedule.dated import came_after, held_past, minute_of, open_dated
from funnel.curriculum.schedule.late import Move, after_edit
from funnel.curriculum.schedule.postponement import postponement
from funnel.curriculum.schedule.slots import due


@dataclass(frozen=True, slots=True)
class LessonTurn:
    """The lesson whose turn it is. It goes now, or `later`, or not at all, as it is `too_late`, which says why."""

    upcoming: UpcomingLesson
    later: Move | None = None
    too_late: str = ""


def candidates(
    sequence: Sequence, progress: Progress, reader: ReaderClock, calendar: Calendar, enrolment: str = ""
) -> list[UpcomingLesson]:
    """The lessons one of which is next: one of the calendar at most, then all dated ones, earliest first.

    Empty when the enrolment is finished.
    """
    lesson = next_lesson(sequence, progress.delivered, progress.skipped_by_edit)
    lessons = [] if lesson is None else [lesson]
    lessons += open_dated(sequence, progress)
    return [UpcomingLesson(sequence, each, progress, reader, calendar, enrolment) for each in lessons]


def whose_turn(
    among: Seq[UpcomingLesson], due_at: datetime | None, now: datetime, paused_until: datetime | None = None
) -> LessonTurn | None:
    """Which of these `candidates` is next at `now`, and when; the arguments are those of `postponement`.

    1. A dated lesson that is too late, if there is one. While she pauses nothing is: she may go on early.
    2. Else the one that can go first. A date has its day before the calendar has it.
    """
    rests = paused_until is not None and paused_until > now
    best: LessonTurn | None = None
    best_at = now
    for each in among:
        dated = each.lesson.on is not None
        if dated and (why := came_after(each) or (not rests and held_past(each, now)) or ""):
            return LessonTurn(each, too_late=why)
        if dated and best is not None and minute_of(each) > best_at:
            continue
        later = postponement(each, due_at, now, paused_until)
        at = now if later is None else later.at
        if dated and not rests and minute_of(each) <= now and (why := held_past(each, at)):
            return LessonTurn(each, too_late=why)
        if best is None or at < best_at or (dated and at == best_at and best.upcoming.lesson.on is None):
            best, best_at = LessonTurn(each, later), at
    return best


def soonest(among: Seq[UpcomingLesson], earliest: datetime | None) -> tuple[UpcomingLesson, Due] | None:
    """Which of these `candidates` is next once times are worked out anew, and when; never before `earliest` (UTC).

    With None, times are held against no clock. None where nothing is left that is not too late.
    """
    best: tuple[UpcomingLesson, Due] | None = None
    for each in among:
        dated = each.lesson.on is not None
        if dated and (came_after(each) or (earliest is not None and held_past(each, earliest))):
            continue
        if dated and best is not None and minute_of(each) > best[1].at:
            continue
        when = due(each) if earliest is None else after_edit(each, earliest)
        if best is None or when.at < best[1].at or (dated and when.at == best[1].at and best[0].lesson.on is None):
            best = each, when
    return best
