"""`funnel check`: everything at once, each with its place and what to do."""

from __future__ import annotations

import json

import pytest

from funnel.curriculum import LESSON_KEYS
from funnel.settings import load_settings
from tests.cli.practice import COURSE, Practice, practice_fixture  # noqa: F401 - a fixture


def test_every_problem_is_a_line_with_its_place_and_what_to_do(practice: Practice) -> None:
    practice.edit(f"{COURSE}/week-1.md", "day: 7", "day: 7\ncolour: blue")
    practice.edit(f"{COURSE}/week-2.md", "{{ lead.first_name", "{{ lead.frist_name")
    practice.edit(f"{COURSE}/week-3.md", "{{ practice.sender }}", "Act now\n\n{{ practice.sender }}")

    told = practice.run("check")

    assert told.exit_code == 1
    lines = told.output.splitlines()
    here = practice.folder / COURSE
    mend, look = lines.index("To mend:"), lines.index("Worth a second look:")
    assert any(
        line.startswith(f"{here}/week-1.md:9:1  ") and line.endswith(f"→ Known keys: {', '.join(LESSON_KEYS)}.")
        for line in lines
    )
    (variable,) = [line for line in lines[mend:look] if line.startswith(f"{here}/week-2.md:")]
    assert "lead.first_name" in variable.partition("→")[2]
    assert any(line.startswith(f"{here}/week-3.md:") for line in lines[look:])
    assert lines[-1].endswith(f"errors to mend in {practice.folder}, and 1 thing worth a second look.")


def test_inside_the_folder_a_place_begins_there(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    practice.edit(f"{COURSE}/week-1.md", "day: 7", "day:7")
    monkeypatch.chdir(practice.folder)
    assert any(line.startswith(f"{COURSE}/week-1.md:8:5  ") for line in practice.run("check").output.splitlines())


def test_a_broken_picture_is_told_once(practice: Practice) -> None:
    (practice.folder / "assets" / "me.jpg").write_bytes(b"no picture")
    practice.edit(f"{COURSE}/week-1.md", "{{ practice.sender }}", "![Me](assets/me.jpg)\n\n{{ practice.sender }}")

    found = json.loads(practice.run("check", "--json").stdout)

    assert [problem["path"] for problem in found["problems"] if problem["severity"] == "error"] == ["assets/me.jpg"]


def test_what_only_deserves_a_second_look_passes_the_check(practice: Practice) -> None:
    practice.edit(f"{COURSE}/week-3.md", "{{ practice.sender }}", "Act now\n\n{{ practice.sender }}")

    told = practice.run("check")

    assert told.exit_code == 0
    assert told.output.splitlines()[-1] == (
        f"Nothing to mend in {practice.folder} (3 sequences with 15 lessons, 4 offers); 1 thing worth a second look."
    )


def test_a_program_gets_the_same_problems_as_a_list(practice: Practice) -> None:
    practice.edit(f"{COURSE}/week-1.md", "day: 7", "day: 7\ncolour: blue")

    told = practice.run("check", "--json")
    found = json.loads(told.stdout)

    assert told.exit_code == 1
    assert found["errors"] == len(found["problems"]) > 0
    assert set(found["problems"][0]) == {"path", "line", "column", "severity", "code", "message", "fix"}
    assert json.loads(practice.run("check", str(practice.folder / "assets"), "--json").stdout)["errors"] > 0


def test_a_published_lesson_gone_from_the_folder_is_noticed(practice: Practice) -> None:
    (practice.folder / COURSE / "week-4.md").unlink()

    told = practice.run("check")
    elsewhere = practice.run("check", "--data-dir", str(practice.folder.parent / "nowhere"))

    assert "letting-it-move-through was published before and is gone" in told.output
    assert "and is gone" not in elsewhere.output
    assert not (practice.folder.parent / "nowhere").exists()


def test_checking_works_without_a_database(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUNNEL_DATABASE_URL", "postgresql://funnel@127.0.0.1:1/funnel")

    told = practice.run("check", "--json")

    assert told.exit_code == 0
    assert json.loads(told.stdout)["problems"] == []
    assert "could not be asked" in told.stderr


def test_starter_leftovers_fail_nothing_while_mail_is_caught(
    practice: Practice,
) -> None:
    told = practice.run("check")

    assert told.exit_code == 0
    lines = told.output.splitlines()
    assert lines[1] == "Before real mail leaves:"  # below whose folder it is
    assert any(
        line.startswith(f"{practice.folder}/practice.toml:4:1  ") and "Harbour Practice" in line for line in lines
    )
    assert lines[lines.index("Good to know:") + 1].startswith(
        "offers/quiz.md: each of the 2,176,782,336 possible sets of answers"
    )
    assert any("FUNNEL_SITE_URL" in line and "http://127.0.0.1:8000" in line for line in lines)


def test_starter_leftovers_fail_the_check_with_real_mail(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    caught = json.loads(practice.run("check", "--json").stdout)
    monkeypatch.setenv("FUNNEL_MAIL_URL", "smtp://ada:secret@mail.lantern-rooms.ie:587?tls=starttls")

    told = practice.run("check", "--json")
    real = json.loads(told.stdout)

    assert (caught["errors"], caught["real_mail"]) == (0, False)
    assert (told.exit_code, real["real_mail"]) == (1, True)
    assert real["problems"] == []
    assert real["before_real_mail"] == caught["before_real_mail"]
    assert real["errors"] == len([each for each in real["before_real_mail"] if each["severity"] == "error"])
    assert practice.run("check").output.splitlines()[-1].startswith(f"{real['errors']} errors to mend in ")


@pytest.mark.parametrize(
    ("url", "port", "real"),
    [
        ("smtp://127.0.0.1:2525?tls=none", "2525", False),  # our own catcher
        ("smtp://127.0.0.1:25?tls=none", "0", True),  # a mail server on this machine sends to everybody
        ("smtp://127.0.0.1:25?tls=none", "2525", True),
        ("smtp://mail.lantern-rooms.ie:2525", "2525", True),
        ("file:///var/mail/out", "0", False),
        ("memory://", "0", False),
        ("", "0", False),
        ("postmark://token@", "0", True),
        ("smtp://[::1", "25", True),
    ],
)
def test_only_the_catcher_a_file_and_memory_are_not_real_mail(url: str, port: str, real: bool) -> None:
    lessons = load_settings({}, mail_url="memory://", course_mail_url=url, outbox_port=port)

    assert load_settings({}, mail_url=url, outbox_port=port).real_mail is real
    assert lessons.real_mail is real
