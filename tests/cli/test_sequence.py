"""`funnel sequence`: a whole sequence rests, and nothing comes all at once afterwards."""

from __future__ import annotations

import pytest
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


def test_a_misspelt_sequence_is_answered_with_the_nearest(practice: Practice) -> None:
    for what in ("pause", "resume"):
        result = practice.run("sequence", what, "anxious-atachment")
        assert result.exit_code == 2
        assert "Did you mean anxious-attachment?" in result.output


def test_renaming_a_sequence_leaves_nothing_to_publish(practice: Practice, time: time_machine.Traveller) -> None:
    join(practice.service, "ada@example.org", "ebook", both=True)
    live(practice.service, time, 2)

    told = practice.run("sequence", "rename", "ebook-welcome", "welcome")

    assert told.exit_code == 0, told.exception
    assert "ebook-welcome is called welcome from now on" in told.output
    assert f"{COURSE}/sequence.md names it so" in told.output
    assert (practice.folder / "welcome" / "sequence.md").is_file()
    assert not (practice.folder / "ebook-welcome").exists()
    assert '"finished:welcome"' in (practice.folder / COURSE / "sequence.md").read_text(encoding="utf-8")
    assert practice.run("check").exit_code == 0
    assert "nothing to publish" in practice.run("plan").output
    live(practice.service, time, 20)
    assert {row.sequence for row in rows(practice.service, "ada@example.org") if row.lesson_id} == {"welcome", COURSE}


def test_a_folder_that_was_renamed_already_is_left_as_it_is(practice: Practice) -> None:
    (practice.folder / COURSE).rename(practice.folder / "secure-love")

    told = practice.run("sequence", "rename", COURSE, "secure-love")

    assert told.exit_code == 0, told.exception
    assert f"There is no folder {COURSE}" in told.output
    assert "nothing to publish" in practice.run("plan").output


def test_what_cannot_be_a_name_or_is_one_already_is_refused(practice: Practice) -> None:
    for name in ("Secure Love", "offers", ""):
        refused = practice.run("sequence", "rename", COURSE, name)
        assert (refused.exit_code, "cannot name a sequence" in refused.output) == (2, True)
    taken = practice.run("sequence", "rename", COURSE, "ebook-welcome")
    assert (taken.exit_code, "has both" in str(taken.exception)) == (1, True)
    assert "Did you mean" in practice.run("sequence", "rename", "anxious-atachment", "love").output
    assert (practice.folder / COURSE).is_dir()


def test_the_current_folder_is_renamed_if_it_is_this_practices(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FUNNEL_SEQUENCES_DIR")
    monkeypatch.chdir(practice.folder)
    told = practice.run("sequence", "rename", "ebook-welcome", "welcome")
    assert told.output.startswith(f"Harbour Practice, in {practice.folder} (the folder you are in)")
    assert (practice.folder / "welcome" / "sequence.md").is_file()

    practice.edit("practice.toml", "name =", 'id = "of-a-friend"\nname =')
    told = practice.run("sequence", "rename", "welcome", "hello")
    assert f"{practice.folder} is another practice's and was left alone" in told.output
    assert (practice.folder / "welcome").is_dir()
