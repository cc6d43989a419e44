"""When answers are read, by the practice's own hours. Pure; times that come in are aware."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from funnel.curriculum.model import NightAnswer
from funnel.curriculum.walltime import wall_time
from funnel.language import _, day_without_year, time_in_words

ONCE_IN = timedelta(days=7)
"""One person is answered at most once in this time."""
FRESH = timedelta(hours=2)
"""How old a letter may be that is answered, and an answer that goes out; later somebody may be reading already."""
_LOOK_AHEAD = 400  # days: longer than a year of quiet days


def is_read_at(night: NightAnswer, zone: str, quiet_days: Collection[date], now: datetime) -> bool:
    """Whether somebody reads answers at `now`."""
    local = now.astimezone(ZoneInfo(zone))
    return _is_open(night, quiet_days, local.date()) and night.opens <= local.time().replace(tzinfo=None) < night.closes


def next_reading(night: NightAnswer, zone: str, quiet_days: Collection[date], now: datetime) -> datetime | None:
    """When somebody begins to read next, after `now` (UTC); None where no day of the next year is one."""
    local = now.astimezone(ZoneInfo(zone))
    for ahead in range(_LOOK_AHEAD):
        day = local.date() + timedelta(days=ahead)
        if _is_open(night, quiet_days, day) and (at := wall_time(day, night.opens, zone)) > now:
            return at
    return None


def spoken_reading(at: datetime | None, zone: str) -> str:
    """The day and the hour as a mail says them, on the practice's clock: "Monday 11 January at 09:00"."""
    if at is None:
        return ""
    return _("%(day)s at %(time)s", day=day_without_year(at, zone), time=time_in_words(at, zone))


def _is_open(night: NightAnswer, quiet_days: Collection[date], day: date) -> bool:
    return day.weekday() in night.days and day not in quiet_days
