"""The practitioner's guide names everything there is, nothing that is not, and its examples pass the check."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from pathlib import Path

import click
import pytest

from funnel.cli import COMMANDS, cli
from funnel.compose.cast import CAST
from funnel.curriculum import check_library, names, parse_condition, read_folder
from funnel.curriculum.parse.sequences import WEEKDAYS
from funnel.settings import starter

ROOT = Path(__file__).parents[1]
GUIDE = (ROOT / "docs" / "authoring.md").read_text(encoding="utf-8")
PAGE = (ROOT / "sequences" / "README.md").read_text(encoding="utf-8")
BOTH = {"the guide": GUIDE, "the page": PAGE}

# Below this heading of the guide stands a table whose first column is exactly these.
TABLES: dict[str, Iterable[str]] = {
    "The keys of a lesson": names.LESSON_KEYS,
    "Blocks": [f":::{name}" for name in names.BLOCKS],
    "Words that fill themselves in": names.VARIABLES,
    "Addresses that are the reader's own": names.FUNCTIONS,
    "The reader's own pages": names.PAGES,
    "Changing how a word is written": names.FILTERS,
    "Who gets a lesson": names.CONDITION_NAMES,
    "The keys of a sequence": names.SEQUENCE_KEYS,
    "When lessons go out": names.SEND_KEYS,
    "When something breaks down": names.CATCH_UP_KEYS,
    "What starts a sequence": names.TRIGGERS,
    "When a reader writes back": names.NIGHT_KEYS,
    "What ends a sequence": names.GOALS,
    "The keys of a sign-up page": names.OFFER_KEYS,
    "Kinds of offers": names.OFFER_KINDS,
    "The keys of a training": names.TRAINING_KEYS,
    "The keys of a quiz": names.QUIZ_KEYS,
    "Parts that are made from what is in force": names.IN_FORCE,
    "The keys of a page": names.PAGE_KEYS,
    "The keys of the front page": names.HOME_KEYS,
    "The keys of the practice": names.PRACTICE_KEYS,
    "What is measured": names.TRACKING,
    "A conversation to book": names.BOOKING_KEYS,
    "A helpline": names.HELPLINE_KEYS,
    "A session": names.SESSION_KEYS,
    "What help.toml lists": names.HELP_LISTS,
    "A place of help": names.HELP_KEYS,
    "A therapist": names.THERAPIST_KEYS,
    "Looking it over": CAST,
}


def section(heading: str) -> str:
    """What stands below a heading, up to the next one outside of an example."""
    below = re.split(rf"^#+ {re.escape(heading)}$", GUIDE, flags=re.MULTILINE)
    assert len(below) == 2, f"the guide has {len(below) - 1} headings {heading!r}"
    return re.split(r"^#{2,3} [A-Z]", re.sub(r"^```.*?^```$", "", below[1], flags=re.M | re.S), flags=re.M)[0]


def first_column(text: str) -> list[str]:
    return re.findall(r"^\| `([^`]+)` \|", text, flags=re.MULTILINE)


def examples(text: str, language: str) -> list[str]:
    boxes = re.findall(r"^```(\w*)\n(.*?)^```$", text, flags=re.M | re.S)
    return [content for name, content in boxes if name == language]


@pytest.mark.parametrize("heading", TABLES)
def test_every_name_has_its_row_and_every_row_is_a_name(heading: str) -> None:
    assert first_column(section(heading)) == list(TABLES[heading])


def test_no_list_of_names_is_forgotten() -> None:
    listed = {name for table in TABLES.values() for name in table}
    for attribute, value in vars(names).items():
        if attribute.isupper():
            for name in value:
                assert name in listed or f"`{name}`" in GUIDE or f":::{name}" in listed, f"{attribute}: {name}"
    assert all(f"`{day}`" in GUIDE for day in WEEKDAYS)


@pytest.mark.parametrize("where", BOTH)
def test_the_example_lesson_passes_the_check_in_the_starter(where: str) -> None:
    lesson = next(example for example in examples(BOTH[where], "markdown") if example.startswith("---"))
    files, _ = read_folder(starter("sequences"))

    library, problems = check_library({**files, "anxious-attachment/week-1-walk.md": lesson.encode()})

    assert library is not None
    assert [str(problem) for problem in problems if problem.severity == "error"] == []


def test_the_optional_passages_and_questions_pass_the_check() -> None:
    files, _ = read_folder(starter("sequences"))
    for text in BOTH.values():
        for number, passage in enumerate(each for each in examples(text, "markdown") if not each.startswith("---")):
            lesson = f"---\nid: passage\nsubject: A passage\nday: {90 + number}\n---\n{passage}"
            _, problems = check_library({**files, "anxious-attachment/passage.md": lesson.encode()})
            assert [str(problem) for problem in problems if problem.severity == "error"] == []
    for question in re.findall(r'^only_if: "([^"]+)"$', GUIDE, flags=re.MULTILINE):
        parse_condition(question)
    for row in section("Who gets a lesson").splitlines():
        if row.startswith("| `"):
            parse_condition(re.findall(r"`([^`]+)`", row)[-1])


def test_example_sequence_sign_up_page_and_practice_pass() -> None:
    files, _ = read_folder(starter("sequences"))
    sequence, offer = examples(GUIDE, "yaml")
    (practice,) = examples(GUIDE, "toml")

    _, problems = check_library(
        {
            **files,
            "anxious-attachment/sequence.md": sequence.encode(),
            "offers/evenings.md": offer.encode(),
            "practice.toml": practice.encode(),
        }
    )

    assert [str(problem) for problem in problems if problem.severity == "error"] == []


def commands(text: str) -> list[str]:
    """Every command a reader is asked to paste, in a box or between lines."""
    boxes = [line for box in examples(text, "") for line in box.splitlines()]
    return [line for line in (*boxes, *re.findall(r"`(funnel [^`]+)`", text)) if line.startswith("funnel ")]


@pytest.mark.parametrize("where", BOTH)
def test_every_command_named_exists_with_its_options(where: str) -> None:
    found = commands(BOTH[where])
    assert found
    for line in found:
        _, name, *rest = shlex.split(line)
        assert name in COMMANDS, line
        command = cli.get_command(click.Context(cli), name)
        if isinstance(command, click.Group) and rest:
            command = command.get_command(click.Context(command), rest[0])
        assert command is not None, line
        known = {option for parameter in command.params for option in parameter.opts}
        assert {word for word in rest if word.startswith("--")} <= known, line


def test_every_option_named_in_the_text_belongs_to_a_command() -> None:
    known: set[str] = set()
    for name in COMMANDS:
        command = cli.get_command(click.Context(cli), name)
        assert command is not None
        inner = list(command.commands.values()) if isinstance(command, click.Group) else []
        known |= {option for each in (command, *inner) for parameter in each.params for option in parameter.opts}

    assert set(re.findall(r"`(--[a-z][a-z-]*)", GUIDE)) <= known
