"""Wall time: what the clock on a reader's wall says, turned to UTC last."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from zoneinfo import ZoneInfo, available_timezones

_OFFSET = re.compile(r"(?i)^(?:utc|gmt|z)?\s*[+-]?\s*\d|^Etc/(?:GMT|UTC)[+-]?\d|^Z$")


@cache
def zone_names() -> frozenset[str]:
    """Every zone a practice or a reader may name: places ("Europe/Dublin") and "UTC", never bare offsets."""
    places = (name for name in available_timezones() if "/" in name)
    return frozenset(name for name in places if not _OFFSET.match(name)) | {"UTC"}


def is_zone(name: str) -> bool:
    """Whether `name` is one of `zone_names()`."""
    return name in zone_names()


def looks_like_offset(name: str) -> bool:
    """Whether somebody wrote an offset ("+02:00", "UTC+1") where a zone belongs; it would be wrong half the year."""
    return _OFFSET.match(name) is not None


# Readers share days, hours and zones: planning for 100,000 of them asks the same few thousand questions.
@lru_cache(maxsize=50_000)
def wall_time(day: date, at: time, zone: str) -> datetime:
    """The instant, in UTC, at which the clock in `zone` shows `at` on `day`.

    A time that does not exist there (spring, or a day the zone left out) becomes the first minute that does; a time
    that happens twice (autumn) is the first of the two. Raises ZoneInfoNotFoundError for an unknown zone.
    """
    place = ZoneInfo(zone)
    naive = datetime.combine(day, at)
    first = naive.replace(tzinfo=place, fold=0).astimezone(UTC)
    if first.astimezone(place).replace(tzinfo=None) == naive:
        return first
    # In a gap, fold=1 reads the time with the offset after the change and so lands before it; fold=0 lands after.
    before = naive.replace(tzinfo=place, fold=1).astimezone(UTC)
    return _first_minute_after_gap(before, first, naive, place)


def _first_minute_after_gap(before: datetime, after: datetime, naive: datetime, place: ZoneInfo) -> datetime:
    """The earliest whole minute, in UTC, whose wall time is later than the missing one; found by halving."""
    low, high = int(before.timestamp()), int(after.timestamp())
    while high - low > 1:
        middle = (low + high) // 2
        shown = datetime.fromtimestamp(middle, UTC).astimezone(place).replace(tzinfo=None)
        if shown > naive:
            high = middle
        else:
            low = middle
    instant = datetime.fromtimestamp(high, UTC)
    seconds = instant.astimezone(place).second
    return instant + timedelta(seconds=-seconds % 60)


def local_date(instant: datetime, zone: str) -> date:
    """The date on the wall in `zone` at `instant` (aware). Raises ZoneInfoNotFoundError for an unknown zone."""
    return instant.astimezone(ZoneInfo(zone)).date()


@lru_cache(maxsize=50_000)
def happens_twice(day: date, at: time, zone: str) -> bool:
    """Whether the clock in `zone` shows `at` two times on `day`, because it was put back."""
    naive = datetime.combine(day, at).replace(tzinfo=ZoneInfo(zone))
    return naive.replace(fold=0).astimezone(UTC) < naive.replace(fold=1).astimezone(UTC)
