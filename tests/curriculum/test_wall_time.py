"""08:00 is 08:00 on the reader's wall, in every zone and across clock changes."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from funnel.curriculum import is_zone, local_date, wall_time, zone_names
from funnel.curriculum.walltime import happens_twice, looks_like_offset

ZONES = st.sampled_from(sorted(zone_names()))
DAYS = st.dates(date(1990, 1, 1), date(2040, 12, 31))
TIMES = st.builds(time, st.integers(0, 23), st.integers(0, 59))


@settings(max_examples=600)
@given(DAYS, TIMES, ZONES)
def test_wall_time_is_as_asked_or_the_first_minute_after_a_gap(day: date, at: time, zone: str) -> None:
    instant = wall_time(day, at, zone)
    place = ZoneInfo(zone)
    shown = instant.astimezone(place).replace(tzinfo=None)
    asked = datetime.combine(day, at)
    assert instant.tzinfo is UTC
    if shown == asked:
        for hours in (1, 2, 3):
            earlier = (instant - timedelta(hours=hours)).astimezone(place).replace(tzinfo=None)
            assert earlier != asked, "the first of two is taken"
    else:
        assert shown > asked
        minute_before = (instant - timedelta(minutes=1)).astimezone(place).replace(tzinfo=None)
        assert minute_before < asked, "no minute in between exists"


def test_every_zone_keeps_the_time_at_clock_changes_until_2040() -> None:
    for zone in sorted(zone_names()):
        place = ZoneInfo(zone)
        for change in _changes(place, 2026, 2040):
            for minutes in (-61, -30, -1, 0, 1, 30, 61):
                near = (change + timedelta(minutes=minutes)).astimezone(place).replace(tzinfo=None)
                instant = wall_time(near.date(), near.time(), zone)
                assert instant.astimezone(place).replace(tzinfo=None) == near
                assert instant <= change + timedelta(minutes=minutes)


def _changes(place: ZoneInfo, first: int, last: int) -> list[datetime]:
    """The minutes at which a zone's offset changes, looked for month by month."""
    found: list[datetime] = []
    step = timedelta(days=14)
    at = datetime(first, 1, 1, tzinfo=UTC)
    while at.year <= last:
        if at.astimezone(place).utcoffset() != (at + step).astimezone(place).utcoffset():
            low, high = at, at + step
            while high - low > timedelta(minutes=1):
                middle = low + timedelta(minutes=int((high - low).total_seconds() // 120))
                if middle.astimezone(place).utcoffset() == at.astimezone(place).utcoffset():
                    low = middle
                else:
                    high = middle
            found.append(high)
            if len(found) == 4:
                return found
        at += step
    return found


def test_half_past_two_is_three_when_the_clocks_go_forward() -> None:
    assert wall_time(date(2027, 3, 28), time(1, 30), "Europe/Dublin") == datetime(2027, 3, 28, 1, 0, tzinfo=UTC)
    assert wall_time(date(2027, 3, 14), time(2, 30), "America/New_York") == datetime(2027, 3, 14, 7, 0, tzinfo=UTC)


def test_half_past_one_is_the_first_of_two_when_clocks_go_back() -> None:
    assert wall_time(date(2027, 10, 31), time(1, 30), "Europe/Dublin") == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)
    assert happens_twice(date(2027, 10, 31), time(1, 30), "Europe/Dublin")
    assert not happens_twice(date(2027, 3, 28), time(1, 30), "Europe/Dublin")


def test_a_day_a_zone_left_out_is_the_first_minute_of_the_next() -> None:
    instant = wall_time(date(2011, 12, 30), time(8), "Pacific/Apia")
    assert local_date(instant, "Pacific/Apia") == date(2011, 12, 31)
    assert instant.astimezone(ZoneInfo("Pacific/Apia")).time() == time(0)


def test_a_change_of_half_an_hour_is_kept_too() -> None:
    instant = wall_time(date(2027, 10, 3), time(2, 15), "Australia/Lord_Howe")
    assert instant.astimezone(ZoneInfo("Australia/Lord_Howe")).time() == time(2, 30)


@pytest.mark.parametrize(
    "name", ["+02:00", "UTC+1", "GMT-5", "Etc/GMT+5", "EST", "../../etc/passwd", "", "Mars/Olympus"]
)
def test_an_offset_or_nonsense_is_no_zone(name: str) -> None:
    assert not is_zone(name)


def test_an_offset_is_told_from_a_place() -> None:
    assert looks_like_offset("+02:00")
    assert looks_like_offset("UTC+1")
    assert not looks_like_offset("Europe/Dublin")
    assert is_zone("UTC")
