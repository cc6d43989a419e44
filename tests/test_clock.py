"""Story time, machine time, and lengths of time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine

from funnel.clock import Clock, open_clock, parse_time_lapse, span

NOON = datetime(2027, 1, 4, 12, 0, tzinfo=UTC)


def test_without_a_lapse_story_time_is_the_time() -> None:
    with time_machine.travel(NOON, tick=False):
        assert Clock().now() == Clock().machine_now() == NOON


def test_every_process_of_a_data_folder_shares_one_lapse(tmp_path: Path) -> None:
    with time_machine.travel(NOON, tick=False) as time:
        first = open_clock("56d/60s", tmp_path)
        time.shift(30)
        second = open_clock("56d/60s", tmp_path)
        assert first.now() == second.now() == NOON + timedelta(days=28)
        assert second.machine_now() == NOON + timedelta(seconds=30)


def test_a_story_that_is_over_stays_so_for_every_process(tmp_path: Path) -> None:
    with time_machine.travel(NOON, tick=False) as time:
        first, second = open_clock("56d/60s", tmp_path), open_clock("56d/60s", tmp_path)
        time.shift(30)
        assert first.stop() == NOON + timedelta(days=28)
        time.shift(600)
        third = open_clock("56d/60s", tmp_path)
        assert {clock.now() for clock in (first, second, third)} == {NOON + timedelta(days=28)}
        assert second.stop() == NOON + timedelta(days=28), "it cannot end twice"
        assert second.machine_now() == NOON + timedelta(seconds=630), "leases go on"


def test_nobody_stops_the_time() -> None:
    with pytest.raises(ValueError, match="only a time lapse"):
        Clock().stop()


def test_a_stretch_of_story_time_says_its_length_on_the_machine(tmp_path: Path) -> None:
    assert open_clock("56d/60s", tmp_path).machine_seconds(timedelta(days=28)) == pytest.approx(30)


@pytest.mark.parametrize("text", ["90s", "1.5m"])
def test_lengths_of_time_are_read(text: str) -> None:
    assert span(text) == timedelta(seconds=90)


@pytest.mark.parametrize("text", ["", "d", "3", "3 days", "-1d", "1d/2d/3d"])
def test_a_wrong_length_of_time_is_refused_with_right_ones(text: str) -> None:
    with pytest.raises(ValueError, match="90s, 5m, 4h, 3d or 2w"):
        span(text)


@pytest.mark.parametrize("text", ["56d", "56d/0s", "1s/60s"])
def test_a_wrong_time_lapse_is_refused_with_a_right_one(text: str) -> None:
    with pytest.raises(ValueError, match="56d/60s"):
        parse_time_lapse(text)
