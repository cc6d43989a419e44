"""`funnel editions`, `show`, `diff`, `restore`: nothing that was published is ever lost."""

from __future__ import annotations

import json

import pytest

from funnel.cli.support.source import lesson_source, sequence_source
from funnel.curriculum import Library, content_hash, parse_library, read_folder
from funnel.settings import starter
from tests.cli.practice import COURSE, Practice, practice_fixture  # noqa: F401 - a fixture


def publish_a_change(practice: Practice) -> None:
    practice.edit(f"{COURSE}/week-1.md", "Twenty to midnight.", "Ten to midnight.")
    practice.edit(f"{COURSE}/sequence.md", 'at: "08:00"', 'at: "09:30"')
    practice.add_lesson()
    assert practice.run("publish", "--yes").exit_code == 0


def test_all_editions_are_listed_with_when_and_by_whom(practice: Practice) -> None:
    publish_a_change(practice)

    first, second = practice.run("editions", COURSE).output.splitlines()
    as_json = json.loads(practice.run("editions", COURSE, "--json").stdout)

    assert first == f"{COURSE}@1  Fri 1 Jan 2027 00:00  8 lessons  by tests"
    assert second.startswith(f"{COURSE}@2  Mon 4 Jan 2027 09:00  9 lessons  by ")
    assert second.endswith("  counts now")
    assert [(edition["edition"], edition["current"]) for edition in as_json] == [(1, False), (2, True)]


def test_a_lesson_is_shown_as_each_edition_holds_it(practice: Practice) -> None:
    publish_a_change(practice)

    old, new = practice.run("show", f"{COURSE}@1", "name-the-alarm"), practice.run("show", COURSE, "name-the-alarm")
    html = practice.run("show", f"{COURSE}@1", "name-the-alarm", "--html")
    source = practice.run("show", f"{COURSE}@1", "name-the-alarm", "--source")

    assert "Subject: Week 1: the alarm in your chest\nSubject: Week 1: when the phone stays dark\n" in old.output
    assert "Dear Ada," in old.output
    assert "Twenty to midnight." in old.output
    assert "Ten to midnight." in new.output
    assert html.output.startswith("<!DOCTYPE html>")
    assert source.output.startswith("---\nid: name-the-alarm\n")
    assert 'Dear {{ lead.first_name or "reader" }},' in source.output


def test_a_shown_mail_can_unsubscribe_nobody(practice: Practice) -> None:
    html = practice.run("show", COURSE, "name-the-alarm", "--html").output

    token = html.partition("/u/")[2].partition('"')[0]
    assert token
    assert practice.service.links.open_unsubscribe(token) is None


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["editions", "anxious-atachment"], "Did you mean anxious-attachment?"),
        (["show", "anxious-atachment", "name-the-alarm"], "Did you mean anxious-attachment?"),
        (["show", f"{COURSE}@7", "name-the-alarm"], f"Did you mean {COURSE}@1?"),
        (["show", f"{COURSE}@one", "name-the-alarm"], "SEQUENCE@NUMBER"),
        (["show", f"{COURSE}@1", "name-the-alrm"], "Did you mean name-the-alarm?"),
        (["diff", f"{COURSE}@1", "ebook-welcom@1"], "Did you mean ebook-welcome?"),
        (["restore", COURSE], f"{COURSE}@1 is the first"),
        (["restore", f"{COURSE}@2"], f"Did you mean {COURSE}@1?"),
    ],
    ids=lambda value: "-".join(value[:2]) if isinstance(value, list) else "",
)
def test_a_wrong_name_is_answered_with_the_nearest_right_one(
    practice: Practice, arguments: list[str], said: str
) -> None:
    result = practice.run(*arguments)

    assert result.exit_code == 2
    assert said in result.output


def test_a_sequence_that_was_never_published_is_said_to_be_so(practice: Practice) -> None:
    folder = practice.folder / "for-the-evening"
    folder.mkdir()
    (folder / "sequence.md").write_text("---\ntitle: Evenings\nstart_on: [by_hand]\n---\n")
    practice.add_lesson(path="for-the-evening/1.md")

    result = practice.run("editions", "for-the-evening")

    assert result.exit_code == 2
    assert "never published: run 'funnel publish' first" in result.output


def test_two_editions_are_compared_lesson_by_lesson(practice: Practice) -> None:
    publish_a_change(practice)

    lines = practice.run("diff", f"{COURSE}@1", f"{COURSE}@2").output.splitlines()

    assert f"--- {COURSE}@1  name-the-alarm" in lines
    assert '-send: {at: "08:00", days: [mon, tue, wed, thu, fri], zone: reader}' in lines
    assert '+send: {at: "09:30", days: [mon, tue, wed, thu, fri], zone: reader}' in lines
    assert "+a-short-walk (day 10)" in lines
    assert "+ten minutes, no special shoes." in lines
    assert any(line.startswith("-Twenty to midnight.") for line in lines)
    assert not any("week-2" in line or "where-it-was-learned" in line for line in lines if line[:1] in "+-")
    assert practice.run("diff", f"{COURSE}@1", f"{COURSE}@1").output == f"{COURSE}@1 and {COURSE}@1 say the same.\n"


def test_an_edition_alone_is_compared_with_the_folder(practice: Practice) -> None:
    assert practice.run("diff", COURSE).output.endswith(f"\n{COURSE}@1 and {COURSE} in the folder say the same.\n")
    practice.add_lesson()

    assert f"+++ {COURSE} in the folder  a-short-walk" in practice.run("diff", f"{COURSE}@1").output


def test_restoring_an_older_edition_first_shows_what_it_does(practice: Practice) -> None:
    publish_a_change(practice)

    no = practice.run("restore", f"{COURSE}@1", answer="n\n")
    assert len(json.loads(practice.run("editions", COURSE, "--json").stdout)) == 2
    yes = practice.run("restore", f"{COURSE}@1", "--yes")
    again = practice.run("restore", f"{COURSE}@1", "--yes")

    assert "- a-short-walk" in no.output
    assert "Nothing was restored." in no.output
    assert "edition 3 counts from now on, and says what edition 1 said" in yes.output
    assert f"'funnel diff {COURSE}@3'" in yes.output
    assert "nothing to restore" in again.output
    assert practice.run("diff", f"{COURSE}@1", f"{COURSE}@3").output.endswith("say the same.\n")


def starter_library() -> Library:
    library, _ = parse_library(read_folder(starter("sequences"))[0])
    assert library is not None
    return library


@pytest.mark.parametrize("slug", starter_library().sequences)
def test_the_source_shown_reads_as_the_very_same_sequence(slug: str) -> None:
    sequence = starter_library().sequences[slug]
    files, _ = read_folder(starter("sequences"))
    for lesson in sequence.lessons:
        files[lesson.path] = lesson_source(lesson).encode()
    files[f"{slug}/sequence.md"] = sequence_source(sequence).encode()

    library, problems = parse_library(files)

    assert library is not None
    assert problems == []
    assert content_hash(library.sequences[slug]) == content_hash(sequence)
