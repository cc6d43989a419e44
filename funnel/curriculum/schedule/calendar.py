"""The calendar of one reader's enrolment: which lesson is next, and on which local day it falls.

A reader's calendar is `started_on + days of the lesson + shift_days`. Whatever moves a whole calendar (a pause, a long
breakdown, a slower pace) only ever changes `shift_days`, so computing a due time again gives the same answer.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Self

from funnel.curriculum.model import Lesson, Sequence
from funnel.curriculum.practice import Practice
from funnel.curriculum.walltime import local_date

ONE_DAY = timedelta(days=1)
# A queue may run behind and a clock may be started at 09:05; that is no breakdown, and the mail still fits the morning.
GRACE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Calendar:
    """The practice's zone, the dates on which it sends nothing, and how late a lesson may be and still go now."""

    zone: str = "UTC"
    quiet_days: frozenset[date] = frozenset()
    grace: timedelta = GRACE

    @classmethod
    def of(cls, practice: Practice, grace: timedelta = GRACE) -> Self:
        """The calendar that this practice keeps."""
        return cls(practice.zone, practice.quiet_days, grace)


@dataclass(frozen=True, slots=True)
class ReaderClock:
    """Whose wall the clock hangs on. `quiet_days` are local dates the reader asked not to hear on."""

    zone: str
    quiet_days: frozenset[date] = field(default_factory=frozenset)
    slower: bool = False


@dataclass(frozen=True, slots=True)
class Progress:
    """One reader's progress through one sequence. All dates are the reader's local dates.

    `delivered`: ids handled: sent, passed over by `only_if`, or failed. `skipped_by_edit`: ids an edit put behind this
    reader (see `inserted_behind`); never sent by the enrolment, and no progress even where one was sent as a bonus.
    `busy_days`: days on which any other lesson, of any sequence, was or will be sent to this reader; the lesson being
    scheduled is not among them. `last_delivered_on` is of lessons of the calendar: a dated one moves no other.
    """

    started_on: date
    started_at: datetime
    shift_days: int = 0
    delivered: frozenset[str] = field(default_factory=frozenset)
    last_delivered_on: date | None = None
    busy_days: frozenset[date] = field(default_factory=frozenset)
    skipped_by_edit: frozenset[str] = field(default_factory=frozenset)

    @property
    def counted(self) -> AbstractSet[str]:
        """What was handled on the way, without what was sent beside it as a bonus."""
        return self.delivered - self.skipped_by_edit if self.skipped_by_edit else self.delivered


@dataclass(frozen=True, slots=True)
class UpcomingLesson:
    """One lesson ahead of one reader, with everything its time depends on.

    `enrolment` is the enrolment's number. It decides the reader's place where mail is spread.
    """

    sequence: Sequence
    lesson: Lesson
    progress: Progress
    reader: ReaderClock
    calendar: Calendar
    enrolment: str = ""

    @property
    def key(self) -> str:
        """What the place in a spread is drawn from: the same for the same enrolment and lesson, always."""
        return f"{self.enrolment}:{self.lesson.id}"

    @property
    def goes_at_once(self) -> bool:
        """Whether the reader asked for this a moment ago: day 0, the first, on a calendar that nothing has moved."""
        at_once = self.lesson.day == 0 and not self.has_begun and self.progress.shift_days == 0
        return at_once and not self.waits_for_round

    @property
    def has_begun(self) -> bool:
        """Whether she is past the beginning: dated lessons stand beside the way."""
        return has_begun(self.sequence, self.progress.delivered)

    @property
    def asked_on(self) -> date:
        """The reader's local date on which she began, or began to wait for her round."""
        return asked_on(self.sequence, self.progress, self.reader)

    @property
    def waits_for_round(self) -> bool:
        """Whether this is the first lesson of somebody who came before her round."""
        return not self.has_begun and self.asked_on < self.progress.started_on

    @property
    def ideal_date(self) -> date:
        """The local date the lesson falls on before weekdays and quiet days move it."""
        return ideal_date(self.sequence, self.lesson, self.progress, self.reader)

    def shift_to(self, day: date) -> int:
        """The `shift_days` under which the lesson falls on `day`, and everything after it keeps its distance.

        A dated lesson moves nothing but itself.
        """
        if self.lesson.on is not None:
            return self.progress.shift_days
        return shift_to(self.sequence, self.lesson, self.progress, day)


@dataclass(frozen=True, slots=True)
class Due:
    """When a lesson is due: `at` in UTC, `local` in the sending zone, and why it is not earlier, in plain sentences.

    `shift_days` is to be kept as the enrolment's shift together with this due time: it has grown when the lesson had to
    move so far that the rest of the calendar moves along.
    """

    at: datetime
    local: datetime
    zone: str
    reasons: tuple[str, ...]
    shift_days: int = 0


def next_lesson(
    sequence: Sequence, delivered: AbstractSet[str], skipped_by_edit: AbstractSet[str] = frozenset()
) -> Lesson | None:
    """The first lesson of the calendar after the furthest delivered one, or None when that is at its end.

    Dated lessons are none of the calendar: `candidates` has both.
    Lessons in `skipped_by_edit` are left out, and do not count as progress even if they were delivered: a bonus leads
    nobody past what stands before it.
    """
    furthest = furthest_index(sequence, delivered - skipped_by_edit if skipped_by_edit else delivered)
    ahead = (lesson for lesson in sequence.lessons[furthest + 1 :] if lesson.on is None)
    return next((lesson for lesson in ahead if lesson.id not in skipped_by_edit), None)


def furthest_index(sequence: Sequence, delivered: AbstractSet[str]) -> int:
    """The place, from 0, of the last lesson of the calendar that was delivered; -1 when none was."""
    places = sequence.places
    if sequence.dated:
        delivered = delivered - sequence.dated_ids
    return max((places[lesson_id] for lesson_id in delivered if lesson_id in places), default=-1)


def has_begun(sequence: Sequence, handled: AbstractSet[str]) -> bool:
    """Whether any of these lessons is more than a dated one."""
    return bool(handled - sequence.dated_ids) if sequence.dated else bool(handled)


def cumulative_days(sequence: Sequence) -> dict[str, int]:
    """For each lesson id, in order, the days after the reader's first day on which it falls."""
    return dict(sequence.days)


def weeks_since(started_on: date, at: datetime, zone: str) -> int:
    """The `weeks` of a condition: whole weeks from the first day to `at` (aware UTC), by dates on the reader's wall.

    Hours do not count: who began at half past nine in the evening is one week on at eight in the morning, seven days
    later. Raises ZoneInfoNotFoundError for an unknown zone.
    """
    return max(0, (local_date(at, zone) - started_on).days // 7)


def asked_on(sequence: Sequence, progress: Progress, reader: ReaderClock) -> date:
    """The reader's local date on which she asked for this: her first day, but in a course that begins together."""
    if progress.started_on not in sequence.rounds:
        return progress.started_on
    return local_date(progress.started_at, reader.zone)


def ideal_date(sequence: Sequence, lesson: Lesson, progress: Progress, reader: ReaderClock) -> date:
    """The local date the lesson falls on before weekdays and quiet days move it."""
    if lesson.on is not None:
        return lesson.on
    days = sequence.days
    day = progress.started_on + timedelta(days=days[lesson.id] + progress.shift_days)
    if progress.last_delivered_on is None:
        # Who joins a round that has begun is not late for what went out before she came.
        return max(day, asked_on(sequence, progress, reader))
    if lesson.after is not None:
        day = max(day, progress.last_delivered_on + lesson.after)
    if reader.slower:
        furthest = furthest_index(sequence, progress.counted)
        gap = days[lesson.id] - (days[sequence.lessons[furthest].id] if furthest >= 0 else 0)
        day = max(day, progress.last_delivered_on + 2 * timedelta(days=gap))
    return day


def shift_to(sequence: Sequence, lesson: Lesson, progress: Progress, day: date) -> int:
    """The `shift_days` under which `lesson` falls on `day`, and everything after it keeps its distance."""
    return (day - progress.started_on).days - sequence.days[lesson.id]


def come_to(sequence: Sequence, lesson: Lesson, progress: Progress, day: date) -> Progress:
    """The enrolment as it would be if its calendar had come to `lesson` on this day."""
    return replace(progress, started_on=day - timedelta(days=sequence.days[lesson.id]), shift_days=0)


def shift_after_pause(
    sequence: Sequence, progress: Progress, reader: ReaderClock, paused_on: date, resumed_on: date
) -> int:
    """The enrolment's `shift_days` after its clock stood still from one local date to another.

    Days before the first one are not counted: whoever waits for her round misses nothing of it.
    """
    days = max(0, (resumed_on - max(paused_on, progress.started_on)).days)
    lesson = next_lesson(sequence, progress.delivered, progress.skipped_by_edit)
    if lesson is None:
        return progress.shift_days + days
    day = ideal_date(sequence, lesson, progress, reader) + timedelta(days=days)
    return shift_to(sequence, lesson, progress, day)


def sending_zone(sequence: Sequence, reader: ReaderClock, practice_zone: str) -> str:
    """The IANA name of the zone whose wall clock the sequence goes by, for this reader."""
    return {"reader": reader.zone, "practice": practice_zone}.get(sequence.send.zone, sequence.send.zone)
