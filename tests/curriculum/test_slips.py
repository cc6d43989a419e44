"""What a hand mistypes is said in words, at the line where it was typed."""

from __future__ import annotations

import pytest

from funnel.curriculum import check_library
from tests.curriculum.examples import SECOND, folder

DAY = next(line for line in SECOND.split(b"\n") if line.startswith((b"day:", b"after:")))
LINE = SECOND[: SECOND.index(DAY)].count(b"\n") + 1

YAML = {
    "no blank behind the colon": (b"preheader:Soon", "no blank stands behind the colon of preheader"),
    "a quotation mark that is not closed": (b'preheader: "Soon', "begins preheader has no second one"),
    "an apostrophe within single marks": (b"preheader: 'It's late'", "goes on behind its quotation marks"),
    "quotation marks within others": (b'preheader: "He said "no" twice"', "goes on behind its quotation marks"),
    "a colon in a bare text": (b"preheader: Week 1: soon", "the text of preheader holds a colon"),
    "printed marks round a colon": ("preheader: “Week 1: soon”".encode(), "marks of preheader are printed ones"),
    "an at sign in front": (b"preheader: @ home", "the text of preheader begins with @"),
    "a tab in front": (b"\tpreheader: Soon", "a tab stands before the first word"),
    "a key that is further in": (b"  preheader: Soon", "preheader is further in than the line above it"),
}


@pytest.mark.parametrize("slip", YAML)
def test_a_slip_in_a_lesson_is_said_at_its_line(slip: str) -> None:
    typed, message = YAML[slip]
    # Behind the line that is wrong stands another that is not: libyaml often stumbles over that one alone.
    told = _told("evenings/02.md", SECOND.replace(DAY, DAY + b"\n" + typed + b'\ncontent_note: "grief"'))
    assert (LINE + 1, True) in {(line, message in said) for line, said in told}, told


TOML = {
    "printed quotation marks": ("sender = “Ada”", "the quotation marks of sender are printed ones"),
    "no quotation marks": ("sender = Ada Quay", "the text of sender stands in no quotation marks"),
    "one quotation mark": ('sender = "Ada', "begins sender has no second one"),
    "a colon": ('sender: "Ada"', "a colon stands behind sender"),
    "a capital truth": ("keep_replies = True", "Write keep_replies = true."),
    "a yes": ("keep_replies = yes", "Write keep_replies = true."),
    "a key said twice": ('name = "Ada"', "name is said twice"),
    "a table after another": ("[colours]\naccent = '#000'\n[colours]", "[colours] stands there already"),
    "a date with dots": ('quiet_days = ["2027-01-01", 8.1.2027]', "8.1.2027 is no date here"),
}


@pytest.mark.parametrize("slip", TOML)
def test_a_slip_in_the_practice_is_said_at_its_line(slip: str) -> None:
    typed, message = TOML[slip]
    practice = b'name = "A practice"\n' + typed.encode() + b'\nfrom = "letters@example.org"\n'
    assert [(line, message in said) for line, said in _told("practice.toml", practice)] == [
        (2 + typed.count("\n"), True)
    ]


def test_an_unread_practice_is_the_only_thing_said() -> None:
    lesson = SECOND + b'\n[Talk to us]({{ book("intro") }})\n'
    _, problems = check_library({**folder(), "practice.toml": b"name = Ada", "evenings/02.md": lesson})
    assert [problem.path for problem in problems if problem.severity == "error"] == ["practice.toml"]


def test_a_key_below_a_table_is_sent_up() -> None:
    practice = folder()["practice.toml"] + b'\n[[helplines]]\ncountry = "Ireland"\nname = "A"\nreplies = "We read."\n'
    assert any("above the first line in [brackets]" in said for _, said in _told("practice.toml", practice))


def test_an_end_of_a_sequence_needs_quotation_marks() -> None:
    sequence = folder()["evenings/sequence.md"].replace(b"[confirm]", b"[confirm, finished: other]")
    assert b"finished: other" in sequence
    assert any('"finished:other"' in said for _, said in _told("evenings/sequence.md", sequence))


@pytest.mark.parametrize("start", [b"PK\x03\x04", b"{\\rtf1", b"\xd0\xcf\x11\xe0", b"<html>", b"%PDF-1.7"])
def test_a_document_is_no_text(start: bytes) -> None:
    told = _told("evenings/02.md", start + b"\x00" * 40)
    assert any("whatever its name says" in said for _, said in told)


def test_printed_marks_round_a_subject_are_shown() -> None:
    lesson = SECOND.replace(DAY, DAY + "\npreheader: “Soon”".encode())
    assert any('preheader: "Soon"' in said for _, said in _told("evenings/02.md", lesson))


@pytest.mark.parametrize(
    ("path", "fix"),
    [
        ("evenings/older/third.md", "into evenings itself"),
        ("evenings/third.MD", "call it third.md"),
        ("evenings/third.md.txt", "call it third.md"),
        ("third.md", "Put it into the folder it belongs to"),
    ],
)
def test_a_file_in_a_wrong_place_is_sent_to_the_right_one(path: str, fix: str) -> None:
    assert any(fix in said for _, said in _told(path, b"text"))


def _told(path: str, data: bytes) -> list[tuple[int, str]]:
    """What is said of one file, with its line."""
    _, problems = check_library({**folder(), path: data})
    return [(problem.line, f"{problem.message} {problem.fix}") for problem in problems if problem.path == path]
