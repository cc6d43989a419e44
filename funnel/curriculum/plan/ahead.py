"""What lies ahead of one reader: the very steps the clock will take, if nothing comes between."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from funnel.curriculum.conditions import Facts
from funnel.curriculum.model import Lesson, Sequence
from funnel.curriculum.plan.edit import Position
from funnel.curriculum.plan.foresee import foresee
from funnel.curriculum.schedule.calendar import Calendar, Progress, UpcomingLesson, next_lesson, weeks_since
from funnel.curriculum.schedule.postponement import postponement
from funnel.curriculum.walltime import local_date


@dataclass(frozen=True, slots=True)
class Coming:
    """One lesson ahead: when it goes (UTC) and on which of the reader's local dates, or that it is passed over.

    `gets` says how its condition stands today, and `depends_on` what could still change that. Both dates are None
    where nobody can know them.
    """

    lesson_id: str
    gets: bool
    depends_on: tuple[str, ...]
    at: datetime | None
    on: date | None


def look_ahead(sequence: Sequence, position: Position, calendar: Calendar, now: datetime) -> tuple[Coming, ...]:
    """Every lesson ahead in order, from the due time on that is written down."""
    coming: list[Coming] = []
    progress, due_at, zone = position.progress, position.due_at, position.reader.zone
    while (lesson := next_lesson(sequence, progress.delivered, progress.skipped_by_edit)) is not None:
        upcoming = UpcomingLesson(sequence, lesson, progress, position.reader, calendar, position.enrolment_id)
        progress, now = _wait(upcoming, due_at, now, position.paused_until)
        on = local_date(now, zone)
        gets, depends_on = stands(lesson, position.facts, weeks_since(progress.started_on, now, zone))
        coming.append(Coming(lesson.id, gets, depends_on, now, on))
        progress, due_at = replace(progress, delivered=progress.delivered | {lesson.id}), None
        if gets:
            progress = replace(
                progress, last_delivered_on=_later(progress.last_delivered_on, on), busy_days=progress.busy_days | {on}
            )
    return tuple(coming)


def without_dates(sequence: Sequence, progress: Progress, facts: Facts) -> tuple[Coming, ...]:
    """The same for who gets her lessons at times that nobody knows; the weeks are those of the lesson's own day."""
    coming: list[Coming] = []
    while (lesson := next_lesson(sequence, progress.delivered, progress.skipped_by_edit)) is not None:
        weeks = (sequence.days[lesson.id] + progress.shift_days) // 7
        coming.append(Coming(lesson.id, *stands(lesson, facts, weeks), None, None))
        progress = replace(progress, delivered=progress.delivered | {lesson.id})
    return tuple(coming)


def stands(lesson: Lesson, facts: Facts, weeks: int) -> tuple[bool, tuple[str, ...]]:
    """Whether the lesson's condition holds in this week for a reader of whom so much is known, and what it hangs on."""
    return (True, ()) if lesson.only_if is None else foresee(lesson.only_if, replace(facts, weeks=weeks))


def _wait(
    upcoming: UpcomingLesson, due_at: datetime | None, now: datetime, paused_until: datetime | None
) -> tuple[Progress, datetime]:
    """The progress and the time at which this lesson has its turn."""
    if due_at is not None and due_at > now:
        now = due_at
    while True:
        move = postponement(upcoming, due_at, now, paused_until)
        if move is None:
            return upcoming.progress, now
        upcoming = replace(upcoming, progress=replace(upcoming.progress, shift_days=move.shift_days))
        due_at = now = move.at


def _later(before: date | None, day: date) -> date:
    return day if before is None else max(before, day)
