"""Whatever colours a practice writes, its mails can be read by day and by night, and check says what is too weak."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from funnel.curriculum import check_library
from funnel.curriculum.colours import WeakPair, contrast, weak_pairs
from funnel.curriculum.palette import page_colours, palette
from funnel.web.colours import practice_css
from tests.curriculum.examples import PRACTICE, folder

COLOUR = st.integers(0, 0xFFFFFF).map("#{:06x}".format)
READ = (
    ("ink", "paper"), ("ink", "tint"), ("quiet", "paper"), ("quiet", "tint"), ("accent_text", "paper"),
    ("accent_text", "tint"), ("on_accent", "accent"), ("night_ink", "night"), ("night_ink", "night_tint"),
    ("night_quiet", "night"), ("night_quiet", "night_tint"), ("night_accent", "night"), ("night_accent", "night_tint"),
)  # fmt: skip


@settings(max_examples=400)
@given(COLOUR, COLOUR, COLOUR)
def test_a_mail_can_be_read_in_any_three_colours(accent: str, ink: str, paper: str) -> None:
    found = palette({"accent": accent, "ink": ink, "paper": paper})
    for text, ground in READ:
        assert contrast(found[text], found[ground]) >= 4.5, (text, ground)
    assert contrast(found["night"], "#ffffff") >= 12


@settings(max_examples=100)
@given(COLOUR, COLOUR, COLOUR)
def test_pages_and_mails_have_one_ink_and_one_paper(accent: str, ink: str, paper: str) -> None:
    colours = {"accent": accent, "ink": ink, "paper": paper}
    found, css = palette(colours), practice_css(colours)
    light, dark = (dict(re.findall(r"--([a-z-]+):(#\w+);", part)) for part in css.split("@media"))
    assert (light["ink"], light["paper"]) == (found["ink"], found["paper"])
    assert (dark["ink"], dark["paper"]) == (found["night_ink"], found["night"])


def test_the_weak_pairs_are_named_with_their_contrast() -> None:
    assert weak_pairs({}) == []
    assert palette({"accent": "#fe0"}) == palette({"accent": "#FFEE00"})
    (pair,) = weak_pairs({"accent": "#ffee00"})
    assert (pair.text, pair.ground) == ("accent", "paper")
    assert pair.ratio == pytest.approx(1.1, abs=0.1)
    assert weak_pairs({"ink": "#ffffff", "paper": "#ffffff"})[0] == WeakPair("ink", "paper", 1.0)


def test_check_says_at_its_line_which_colour_is_too_weak() -> None:
    _, problems = check_library(folder(practice=PRACTICE.replace(b"#2f6f6b", b"#fe0")))
    (problem,) = [problem for problem in problems if problem.code == "weak-colours"]
    assert problem.severity == "warning"
    assert (problem.path, problem.line, problem.column) == ("practice.toml", 7, 1)
    assert "accent on paper has a contrast of 1.1 to 1" in problem.message


def test_check_says_what_pages_take_instead_by_day_and_by_night() -> None:
    _, problems = check_library(folder(practice=PRACTICE.replace(b"#2f6f6b", b"#fe0")))
    (problem,) = [problem for problem in problems if problem.code == "weak-colours"]
    day, night = re.findall(r"#[0-9a-f]{6}", problem.fix)
    by_day, by_night = page_colours({"accent": "#fe0", "ink": "#22302f", "paper": "#fbf9f5"})
    assert (day, night) == (by_day["accent"], by_night["accent"])
    for taken, found in ((day, by_day), (night, by_night)):
        assert min(contrast(taken, found[ground]) for ground in ("paper", "raised", "tint")) >= 4.5
