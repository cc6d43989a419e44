"""Lessons with a date of their own: they stand beside the calendar, hold nothing back, and come late only so far."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from funnel.curriculum.model import Lesson, Sequence
from funnel.curriculum.schedule.calendar import Calendar, Progress, ReaderClock, UpcomingLesson, sending_zone
from funnel.curriculum.schedule.spoken import say_day_and_month
from funnel.curriculum.walltime import local_date, wall_time

NO_DAYS: frozenset[date] = frozenset()


def open_dated(sequence: Sequence, progress: Progress) -> Iterable[Lesson]:
    """The dated lessons that this reader has not had, and that were not passed over; earliest first."""
    return (each for each in sequence.dated if each.id not in progress.delivered | progress.skipped_by_edit)


def minute_of(upcoming: UpcomingLesson) -> datetime:
    """The minute (UTC) that a dated lesson was written for, whatever keeps it from going then."""
    return _minute(upcoming.sequence, upcoming.lesson, upcoming.reader, upcoming.calendar)


def came_after(upcoming: UpcomingLesson) -> str:
    """That this reader's first day, or the minute she began, is after the lesson's date; "" where it is not.

    Who waits for a round begins with that round.
    """
    lesson, progress = upcoming.lesson, upcoming.progress
    if lesson.on is None or not _missed(lesson.on, minute_of(upcoming), progress):
        return ""
    return f"came after {say_day_and_month(lesson.on)}"


def held_past(upcoming: UpcomingLesson, at: datetime) -> str:
    """That a dated lesson which could go at `at` (UTC) would be later than `late_after` allows; "" otherwise."""
    lesson = upcoming.lesson
    if lesson.on is None or at - minute_of(upcoming) <= upcoming.sequence.catch_up.late_after:
        return ""
    return f"held past {say_day_and_month(lesson.on)}"


def kept_days(upcoming: UpcomingLesson) -> frozenset[date]:
    """The dates on the reader's own wall that her other dated lessons have: no lesson of the calendar takes one.

    The first of all, which she asked for a moment ago, does.
    """
    sequence, progress = upcoming.sequence, upcoming.progress
    if not sequence.dated or upcoming.goes_at_once:
        return NO_DAYS
    found: set[date] = set()
    for lesson in open_dated(sequence, progress):
        minute = _minute(sequence, lesson, upcoming.reader, upcoming.calendar)
        if lesson.on is not None and lesson.id != upcoming.lesson.id and not _missed(lesson.on, minute, progress):
            found.add(local_date(minute, upcoming.reader.zone))
    return frozenset(found)


def _missed(day: date, minute: datetime, progress: Progress) -> bool:
    return day < progress.started_on or (day == progress.started_on and minute <= progress.started_at)


def _minute(sequence: Sequence, lesson: Lesson, reader: ReaderClock, calendar: Calendar) -> datetime:
    if lesson.on is None:
        raise ValueError(f"{lesson.id} has no date of its own")
    return wall_time(lesson.on, lesson.at or sequence.send.at, sending_zone(sequence, reader, calendar.zone))
