"""`check`, plan and rehearsal of sequences that tags start and end."""

from __future__ import annotations

import pytest

from funnel.curriculum import check_library, read_folder
from funnel.curriculum.plan import plan_sequence, render_plan
from funnel.curriculum.sequence_json import sequence_from_json, sequence_to_json
from funnel.settings import starter
from tests.cli.practice import COURSE, Practice, practice_fixture  # noqa: F401 - a fixture

START = 'start_on: [confirm, "finished:ebook-welcome", "finished:training-follow-up"]'
STOP = "stop_when: [client]"


def found(start: str = "confirm", stop: str = "client", only_if: str = "") -> list[tuple[str, int, str, str]]:
    """What is wrong with the starter where its course says this."""
    files = dict(read_folder(starter("sequences"))[0])
    text = files[f"{COURSE}/sequence.md"].decode()
    text = text.replace(START, START.replace("confirm", start)).replace(STOP, f"stop_when: [{stop}]")
    files[f"{COURSE}/sequence.md"] = text.encode()
    if only_if:
        week = next(path for path in files if path.startswith(f"{COURSE}/week-1"))
        files[week] = files[week].replace(b"---\nid:", f'---\nonly_if: "{only_if}"\nid:'.encode(), 1)
    _, problems = check_library(files)
    wrong = [each for each in problems if each.severity == "error"]
    return [(each.path, each.line, each.message, each.fix) for each in wrong]


def test_tags_that_start_and_end_are_read() -> None:
    assert found('confirm, "tag:evening"', 'client, "tag:moved-on"', "'group:spring' in tags") == []


@pytest.mark.parametrize("name", ["Evening", "two words", "", "a:b:c", "x" * 61])
def test_a_tag_that_cannot_be_is_an_error_at_its_line(name: str) -> None:
    for key, line, wrong in (
        ("start_on", 3, found(f'confirm, "tag:{name}"')),
        ("stop_when", 7, found(stop=f'"tag:{name}"')),
    ):
        (path, at, message, fix) = wrong[0]
        assert (path, at) == (f"{COURSE}/sequence.md", line)
        assert message.startswith(f"{key} asks for tag:{name[:20]}")
        assert fix.startswith("A tag is of small letters")
    assert "no tag is called so" in found(only_if=f"'{name}' in tags")[0][2]


def test_unknown_words_are_told_that_tags_can_be_asked_for() -> None:
    assert "tag:<name>" in found("evening")[0][3]
    assert "tag:<name>" in found(stop="evening")[0][3]


def test_one_tag_cannot_start_and_end_the_same_sequence() -> None:
    ((path, line, message, _),) = found('confirm, "tag:evening"', '"tag:evening"')
    assert (path, line, message) == (f"{COURSE}/sequence.md", 7, "tag:evening starts this sequence, and ends it")


def test_plan_and_rehearsal_say_that_a_tag_starts_it(practice: Practice) -> None:
    practice.edit(f"{COURSE}/sequence.md", START, 'start_on: ["tag:evening", "tag:group"]')
    practice.edit(f"{COURSE}/sequence.md", STOP, 'stop_when: ["tag:moved-on"]')
    told = practice.run("rehearse", COURSE, str(practice.folder), "--as", "tag=moved-on").output
    assert "It starts when the tag evening or group is put on a reader who agreed to it." in told
    assert "Who is given the tag moved-on gets no more of this sequence" in told
    course = sequence_from_json(
        {**sequence_to_json(practice.service.library.sequences[COURSE]), "start_on": ["tag:evening"]}
    )
    plan = plan_sequence(None, course, [])
    assert "starts when the tag evening is put on a reader who agreed to it" in render_plan(plan)
    assert plan.to_json()["started_by_tags"] == ["evening"]
