"""A subject, a title or a consent is shown as it is: check tells of markdown in it, at its place."""

from __future__ import annotations

import pytest

from funnel.curriculum import Problem, check_library
from tests.curriculum.examples import FIRST, OFFER, folder

WORDS_ONLY = "This line takes no markdown: write the words only."


def told(**changed: bytes) -> list[Problem]:
    _, problems = check_library(folder(**changed))
    return [problem for problem in problems if problem.code == "markdown-in-line"]


def subject(line: str) -> list[Problem]:
    return told(first=FIRST.replace(b'"Welcome"', line.encode()))


@pytest.mark.parametrize(
    "mark", ["**Rest**", "*Rest*", "~~Rest~~", "__Rest__", "`Rest`", "[Rest](https://example.org)", "*Rest a while*"]
)
def test_marks_in_a_subject_are_told_where_they_stand(mark: str) -> None:
    (problem,) = subject(f'"Today: {mark}"')
    assert (problem.path, problem.line, problem.column) == ("evenings/01.md", 3, 18)
    assert (problem.message, problem.fix) == (f"{mark} is shown as typed", WORDS_ONLY)


def test_the_name_of_a_smile_is_answered_with_the_sign() -> None:
    (problem,) = subject('["Welcome", "A pause :smile:"]')
    assert (problem.message, problem.fix) == (":smile: is shown as typed", "Write the sign itself: 😄.")


@pytest.mark.parametrize(
    "line",
    [
        "2 * 3 * 4 minutes", "A star* is born", "snake_case_words", "[Rest] a while", "At 08:30:00",
        "Stars *** and more", "a ~ b ~ c", "5 things (today)", "the one__two road",
        "{{ lead.first_name or practice.name }}, rest",
    ],
)  # fmt: skip
def test_signs_that_mark_nothing_are_let_be(line: str) -> None:
    assert subject(f'"{line}"') == []


@pytest.mark.parametrize("key", [b"title", b"teaser", b"button", b"consent", b"thanks"])
def test_the_lines_of_an_offer_are_looked_at_too(key: bytes) -> None:
    (problem,) = told(offer=OFFER.replace(key + b": ", key + b": So **New** ", 1))
    assert problem.message == "**New** is shown as typed"
