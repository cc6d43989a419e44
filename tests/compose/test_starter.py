"""Every lesson of the starter content can be sent tomorrow."""

from __future__ import annotations

from pathlib import Path

import pytest

from funnel.compose import HouseStyle, Reader, compile_lesson, fill_lesson
from funnel.curriculum import Lesson, Library, Sequence, parse_library, read_folder
from funnel.curriculum.colours import contrast
from funnel.curriculum.palette import palette
from funnel.links import Links
from funnel.mime import message_bytes
from tests.compose.conftest import SENT, TEMPLATES

GMAIL_CLIPS_AT = 102 * 1024


def _library() -> Library:
    library, _ = parse_library(read_folder(Path(__file__).parents[2] / "sequences")[0])
    assert library is not None
    return library


LIBRARY = _library()
STYLE = HouseStyle(LIBRARY.practice, TEMPLATES, "letters.example.org", LIBRARY.pages)
LESSONS = [(sequence, lesson) for sequence in LIBRARY.sequences.values() for lesson in sequence.lessons]


@pytest.mark.parametrize(
    ("sequence", "lesson"), LESSONS, ids=lambda value: getattr(value, "id", getattr(value, "slug", ""))
)
@pytest.mark.parametrize("booked", [True, False])
def test_a_starter_lesson_fills_for_anybody(sequence: Sequence, lesson: Lesson, booked: bool, links: Links) -> None:
    compiled = compile_lesson(sequence, lesson, STYLE)
    for result in ("", "secure", "anxious", "avoidant", "mixed"):
        for watched in (0, 4):
            reader = Reader(1, 2, 3, 4, "ada@example.org", "full", quiz_result=result, booked=booked, watched=watched)
            mail = fill_lesson(compiled, reader, links, SENT)
            assert len(mail.html.encode()) < 90_000
            assert len(message_bytes(mail)) < GMAIL_CLIPS_AT
            assert "{{" not in mail.html + mail.text
            assert "{%" not in mail.html + mail.text
            assert "</p>\n<p></p>" not in mail.html
            assert all(len(line) <= 998 for line in message_bytes(mail).split(b"\r\n"))


def test_the_practices_colours_can_be_read_by_day_and_by_night() -> None:
    colour = palette(LIBRARY.practice.colours)
    for text, ground in (
        ("ink", "paper"), ("quiet", "paper"), ("accent_text", "tint"), ("accent_text", "paper"),
        ("on_accent", "accent"),
        ("night_ink", "night"), ("night_quiet", "night"), ("night_accent", "night"), ("night_ink", "night_tint"),
    ):  # fmt: skip
        assert contrast(colour[text], colour[ground]) >= 4.5, (text, ground)


@pytest.mark.parametrize("accent", ["#ffee00", "#000000", "#ffffff", "red; }", ""])
def test_any_colour_a_practice_writes_gives_readable_mail(accent: str) -> None:
    colour = palette({"accent": accent, "paper": "#fbf9f5"})
    assert contrast(colour["accent_text"], colour["tint"]) >= 4.5
    assert contrast(colour["night_accent"], colour["night"]) >= 4.5
    assert all(value.startswith("#") and len(value) == 7 for value in colour.values())
