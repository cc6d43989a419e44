"""Whether the dates of single lessons are days on which mail goes, and are still to come."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from funnel.curriculum.model import Lesson, Library, Sequence
from funnel.curriculum.parse.fields import Fields
from funnel.curriculum.parse.library import Parts
from funnel.curriculum.practice import Practice
from funnel.curriculum.problem import Problem
from funnel.curriculum.schedule.spoken import WEEKDAY_NAMES, say_day_and_month


def check_dates(parts: Parts) -> None:
    """Warns of each date on which nothing else goes out. It goes all the same: the date was written for it alone."""
    for sequence in parts.sequences.values():
        for lesson in sequence.dated:
            source = parts.sources.get(lesson.path)
            if source is not None and lesson.on is not None:
                _check_day(source.fields, sequence, lesson.on, parts.practice)


def _check_day(fields: Fields, sequence: Sequence, day: date, practice: Practice | None) -> None:
    quiet = practice is not None and day in practice.quiet_days
    if day.weekday() in sequence.send.days and not quiet:
        return
    why = "is a quiet day of the practice" if quiet else f"is a {WEEKDAY_NAMES[day.weekday()]}"
    fields.warning(
        fields.node("on"), "no-sending-day", f"{say_day_and_month(day)} {why}, when nothing else goes out",
        "This lesson goes on that day all the same. Name another date if that is not meant.",
    )  # fmt: skip


def dates_gone_by(library: Library, today: date) -> Iterator[Problem]:
    """A warning for each dated lesson whose date is over on `today`, a date where the practice is."""
    for sequence in library.sequences.values():
        for lesson in sequence.dated:
            if lesson.on is not None and lesson.on < today:
                yield _gone_by(lesson, lesson.on)


def _gone_by(lesson: Lesson, day: date) -> Problem:
    return Problem(
        path=lesson.path,
        line=1,
        column=1,
        severity="warning",
        code="date-gone-by",
        message=f"{lesson.id} is for {day}, which is over: nobody new gets it",
        fix="Write the next date that is meant, or day in place of on; or leave it for those who had it.",
    )
