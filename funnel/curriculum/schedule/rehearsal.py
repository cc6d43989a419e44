"""The calendar a reader would live, worked out without a clock or a database."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from funnel.curriculum.conditions import ConditionError, Facts, parse_condition
from funnel.curriculum.model import Lesson, Sequence
from funnel.curriculum.schedule.calendar import (
    Calendar,
    Due,
    Progress,
    ReaderClock,
    UpcomingLesson,
    weeks_since,
)
from funnel.curriculum.schedule.dated import came_after, held_past, minute_of
from funnel.curriculum.schedule.late import Move, decide_late, without_spread
from funnel.curriculum.schedule.rounds import first_day
from funnel.curriculum.schedule.slots import due
from funnel.curriculum.schedule.spoken import say_date
from funnel.curriculum.schedule.turns import candidates
from funnel.curriculum.walltime import local_date


@dataclass(frozen=True, slots=True)
class Step:
    """One lesson of a rehearsal. `passed_over`: its condition does not hold, or its date was missed; `reason` says all
    there is to say.
    """

    lesson: Lesson
    due: Due
    passed_over: bool
    reason: str


def rehearse(
    sequence: Sequence,
    reader: ReaderClock,
    calendar: Calendar,
    start: datetime,
    facts: Facts | None = None,
) -> list[Step]:
    """Every lesson in order, with its due time and the reasons for it, for a reader who starts at `start` (aware UTC).

    Where the course begins together, she joins the next round that has not closed; with no date set for one, the
    calendar is that of a round which begins on this day.

    With `facts`, conditions are answered (weeks counted by the calendar); without, every lesson is taken to be sent.
    Raises ZoneInfoNotFoundError for an unknown zone.
    """
    today = local_date(start, reader.zone)
    return rehearse_from(sequence, reader, calendar, Progress(first_day(sequence, today) or today, start), facts)


def rehearse_from(
    sequence: Sequence, reader: ReaderClock, calendar: Calendar, progress: Progress, facts: Facts | None = None
) -> list[Step]:
    """The same for the lessons that lie ahead of a reader who stands here.

    A lesson may have its turn when its time has passed: the one before was moved, and then passed over. It is late like
    any other, but not spread: nothing has broken down.
    """
    reached = progress.started_at
    steps: list[Step] = []
    while among := candidates(sequence, progress, reader, calendar):
        upcoming, when, missed = _next(among, reached)
        lesson = upcoming.lesson
        if missed:
            steps.append(Step(lesson, when, True, f"Passed over: {missed}."))
            progress = replace(progress, delivered=progress.delivered | {lesson.id})
            continue
        reached = when.at
        day = local_date(when.at, reader.zone)
        wanted, why = _wanted(lesson, facts, weeks_since(progress.started_on, when.at, reader.zone))
        steps.append(Step(lesson, when, not wanted, " ".join((*when.reasons, *why))))
        progress = replace(
            progress,
            delivered=progress.delivered | {lesson.id},
            last_delivered_on=day if wanted and lesson.on is None else progress.last_delivered_on,
            busy_days=progress.busy_days | {day} if wanted and lesson.on is not None else progress.busy_days,
            shift_days=when.shift_days,
        )
    return steps


def _next(among: list[UpcomingLesson], reached: datetime) -> tuple[UpcomingLesson, Due, str]:
    """Which of these comes next and when; or one whose date was missed, with the minute it was for, and why.

    Raises ValueError for an empty list.
    """
    turns: list[tuple[UpcomingLesson, Due]] = []
    for each in among:
        when = due(each)
        if missed := came_after(each):
            return each, _at_its_minute(each, when), missed
        turns.append((each, _late(each, when, reached) if when.at < reached else when))
    best = min(turns, key=lambda turn: (turn[1].at, turn[0].lesson.on is None))
    for each, when in turns:
        if each.lesson.on is not None and minute_of(each) <= best[1].at and (missed := held_past(each, when.at)):
            return each, _at_its_minute(each, when), missed
    return *best, ""


def _at_its_minute(upcoming: UpcomingLesson, when: Due) -> Due:
    minute = minute_of(upcoming)
    return replace(when, at=minute, local=minute.astimezone(ZoneInfo(when.zone)))


def _late(upcoming: UpcomingLesson, planned: Due, now: datetime) -> Due:
    """When a lesson goes whose turn comes at `now`, after the time that was planned for it."""
    decision = decide_late(without_spread(upcoming), planned.at, now)
    zone = ZoneInfo(planned.zone)
    if not isinstance(decision, Move):
        return replace(planned, at=now, local=now.astimezone(zone))
    local = decision.at.astimezone(zone)
    reason = f"Its time has passed when its turn comes: moved to {say_date(local.date())}."
    return Due(decision.at, local, planned.zone, (*planned.reasons, reason), decision.shift_days)


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
