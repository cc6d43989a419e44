"""The guide lists the markdown that is understood, and what is not is a warning at its line."""

from __future__ import annotations

import pytest

from funnel.curriculum.lint.markup import check_markup
from tests.compose.understood import EXAMPLES, OTHERS, Example, advice, made_list, rendered, written_list


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.typed[:30])
def test_what_the_guide_says_is_understood_is_rendered(example: Example) -> None:
    html, _ = rendered(example.typed)
    assert example.html in html
    assert [said for said in advice(example.typed) if "no assets/me.jpg" not in said[1]] in ([], [_PICTURE_ONLY])


_PICTURE_ONLY = (False, "nothing is left to read once pictures are off", "Say it in words too.")


def test_the_guides_list_is_the_one_that_was_rendered() -> None:
    assert written_list() == made_list(), "run: python -m tests.compose.understood"


@pytest.mark.parametrize("typed", OTHERS)
def test_what_is_not_understood_is_said_with_what_to_write(typed: str) -> None:
    assert advice(typed)


@pytest.mark.parametrize("typed", OTHERS)
def test_it_is_said_at_its_place_and_not_in_code(typed: str) -> None:
    places: list[int] = []
    before = "A paragraph.\n\nAnother `code` one.\n\n"
    check_markup(before + typed, [], False, lambda at, *_: places.append(at), set())
    assert places
    assert all(len(before) <= at < len(before) + len(typed) for at in places)
    if "`" not in typed:
        assert advice(f"Write `{typed}` so.\n\n```\n{typed}\n```") == []


@pytest.mark.parametrize(
    "prose",
    [
        "#1 of three, and a #hashtag in words", "At 10:30:45 he came: and: went.", "A (note) [in brackets] here.",
        "-5 degrees and +1 from me", "2 * 3 * 4 is said in `**`", "a | b in a sentence",
        "I == you, 1 + 1 == 2, C++ and i++", "[this] (that is: not a link)", "{# a note #}", "1.5 hours",
        "______ (your name)", "What? \\*\\*really\\*\\*", "*a* **b** ~~c~~", "Ada's 3-year-old", "See http://example.org/a:b:c",
    ],
)  # fmt: skip
def test_ordinary_prose_is_left_alone(prose: str) -> None:
    assert advice(prose) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Warmly,\nAda\n---", "makes a heading of them"),
        ("Words.\n\n[^1]: A note.", "nothing points to this footnote"),
        ("One {.big}", "classes in braces"),
        ("[TOC]", "table of contents"),
    ],
)
def test_what_would_vanish_or_turn_into_something_else_is_said(text: str, message: str) -> None:
    assert any(message in said for _, said, _ in advice(text))
