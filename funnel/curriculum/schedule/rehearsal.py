"""The calendar a reader would live, worked out without a clock or a database."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from funnel.curriculum.conditions import ConditionError, Facts, parse_condition
from funnel.curriculum.model import Lesson, Sequence
from funnel.curriculum.schedule.calendar import (
    Calendar,
    Due,
    Progress,
    Reader,
    Upcoming,
    next_lesson,
    weeks_since,
)
from funnel.curriculum.schedule.slots import due
from funnel.curriculum.walltime import local_date


@dataclass(frozen=True, slots=True)
class Step:
    """One lesson of a rehearsal. `passed_over`: its condition does not hold; `reason` says all there is to say."""

    lesson: Lesson
    due: Due
    passed_over: bool
    reason: str


def rehearse(
    sequence: Sequence,
    reader: Reader,
    calendar: Calendar,
    start: datetime,
    facts: Facts | None = None,
) -> list[Step]:
    """Every lesson in order, with its due time and the reasons for it, for a reader who starts at `start` (aware UTC).

    With `facts`, conditions are answered (weeks counted by the calendar); without, every lesson is taken to be sent.
    Raises ZoneInfoNotFoundError for an unknown zone.
    """
    return rehearse_from(sequence, reader, calendar, Progress(local_date(start, reader.zone), start), facts)


def rehearse_from(
    sequence: Sequence, reader: Reader, calendar: Calendar, progress: Progress, facts: Facts | None = None
) -> list[Step]:
    """The same for the lessons that lie ahead of a reader who stands here."""
    steps: list[Step] = []
    while (lesson := next_lesson(sequence, progress.delivered)) is not None:
        when = due(Upcoming(sequence, lesson, progress, reader, calendar))
        day = local_date(when.at, reader.zone)
        wanted, why = _wanted(lesson, facts, weeks_since(progress.started_on, when.at, reader.zone))
        steps.append(Step(lesson, when, not wanted, " ".join((*when.reasons, *why))))
        progress = replace(
            progress,
            delivered=progress.delivered | {lesson.id},
            last_delivered_on=day if wanted else progress.last_delivered_on,
            shift_days=when.shift_days,
        )
    return steps


def _wanted(lesson: Lesson, facts: Facts | None, weeks: int) -> tuple[bool, tuple[str, ...]]:
    if lesson.only_if is None:
        return True, ()
    if facts is None:
        return True, (f"Only if {lesson.only_if}.",)
    try:
        condition = parse_condition(lesson.only_if)
    except ConditionError as error:
        return False, (f"Passed over: {error.message}.",)
    if condition.evaluate(replace(facts, weeks=weeks)):
        return True, (f"Sent, because {lesson.only_if}.",)
    return False, (f"Passed over: only if {lesson.only_if}.",)
