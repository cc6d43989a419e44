"""`funnel sequence`: a whole sequence rests, and nothing comes all at once afterwards."""

from __future__ import annotations

import time_machine

from tests.cli.practice import COURSE, Practice, practice_fixture  # noqa: F401 - a fixture
from tests.journey.steps import join, lessons, live, rows, work


def test_a_sequence_rests_and_goes_on_where_it_was(practice: Practice, time: time_machine.Traveller) -> None:
    join(practice.service, "ada@example.org")
    live(practice.service, time, 8)

    rests = practice.run("sequence", "pause", COURSE)
    still = practice.run("sequence", "pause", COURSE)
    time.shift(21 * 86_400)
    work(practice.service)
    assert len(lessons(practice.service, "ada@example.org")) == 2
    goes_on = practice.run("sequence", "resume", COURSE)
    again = practice.run("sequence", "resume", COURSE)
    live(practice.service, time, 8)

    assert f"funnel sequence resume {COURSE}" in rests.output
    assert "rests already" in still.output
    assert "rested since Tue 12 Jan 2027 09:00; the calendar of 1 reader was moved" in goes_on.output
    assert "was not resting" in again.output
    days = [str(row.local_date) for row in rows(practice.service, "ada@example.org") if row.lesson_id]
    assert days == ["2027-01-04", "2027-01-11", "2027-02-08"]


def test_a_misspelt_sequence_is_answered_with_the_nearest_right_one(practice: Practice) -> None:
    for what in ("pause", "resume"):
        result = practice.run("sequence", what, "anxious-atachment")
        assert result.exit_code == 2
        assert "Did you mean anxious-attachment?" in result.output
