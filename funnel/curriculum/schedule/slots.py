"""The days and minutes at which a lesson may go, and which of them it takes."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from funnel.curriculum.schedule.calendar import ONE_DAY, Due, UpcomingLesson, sending_zone
from funnel.curriculum.schedule.dated import kept_days
from funnel.curriculum.schedule.spoken import WEEKDAY_NAMES, say_date
from funnel.curriculum.walltime import happens_twice, local_date, wall_time

_NOT_A_SENDING_DAY = "That weekday is not a sending day"


def due(upcoming: UpcomingLesson) -> Due:
    """When the lesson is due for this reader; may lie in the past, which `decide_late` and `after_edit` settle.

    Raises ZoneInfoNotFoundError for an unknown zone and ValueError when no weekday is a sending day.
    """
    slots, progress = Slots(upcoming), upcoming.progress
    if upcoming.goes_at_once and slots.why_not_for_reader(upcoming.asked_on) is None:
        local = progress.started_at.astimezone(ZoneInfo(slots.zone))
        return Due(progress.started_at, local, slots.zone, ("The first lesson goes at once.",), progress.shift_days)
    wanted = upcoming.ideal_date
    day, reasons = slots.first_from(wanted)
    if upcoming.waits_for_round:
        reasons = (f"The round begins on {say_date(progress.started_on)}.", *reasons)
    if upcoming.lesson.on is not None:
        reasons = (f"Its own date is {say_date(wanted)}.", *reasons)
    moved_far = day - wanted > upcoming.sequence.catch_up.late_after
    shift = upcoming.shift_to(day) if moved_far or upcoming.reader.slower else progress.shift_days
    return slots.due_on(day, reasons, shift)


class Slots:
    """The days and minutes at which one lesson may reach one reader."""

    def __init__(self, upcoming: UpcomingLesson) -> None:
        sequence = upcoming.sequence
        if not sequence.send.days:
            raise ValueError(f"sequence {sequence.slug} has no sending days")
        self._days = sequence.send.days
        self._progress = upcoming.progress
        self._reader = upcoming.reader
        self._own_date = upcoming.lesson.on
        self._kept = kept_days(upcoming)
        self._practice_quiet = upcoming.calendar.quiet_days
        self.at: time = upcoming.lesson.at or sequence.send.at
        self.zone = sending_zone(sequence, upcoming.reader, upcoming.calendar.zone)

    def instant(self, day: date) -> datetime:
        """The minute, in UTC, at which the lesson would go on `day`."""
        return wall_time(day, self.at, self.zone)

    def why_not(self, day: date) -> str | None:
        """Why nothing may go on `day` of the sending zone, without a full stop; None when it may.

        A date that was written for this very lesson is more than the sequence's weekdays and the practice's quiet days.
        """
        if day.weekday() not in self._days and day != self._own_date:
            return _NOT_A_SENDING_DAY
        if day in self._practice_quiet and day != self._own_date:
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
        if day in self._progress.busy_days:
            return f"Another lesson goes out on {say_date(day)}"
        if day in self._kept:
            return f"{say_date(day)} is kept for a lesson of its own"
        if self._progress.last_delivered_on is not None and day <= self._progress.last_delivered_on:
            return f"The lesson before went out on {say_date(self._progress.last_delivered_on)}"
        return None

    def first_from(self, wanted: date) -> tuple[date, tuple[str, ...]]:
        """The first allowed day from `wanted` on, never before, and the reasons it is not `wanted` itself."""
        day = wanted
        reasons: list[str] = []
        weekdays: list[str] = []
        # Every set of forbidden days is finite and one weekday at least is a sending day, so this ends.
        while (reason := self.why_not(day)) is not None:
            if reason == _NOT_A_SENDING_DAY:
                weekdays.append(WEEKDAY_NAMES[day.weekday()])
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
