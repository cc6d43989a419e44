"""What is kept of a name that somebody typed."""

from __future__ import annotations

import pytest

from funnel.compose.first_names import NAME_LENGTH, clean_name
from funnel.compose.reader import one_line

NEEDED = {
    "Persian": "مهران\u200cدخت",
    "Sinhala": "ශ්\u200dරී",
    "Malayalam, at the end": "നിഖില്\u200d",
    "an emoji of several": "Ada 👩\u200d💻",
    "an emoji with a colour": "👩🏽\u200d🚀",
    "an emoji with a selector": "🏳\ufe0f\u200d🌈",
    "accents": "Zoë",
}
TURNING = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


@pytest.mark.parametrize("name", NEEDED.values(), ids=NEEDED)
def test_what_a_script_needs_stays(name: str) -> None:
    assert clean_name(name) == name
    assert one_line(name) == name


@pytest.mark.parametrize("char", TURNING, ids=lambda char: f"U+{ord(char):04X}")
def test_what_turns_the_direction_goes_and_leaves_no_gap(char: str) -> None:
    for name in (f"A{char}da", f"{char}Ada", f"Ada{char}"):
        assert clean_name(name) == "Ada"
        assert one_line(name) == "Ada"


@pytest.mark.parametrize("char", "\u200b\u00ad\u2060\ufeff", ids=lambda char: f"U+{ord(char):04X}")
def test_what_has_no_width_goes_from_a_name(char: str) -> None:
    assert clean_name(f"A{char}da") == "Ada"


@pytest.mark.parametrize("name", ["\u200cAda", "Ada\u200d", "Ada \u200d Lovelace", "\u200d", "\u200c\u200d"])
def test_a_joiner_that_joins_nothing_goes(name: str) -> None:
    assert clean_name(name) in ("Ada", "Ada Lovelace", "")


def test_a_name_of_several_lines_is_one_line() -> None:
    assert clean_name("Ada\r\nMaria\u2028x\0") == "Ada Maria x"


def test_a_cut_name_does_not_end_with_a_joiner() -> None:
    assert clean_name("👩\u200d" * 60) == ("👩\u200d" * 60)[: NAME_LENGTH - 1]
    assert len(clean_name("م" * 200)) == NAME_LENGTH


@pytest.mark.parametrize("char", "\u034f\u115f\u1160\u2800\u3164\uffa0", ids=lambda char: f"U+{ord(char):04X}")
def test_letters_that_show_nothing_are_no_name(char: str) -> None:
    assert clean_name(char) == ""
    assert clean_name(f"A{char}da") == ""


def test_a_pile_of_accents_is_no_name() -> None:
    assert clean_name("A" + "\u0301" * 7 + "da") == ""
    assert clean_name("A\u0301\u0323da") != ""
    assert clean_name("လွှိုု့") != ""
