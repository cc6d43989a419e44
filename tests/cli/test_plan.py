"""`funnel plan`: what publishing would do, in plain words, and nothing done."""

from __future__ import annotations

import json

from sqlalchemy import func, select

from funnel.models import Edition
from tests.cli.practice import COURSE, Practice, practice_fixture  # noqa: F401 - a fixture
from tests.journey.steps import join, work


def editions(practice: Practice) -> int:
    with practice.service.db.read() as session:
        return session.scalar(select(func.count(Edition.id))) or 0


def test_an_unchanged_folder_changes_nothing_and_says_so(practice: Practice) -> None:
    told = practice.run("plan")

    assert told.exit_code == 0
    assert told.output.endswith("\nReaders already get what the folder says; there is nothing to publish.\n")
    assert json.loads(practice.run("plan", "--json").stdout) == []


def test_what_an_edit_would_do_is_counted_and_not_done(practice: Practice) -> None:
    join(practice.service, "ada@example.org")
    work(practice.service)
    practice.edit(f"{COURSE}/week-1.md", "Twenty to midnight.", "Ten to midnight.")
    practice.edit(f"{COURSE}/week-2.md", "day: 14", "day: 15")
    practice.add_lesson()

    told = practice.run("plan")

    assert told.exit_code == 0
    assert f"{COURSE}\n" in told.output
    lines = {line.split()[1]: line for line in told.output.splitlines() if line.startswith("  ")}
    assert "next 1 reader gets the new text; nobody has had it" in lines["name-the-alarm"]
    assert "inserted, day 10" in lines["a-short-walk"]
    assert "1 will get it" in lines["a-short-walk"]
    assert "day 14 → day 15" in lines["where-it-was-learned"]
    assert "Nothing has been changed." in told.output
    assert editions(practice) == 3
    (as_json,) = json.loads(practice.run("plan", str(practice.folder), "--json").stdout)
    assert as_json["sequence"] == COURSE
    assert {change["lesson"]: change["counts"] for change in as_json["changes"]}["a-short-walk"] == {"will_get": 1}


def test_a_folder_with_errors_is_not_planned(practice: Practice) -> None:
    practice.edit(f"{COURSE}/week-1.md", "day: 7", "dey: 7")

    told = practice.run("plan")

    assert told.exit_code == 1
    assert "funnel check" in str(told.exception)


def test_what_is_worth_a_second_look_is_counted(practice: Practice) -> None:
    practice.edit(f"{COURSE}/week-3.md", "{{ practice.sender }}", "Act now\n\n{{ practice.sender }}")

    assert "1 thing is worth a second look: 'funnel check' lists them." in practice.run("plan").output
