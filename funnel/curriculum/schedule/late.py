"""What happens to a lesson whose time has passed: a breakdown, a slow queue, an edit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from funnel.curriculum.schedule.calendar import ONE_DAY, Due, UpcomingLesson
from funnel.curriculum.schedule.slots import Slots, due
from funnel.curriculum.schedule.spoken import say_date
from funnel.curriculum.stable import stable_fraction
from funnel.curriculum.walltime import local_date, wall_time


@dataclass(frozen=True, slots=True)
class SendNow:
    """The lesson goes now."""


@dataclass(frozen=True, slots=True)
class Move:
    """The lesson goes at `at` (UTC) instead; `shift_days` is the enrolment's shift from now on."""

    at: datetime
    shift_days: int


Late = SendNow | Move


def spread_offset(key: str, spread_over: timedelta) -> timedelta:
    """How long after the slot this key's mail goes: the same every time, whole seconds, below `spread_over`."""
    return timedelta(seconds=int(stable_fraction(key) * max(0.0, spread_over.total_seconds())))


def decide_late(upcoming: UpcomingLesson, due_at: datetime, now: datetime) -> Late:
    """What to do at `now` with a lesson due at `due_at` (both aware UTC).

    1. Not yet due: it keeps its time.
    2. At most the calendar's `grace` late on a day when it may go: now.
    3. The first lesson of all, which the reader just asked for: now, unless later than `late_after`.
    4. At most `late_after` late: the next allowed slot, spread over `spread_over`.
    5. Later: the same, and the whole calendar shifts along.

    The same enrolment and lesson always get the same place in the spread. When the moved time comes, the lesson is on
    time: deciding again says SendNow.
    """
    if now < due_at:
        return Move(due_at, upcoming.progress.shift_days)
    slots, catch_up = Slots(upcoming), upcoming.sequence.catch_up
    lateness = now - due_at
    free_today = slots.why_not_for_reader(local_date(now, upcoming.reader.zone)) is None
    if free_today and upcoming.goes_at_once and lateness <= catch_up.late_after:
        return SendNow()
    today = local_date(now, slots.zone)
    same_day = local_date(due_at, slots.zone) == today
    if free_today and lateness <= upcoming.calendar.grace and (same_day or slots.why_not(today) is None):
        return SendNow()
    day = _first_day_from(slots, now)
    at = _spread(slots, day, upcoming)
    return Move(at, upcoming.shift_to(day) if lateness > catch_up.late_after else upcoming.progress.shift_days)


def without_spread(upcoming: UpcomingLesson) -> UpcomingLesson:
    """The same, but in one minute as on any morning: for a lesson whose turn came late, where nothing broke down."""
    catch_up = replace(upcoming.sequence.catch_up, spread_over=timedelta(0))
    return replace(upcoming, sequence=replace(upcoming.sequence, catch_up=catch_up))


def after_edit(upcoming: UpcomingLesson, now: datetime) -> Due:
    """When the lesson is due after an edit or once an enrolment is resumed: as by `due`, but never before `now` (UTC).

    What would lie in the past takes the next allowed slot, spread over `spread_over`; the calendar does not shift. The
    first lesson of all, asked for a moment ago, goes now.
    """
    wanted = due(upcoming)
    if wanted.at >= now:
        return wanted
    slots, shift = Slots(upcoming), upcoming.progress.shift_days
    recent = now - wanted.at <= upcoming.sequence.catch_up.late_after
    free_today = slots.why_not_for_reader(local_date(now, upcoming.reader.zone)) is None
    if upcoming.goes_at_once and recent and free_today:
        local = now.astimezone(ZoneInfo(slots.zone))
        return Due(now, local, slots.zone, ("The first lesson goes at once.",), shift)
    day = _first_day_from(slots, now)
    at = _spread(slots, day, upcoming)
    past = say_date(upcoming.ideal_date)
    reason = f"{past} has passed: moved to the next free day, {say_date(day)}."
    return Due(at, at.astimezone(ZoneInfo(slots.zone)), slots.zone, (reason,), shift)


def _first_day_from(slots: Slots, now: datetime) -> date:
    """The first allowed day whose slot has not begun before `now`."""
    today = local_date(now, slots.zone)
    day, _ = slots.first_from(today)
    if day == today and slots.instant(day) < now:
        day, _ = slots.first_from(today + ONE_DAY)
    return day


def _spread(slots: Slots, day: date, upcoming: UpcomingLesson) -> datetime:
    """The slot of `day` plus this enrolment's offset, which never crosses midnight on either wall."""
    start = slots.instant(day)
    window = upcoming.sequence.catch_up.spread_over
    for zone in {slots.zone, upcoming.reader.zone}:
        midnight = wall_time(local_date(start, zone) + ONE_DAY, time(0), zone)
        window = min(window, midnight - start - timedelta(minutes=1))
    return (start + spread_offset(upcoming.key, window)).astimezone(UTC)
