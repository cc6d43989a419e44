"""What an offer asks: how it is written, what is wrong with it, and what can be answered."""

from __future__ import annotations

import pytest

from funnel.curriculum import check_library
from funnel.curriculum.practice_edition import library_from, practice_source
from funnel.curriculum.questions import AnswersError, Question, given_answers
from tests.curriculum.examples import OFFER, PRACTICE, folder

WHERE = b"""\
  - name: where
    label: Where are you now?
    kind: choice
    options:
      together: We are together
      ended: It has ended
"""
TOPICS = WHERE.replace(b"where", b"topics").replace(b"kind: choice", b"kind: choices")
TOWN = b"  - name: town\n    label: Your town\n    kind: line\n"
PRESSED = b"  - name: pressed\n    label: Are you safe?\n    kind: yes_no\n    sensitive: true\n"


def asking(*questions: bytes) -> bytes:
    return OFFER.replace(b"asset: ebook\n", b"asset: ebook\nquestions:\n" + b"".join(questions))


def changed(old: bytes, new: bytes) -> bytes:
    assert old in WHERE
    return asking(WHERE.replace(old, new))


def codes(files: dict[str, bytes]) -> list[str]:
    return [f"{each.line} {each.code}" for each in check_library(files)[1] if each.severity == "error"]


def test_all_kinds_of_questions_are_read() -> None:
    library, found = check_library(folder(offer=asking(WHERE, TOWN, PRESSED)))
    assert found == []
    assert library is not None
    where, town, pressed = library.offers["ebook"].questions
    assert where == Question(
        "where", "Where are you now?", "choice", (("together", "We are together"), ("ended", "It has ended"))
    )
    assert (town.kind, town.is_sealed, town.sensitive) == ("line", True, False)
    assert (pressed.kind, pressed.sensitive) == ("yes_no", True)


def test_an_edition_keeps_the_questions() -> None:
    library, _ = check_library(folder(offer=asking(WHERE, TOPICS)))
    assert library is not None
    again = library_from(practice_source(library), library.sequences)
    assert again.offers["ebook"].questions == library.offers["ebook"].questions


@pytest.mark.parametrize(
    ("offer", "found"),
    [
        (asking(WHERE, TOPICS, TOWN, PRESSED), ["25 too-many"]),
        (changed(b"choice", b"chioce"), ["12 unknown-value"]),
        (changed(b"name: where", b"name: where-now"), ["10 bad-name"]),
        (changed(b"name: where", b"name: Where"), ["10 bad-name"]),
        (changed(b"      ended: It has ended\n", b""), ["14 how-many-options"]),
        (changed(b"ended: It", b"ended: Over\n      ended: It"), ["16 duplicate-key"]),
        (changed(b"It has ended", b"We are Together"), ["15 duplicate-label"]),
        (changed(b"ended: It", b"has-ended: It"), ["15 bad-name"]),
        (changed(b"kind: choice", b"kind: line"), ["14 no-options-here"]),
        (changed(b"kind: choice", b"kind: yes_no"), ["14 no-options-here"]),
        (asking(b"  - name: where\n    label: Where?\n    kind: choice\n"), ["10 missing-key"]),
        (asking(WHERE, WHERE), ["16 duplicate-name"]),
        (changed(b"    label: Where are you now?\n", b""), ["10 missing-key"]),
        (changed(b"label: Where", b"lable: Where"), ["10 missing-key", "11 unknown-key"]),
    ],
)
def test_what_cannot_be_asked_is_said_at_its_line(offer: bytes, found: list[str]) -> None:
    assert codes(folder(offer=offer)) == found


def test_two_offers_ask_for_one_name_in_one_way() -> None:
    files = folder(offer=asking(WHERE))
    files["offers/other.md"] = asking(WHERE)
    assert codes(files) == []
    files["offers/other.md"] = asking(WHERE.replace(b"ended:", b"over:"))
    assert codes(files) == ["10 two-questions"]


def test_a_sibling_translates_labels_alone() -> None:
    german = PRACTICE.replace(b'zone = "', b'languages = ["de"]\nzone = "')
    files = folder(offer=asking(WHERE), practice=german)
    files["offers/ebook.de.md"] = (
        b"---\ntitle: Ruhe\nquestions:\n" + WHERE.replace(b"It has ended", b"Vorbei") + b"---\nText."
    )
    library, _ = check_library(files)
    assert library is not None
    assert dict(library.in_language("de").offers["ebook"].questions[0].options)["ended"] == "Vorbei"
    files["offers/ebook.de.md"] = files["offers/ebook.de.md"].replace(b"ended:", b"vorbei:")
    assert codes(files) == ["4 other-question"]


CHOICE = Question("where", "Where?", "choice", (("together", "We are"), ("ended", "It has")), required=True)
CHOICES = Question("topics", "What?", "choices", (("sleep", "Sleep"), ("calls", "Calls")))
LINE = Question("town", "Town?", "line")
YES = Question("safe", "Safe?", "yes_no")
ALL = (CHOICE, CHOICES, LINE, YES)


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"where": ["ended"]}, {"where": "ended"}),
        ({"where": "ended", "topics": ["calls", "sleep"]}, {"where": "ended", "topics": ("sleep", "calls")}),
        ({"where": "ended", "topics": [], "town": ["  "], "safe": [""]}, {"where": "ended"}),
        ({"where": "ended", "town": " Cork\x00 City "}, {"where": "ended", "town": "Cork City"}),
        ({"where": "ended", "safe": False}, {"where": "ended", "safe": False}),
        ({"where": "ended", "safe": ["yes"]}, {"where": "ended", "safe": True}),
        (None, {}),
    ],
)
def test_what_was_answered_is_taken(given: dict[str, object] | None, found: dict[str, object]) -> None:
    assert given_answers(ALL, given) == found


@pytest.mark.parametrize(
    ("given", "name", "said"),
    [
        ({}, "where", "Please answer this one"),
        ({"where": ["ended", "together"]}, "where", "Only one"),
        ({"where": "elsewhere"}, "where", "There is: together, ended"),
        ({"where": {"a": 1}}, "where", "must be text"),
        ({"where": "ended", "topics": ["work"]}, "topics", "There is: sleep, calls"),
        ({"where": "ended", "town": "x" * 201}, "town", "200 characters"),
        ({"where": "ended", "town": ["a", "b"]}, "town", "one line"),
        ({"where": "ended", "safe": "maybe"}, "safe", "yes or no"),
        ({"where": "ended", "wher": "x"}, "wher", "There is: where, topics, town, safe"),
    ],
)
def test_what_cannot_be_taken_is_said(given: dict[str, object], name: str, said: str) -> None:
    with pytest.raises(AnswersError) as raised:
        given_answers(ALL, given)
    assert said in raised.value.errors[name]
