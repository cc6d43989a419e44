"""The calendar of one reader's enrolment: which lesson is next, and on which local day and minute it is due.

A reader's calendar is `started_on + days of the lesson + shift_days`. Whatever moves a whole calendar (a pause, a long
breakdown, a slower pace) only ever changes `shift_days`, so computing a due time again gives the same answer.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from funnel.curriculum.model import Lesson, Sequence
from funnel.curriculum.walltime import happens_twice, local_date, wall_time

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
ONE_DAY = timedelta(days=1)
_NOT_A_SENDING_DAY = "That weekday is not a sending day"


@dataclass(frozen=True, slots=True)
class Reader:
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
    scheduled is not among them.
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
    """The first lesson in order after the furthest delivered one, or None when the enrolment is finished.

    Lessons in `skipped_by_edit` are left out, and do not count as progress even if they were delivered: a bonus leads
    nobody past what stands before it.
    """
    furthest = furthest_index(sequence, delivered - skipped_by_edit if skipped_by_edit else delivered)
    return next((lesson for lesson in sequence.lessons[furthest + 1 :] if lesson.id not in skipped_by_edit), None)


def furthest_index(sequence: Sequence, delivered: AbstractSet[str]) -> int:
    """The place, from 0, of the last lesson in order that was delivered; -1 when none was."""
    places = sequence.places
    return max((places[lesson_id] for lesson_id in delivered if lesson_id in places), default=-1)


def cumulative_days(sequence: Sequence) -> dict[str, int]:
    """For each lesson id, in order, the days after the reader's first day on which it falls."""
    return dict(sequence.days)


def weeks_since(started_on: date, at: datetime, zone: str) -> int:
    """The `weeks` of a condition: whole weeks from the first day to `at` (aware UTC), by dates on the reader's wall.

    Hours do not count: who began at half past nine in the evening is one week on at eight in the morning, seven days
    later. Raises ZoneInfoNotFoundError for an unknown zone.
    """
    return max(0, (local_date(at, zone) - started_on).days // 7)


def goes_at_once(lesson: Lesson, progress: Progress) -> bool:
    """Whether this is the lesson the reader asked for a moment ago: day 0, the first, on a calendar nothing moved."""
    return lesson.day == 0 and not progress.delivered and progress.shift_days == 0


def ideal_date(sequence: Sequence, lesson: Lesson, progress: Progress, reader: Reader) -> date:
    """The local date the lesson falls on before weekdays and quiet days move it."""
    days = sequence.days
    day = progress.started_on + timedelta(days=days[lesson.id] + progress.shift_days)
    if progress.last_delivered_on is None:
        return day
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


def shift_after_pause(sequence: Sequence, progress: Progress, reader: Reader, paused_on: date, resumed_on: date) -> int:
    """The enrolment's `shift_days` after its clock stood still from one local date to another."""
    days = max(0, (resumed_on - paused_on).days)
    lesson = next_lesson(sequence, progress.delivered, progress.skipped_by_edit)
    if lesson is None:
        return progress.shift_days + days
    day = ideal_date(sequence, lesson, progress, reader) + timedelta(days=days)
    return shift_to(sequence, lesson, progress, day)


def sending_zone(sequence: Sequence, reader: Reader, practice_zone: str) -> str:
    """The IANA name of the zone whose wall clock the sequence goes by, for this reader."""
    return {"reader": reader.zone, "practice": practice_zone}.get(sequence.send.zone, sequence.send.zone)


def due(
    sequence: Sequence,
    lesson: Lesson,
    progress: Progress,
    reader: Reader,
    practice_zone: str,
    practice_quiet: frozenset[date],
) -> Due:
    """When `lesson` is due for this reader; may lie in the past, which `decide_late` and `after_edit` settle.

    Raises ZoneInfoNotFoundError for an unknown zone and ValueError when no weekday is a sending day.
    """
    slots = Slots(sequence, lesson, progress, reader, practice_zone, practice_quiet)
    if goes_at_once(lesson, progress) and progress.started_on not in progress.busy_days:
        local = progress.started_at.astimezone(ZoneInfo(slots.zone))
        return Due(progress.started_at, local, slots.zone, ("The first lesson goes at once.",), progress.shift_days)
    wanted = ideal_date(sequence, lesson, progress, reader)
    day, reasons = slots.first_from(wanted)
    moved_far = day - wanted > sequence.catch_up.late_after
    shift = shift_to(sequence, lesson, progress, day) if moved_far or reader.slower else progress.shift_days
    return slots.due_on(day, reasons, shift)


class Slots:
    """The days and minutes at which one lesson may reach one reader."""

    def __init__(
        self,
        sequence: Sequence,
        lesson: Lesson,
        progress: Progress,
        reader: Reader,
        practice_zone: str,
        practice_quiet: frozenset[date],
    ) -> None:
        if not sequence.send.days:
            raise ValueError(f"sequence {sequence.slug} has no sending days")
        self._days = sequence.send.days
        self._enrolment = progress
        self._reader = reader
        self._practice_quiet = practice_quiet
        self.at: time = lesson.at or sequence.send.at
        self.zone = sending_zone(sequence, reader, practice_zone)

    def instant(self, day: date) -> datetime:
        """The minute, in UTC, at which the lesson would go on `day`."""
        return wall_time(day, self.at, self.zone)

    def why_not(self, day: date) -> str | None:
        """Why nothing may go on `day` of the sending zone, without a full stop; None when it may."""
        if day.weekday() not in self._days:
            return _NOT_A_SENDING_DAY
        if day in self._practice_quiet:
            return f"{say_date(day)} is a quiet day of the practice"
        instant = self.instant(day)
        shown = local_date(instant, self.zone)
        if shown != day:
            return f"{say_date(day)} does not exist in {self.zone}"
        same_wall = self._reader.zone == self.zone
        return self.why_not_for_reader(shown if same_wall else local_date(instant, self._reader.zone))

    def why_not_for_reader(self, day: date) -> str | None:
        """Why this reader gets nothing on `day`, a date on the reader's own wall; None when nothing is against it."""
        if day in self._reader.quiet_days:
            return f"The reader asked not to hear on {say_date(day)}"
        if day in self._enrolment.busy_days:
            return f"Another lesson goes out on {say_date(day)}"
        if self._enrolment.last_delivered_on is not None and day <= self._enrolment.last_delivered_on:
            return f"The lesson before went out on {say_date(self._enrolment.last_delivered_on)}"
        return None

    def first_from(self, wanted: date) -> tuple[date, tuple[str, ...]]:
        """The first allowed day from `wanted` on, never before, and the reasons it is not `wanted` itself."""
        day = wanted
        reasons: list[str] = []
        weekdays: list[str] = []
        # Every set of forbidden days is finite and one weekday at least is a sending day, so this ends.
        while (reason := self.why_not(day)) is not None:
            if reason == _NOT_A_SENDING_DAY:
                weekdays.append(_WEEKDAYS[day.weekday()])
            elif reason not in reasons:
                reasons.append(reason)
            day += ONE_DAY
        if weekdays:
            names = list(dict.fromkeys(weekdays))
            is_not = "is not a sending day" if len(names) == 1 else "are not sending days"
            reasons.append(f"{' and '.join(filter(None, [', '.join(names[:-1]), names[-1]]))} {is_not}")
        if not reasons:
            return day, ()
        return day, (*(f"{reason}." for reason in reasons[:-1]), f"{reasons[-1]}: moved to {say_date(day)}.")

    def due_on(self, day: date, reasons: tuple[str, ...], shift_days: int) -> Due:
        """The due time on an allowed day, with a word about clock changes where they matter."""
        at = self.instant(day)
        local = at.astimezone(ZoneInfo(self.zone))
        if local.time() != self.at:
            reasons = (*reasons, f"{self.at:%H:%M} does not exist on {say_date(day)}: sent at {local:%H:%M}.")
        elif happens_twice(day, self.at, self.zone):
            reasons = (*reasons, f"{self.at:%H:%M} happens twice on {say_date(day)}: sent the first time.")
        return Due(at, local, self.zone, reasons, shift_days)


def say_date(day: date) -> str:
    """A date as people say it: "Monday 9 March"."""
    return f"{_WEEKDAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]}"


def say_day_and_month(day: date) -> str:
    """A date without its weekday: "9 March"."""
    return f"{day.day} {_MONTHS[day.month - 1]}"
