"""What lies ahead of one reader: the very steps the clock will take, if nothing comes between."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from funnel.curriculum.conditions import Facts
from funnel.curriculum.model import Lesson, Sequence
from funnel.curriculum.plan.edit import Position
from funnel.curriculum.plan.foresee import foresee
from funnel.curriculum.schedule.calendar import Calendar, Progress, next_lesson, weeks_since
from funnel.curriculum.schedule.dated import open_dated
from funnel.curriculum.schedule.turns import LessonTurn, candidates, whose_turn
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
    while candidates(sequence, progress, position.reader, calendar):
        turn, now = _wait(sequence, replace(position, progress=progress, due_at=due_at), calendar, now)
        lesson, on, progress = turn.upcoming.lesson, local_date(now, zone), turn.upcoming.progress
        if turn.too_late:
            coming.append(Coming(lesson.id, False, (), now, on))
            progress = replace(progress, delivered=progress.delivered | {lesson.id})
            continue
        gets, depends_on = stands(lesson, position.facts, weeks_since(progress.started_on, now, zone))
        coming.append(Coming(lesson.id, gets, depends_on, now, on))
        progress, due_at = replace(progress, delivered=progress.delivered | {lesson.id}), None
        if gets:
            last = progress.last_delivered_on if lesson.on is not None else _later(progress.last_delivered_on, on)
            progress = replace(progress, last_delivered_on=last, busy_days=progress.busy_days | {on})
    return tuple(coming)


def without_dates(sequence: Sequence, progress: Progress, facts: Facts) -> tuple[Coming, ...]:
    """The same for who gets her lessons at times that nobody knows; the weeks are those of the lesson's own day."""
    coming: list[Coming] = []
    while (lesson := next_lesson(sequence, progress.delivered, progress.skipped_by_edit)) is not None:
        weeks = (sequence.days[lesson.id] + progress.shift_days) // 7
        coming.append(Coming(lesson.id, *stands(lesson, facts, weeks), None, None))
        progress = replace(progress, delivered=progress.delivered | {lesson.id})
    # Nobody knows on which side of these a rest ends.
    coming += [Coming(each.id, *stands(each, facts, 0), None, None) for each in open_dated(sequence, progress)]
    return tuple(coming)


def stands(lesson: Lesson, facts: Facts, weeks: int) -> tuple[bool, tuple[str, ...]]:
    """Whether the lesson's condition holds in this week for a reader of whom so much is known, and what it hangs on."""
    return (True, ()) if lesson.only_if is None else foresee(lesson.only_if, replace(facts, weeks=weeks))


def _wait(sequence: Sequence, position: Position, calendar: Calendar, now: datetime) -> tuple[LessonTurn, datetime]:
    """The next turn of somebody who has one left, and when it is."""
    progress, due_at = position.progress, position.due_at
    if due_at is not None and due_at > now:
        now = due_at
    while True:
        among = candidates(sequence, progress, position.reader, calendar, position.enrolment_id)
        turn = whose_turn(among, due_at, now, position.paused_until)
        if turn is None:
            raise ValueError("no lesson is ahead")
        if turn.later is None:
            return turn, now
        progress = replace(progress, shift_days=turn.later.shift_days)
        due_at = now = turn.later.at


def _later(before: date | None, day: date) -> date:
    return day if before is None else max(before, day)
