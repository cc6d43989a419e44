"""`funnel rehearse`: the calendar a reader would live, from the folder alone."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from funnel.cli import cli
from funnel.cli.support.cast import language_given, read_character, with_result
from funnel.compose.cast import CAST
from funnel.settings import starter
from tests.compose.conftest import PRACTICE

SPOKEN = replace(PRACTICE, languages=("de",))
COURSE = "anxious-attachment"
Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    for name in [name for name in os.environ if name.startswith("FUNNEL_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("FUNNEL_DATA_DIR", str(tmp_path / "data"))
    return lambda *arguments: CliRunner().invoke(cli, ["rehearse", *arguments], prog_name="funnel")


def test_a_reader_in_sydney_gets_every_lesson_at_eight_her_time(run: Run) -> None:
    result = run(COURSE, "--zone", "Australia/Sydney", "--from", "2027-03-20", "--json")

    steps = json.loads(result.stdout)
    assert len(steps) == 8
    assert [step["local"][11:16] for step in steps] == ["09:00", *["08:00"] * 7]
    # Her clocks go back on 4 April: the same wall time is another hour in UTC.
    assert [step["utc"] for step in steps[:3]] == [
        "2027-03-19T22:00+00:00",
        "2027-03-28T21:00+00:00",
        "2027-04-04T22:00+00:00",
    ]
    assert {step["zone"] for step in steps} == {"Australia/Sydney"}
    assert steps[0]["reason"] == "The first lesson goes at once."
    assert "moved to Monday 29 March." in steps[1]["reason"]


def test_the_calendar_is_told_in_words_and_nothing_is_made(run: Run, tmp_path: Path) -> None:
    result = run(COURSE, "--from", "2027-01-04T21:30")

    assert result.exit_code == 0
    assert f"\n{COURSE}, for Ada in Europe/Dublin, who begins on Mon 4 Jan 2027 21:30\n" in result.output
    assert "Mon 11 Jan 2027 08:00" in result.output
    assert result.output.endswith("8 mails over 50 days. Nothing was sent.\n")
    assert not (tmp_path / "data").exists()


def test_a_reader_who_goes_slower_takes_about_twice_as_long(run: Run) -> None:
    assert "8 mails over 99 days." in run(COURSE, "--as", "gus", "--from", "2027-01-04").output


def test_conditions_are_answered_for_the_reader_asked_about(run: Run, tmp_path: Path) -> None:
    folder = _one_lesson_for(tmp_path, "quiz.result == 'anxious' and 'evening' in tags")

    passed = json.loads(run("evenings", str(folder), "--json").stdout)
    got = json.loads(run("evenings", str(folder), "--as", "quiz=anxious,tag=evening", "--json").stdout)

    assert [step["passed_over"] for step in passed] == [False, True]
    assert [step["passed_over"] for step in got] == [False, False]


def test_every_mail_is_written_as_it_would_be_sent(run: Run, tmp_path: Path) -> None:
    result = run(COURSE, "--as", "fay", "--from", "2027-03-20", "--html", str(tmp_path / "mails"))

    names = sorted(path.name for path in (tmp_path / "mails").iterdir())
    assert "8 mails written" in result.output
    assert names[:4] == ["01-begin-here.html", "01-begin-here.txt", "02-name-the-alarm.html", "02-name-the-alarm.txt"]
    assert len(names) == 16
    text = (tmp_path / "mails" / "02-name-the-alarm.txt").read_text()
    assert "Dear Fay," in text
    assert "Your quiz answers leaned this way." in text


def test_lessons_that_are_passed_over_are_not_written(run: Run, tmp_path: Path) -> None:
    folder = _one_lesson_for(tmp_path, "booked")

    run("evenings", str(folder), "--html", str(tmp_path / "mails"))

    assert sorted(path.name for path in (tmp_path / "mails").iterdir()) == ["01-first.html", "01-first.txt"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["anxious-atachment"], "Did you mean anxious-attachment?"),
        ([COURSE, "--zone", "Europe/Dubln"], "Did you mean Europe/Dublin?"),
        ([COURSE, "--zone", "+02:00"], "There is no time zone"),
        ([COURSE, "--as", "fey"], "Did you mean fay?"),
        ([COURSE, "--as", "quiz=anxous"], "Did you mean anxious?"),
        ([COURSE, "--as", "watched=5"], "from 0 to 4"),
        ([COURSE, "--as", "wached=3"], "Did you mean watched?"),
        ([COURSE, "--from", "20 March"], "write 2027-03-20"),
        ([COURSE, "--from", "2027-03-20T09:00+01:00"], "without an offset"),
        ([COURSE, "--from", "9999-12-31"], "write 2027-03-20"),
    ],
    ids=lambda value: "-".join(value[-2:]) if isinstance(value, list) else "",
)
def test_a_wrong_word_is_answered_with_the_right_one(run: Run, arguments: list[str], said: str) -> None:
    result = run(*arguments)

    assert result.exit_code == 2
    assert said in result.output


def test_a_mistake_in_another_sequence_stops_no_rehearsal(run: Run, tmp_path: Path) -> None:
    folder = _one_lesson_for(tmp_path, "booked")
    (folder / "another").mkdir()
    (folder / "another" / "sequence.md").write_text("---\ntitle: Another\nstart_on: [confrm]\n---\n")
    (folder / "another" / "1.md").write_text("---\nid: one\nsubject: One\nday: 0\n---\nHello.\n")

    assert run("evenings", str(folder)).exit_code == 0
    refused = run("another", str(folder))
    assert refused.exit_code == 1
    assert "another/sequence.md:3:" in str(refused.exception)


def test_mails_that_cannot_be_made_or_written_are_one_sentence(run: Run, tmp_path: Path) -> None:
    folder = _one_lesson_for(tmp_path, "booked", text='[Come]({{ book("nothing") }})')
    (tmp_path / "taken").write_text("")

    unmade = run("evenings", str(folder), "--as", "dan", "--html", str(tmp_path / "mails"))
    unwritten = run(COURSE, "--html", str(tmp_path / "taken"))

    assert "evenings/2.md:" in str(unmade.exception)
    assert "name another folder" in str(unwritten.exception)
    assert unmade.exit_code == unwritten.exit_code == 1


def test_the_help_names_the_whole_cast(run: Run) -> None:
    said = " ".join(run("--help").output.split())

    for name, who in CAST.items():
        assert f"{name}: {who.about}" in said


def test_a_member_of_the_cast_can_be_changed() -> None:
    fay = read_character("fay,booked,quiz=secure,opened=one,opened=two,name=Fay Lee,slower,discreet")

    assert (fay.zone, fay.first_name, fay.slower, fay.discreet) == ("Australia/Sydney", "Fay Lee", True, True)
    assert (fay.facts.quiz_result, fay.facts.booked, fay.facts.watched) == ("secure", True, 4)
    assert fay.facts.opened == {"one", "two"}


def _one_lesson_for(tmp_path: Path, condition: str, text: str = "Good evening.") -> Path:
    """A folder whose sequence `evenings` has a first lesson for all and a second under a condition."""
    folder = tmp_path / "letters"
    (folder / "evenings").mkdir(parents=True)
    (folder / "practice.toml").write_bytes((starter("sequences") / "practice.toml").read_bytes())
    (folder / "evenings" / "sequence.md").write_text("---\ntitle: Evenings\nstart_on: [by_hand]\n---\n")
    (folder / "evenings" / "1.md").write_text("---\nid: first\nsubject: First\nday: 0\n---\nGood evening.\n")
    (folder / "evenings" / "2.md").write_text(
        f'---\nid: second\nsubject: Second\nday: 7\nonly_if: "{condition}"\n---\n{text}\n'
    )
    return folder


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("fr", "Nobody is served in 'fr'. Readers get: en, de"),
        ("German", "Did you mean de?"),
        ("", "Nobody is served in ''"),
        ("de_DE", "Nobody is served in 'de_DE'"),
    ],
)
def test_a_language_in_which_nobody_is_served_is_refused(said: str, told: str) -> None:
    with pytest.raises(click.UsageError, match=re.escape(told)):
        language_given(said, SPOKEN)


@pytest.mark.parametrize(("said", "read"), [("de", "de"), ("DE", "de"), ("en", "en")])
def test_a_language_is_read_whatever_its_case(said: str, read: str) -> None:
    assert language_given(said, SPOKEN) == read


@pytest.mark.parametrize(
    ("region", "heard"), [("anxious", "anxious"), ("mixed", "mixed"), ("in_between", ""), ("too_few", "")]
)
def test_a_reader_may_have_any_result_of_a_quiz(region: str, heard: str) -> None:
    assert with_result(CAST["fay"], region).facts.quiz_result == heard
    assert read_character(f"fay,quiz={region}").facts.quiz_result == heard


def test_a_result_that_is_none_is_answered_with_the_nearest(run: Run) -> None:
    result = run(COURSE, "--quiz", "anxios")
    assert result.exit_code == 2
    assert "Did you mean anxious?" in result.output


def test_a_preview_in_a_language_nobody_is_served_in_is_refused(run: Run) -> None:
    result = CliRunner().invoke(cli, ["preview", "--port", "0", "--language", "de"], prog_name="funnel")
    assert result.exit_code == 2
    assert "Nobody is served in 'de'" in result.output
