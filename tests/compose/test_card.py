"""The card of an offer can be made whatever a practice writes, and is the same each time."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from PIL import Image

from funnel.compose import card as cards
from funnel.compose.card import Card, card_picture
from tests.compose.conftest import PRACTICE

WHOLE = Card.of("Six weeks with anxious attachment", "Course by e-mail", PRACTICE, "en")


def columns(made: bytes) -> list[bool]:
    """For each column of the upper half whether there is ink in it."""
    with Image.open(io.BytesIO(made)) as opened:
        upper = opened.convert("L").crop((0, 0, 1200, 400))
    ground = upper.getpixel((0, 0))
    inked = upper.point(lambda value: 255 if value != ground else 0)
    return [inked.crop((x, 0, x + 1, 400)).getbbox() is not None for x in range(1200)]


def test_the_same_card_is_the_same_bytes() -> None:
    made = card_picture(WHOLE)
    cards._made.cache_clear()
    assert card_picture(WHOLE) == made
    assert card_picture(replace(WHOLE, wave=False)) != made


@pytest.mark.parametrize(
    "title",
    [
        "A", "„Über Nähe“ – Łódź, œuvre", "Шесть недель", "Έξι εβδομάδες", "安心", "🌊 #let x = [*",
        '"\\ $x$ // @a <b>',
        "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 2, "word " * 80,
    ],
)  # fmt: skip
def test_any_title_makes_a_card_and_stays_within_its_margins(title: str) -> None:
    inked = columns(card_picture(Card.of(title, "E-book", PRACTICE, "en")))
    assert any(inked)
    assert not any(inked[:80])
    assert not any(inked[-80:])


def test_a_title_from_right_to_left_begins_at_the_right() -> None:
    inked = columns(card_picture(Card.of("ستة أسابيع", "دورة", PRACTICE, "ar", rtl=True)))
    assert any(inked[-200:])
    assert not any(inked[:200])
