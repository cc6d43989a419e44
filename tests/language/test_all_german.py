"""Each mail, said in German: none of the catalogue's English words is left in it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from funnel.compose import MailHead, Transactional
from funnel.compose.transactional import OPTIONAL, VALUES
from funnel.curriculum import Library
from funnel.language import speaking
from tests.language.left_in_english import left_in

_ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", VALUES)
@pytest.mark.parametrize("kind", ["ebook", "training", "finished", "dated", "cancelled", "time"])
def test_a_mail_in_german_has_no_english_word(name: str, kind: str, starter_library: Library) -> None:
    mails = Transactional(_ROOT / "templates", starter_library.practice)
    head = MailHead("1", "ada@example.org", "<1@example.org>", datetime(2027, 1, 4, 8, tzinfo=UTC))
    for given in ((), OPTIONAL.get(name, ())):
        values = dict.fromkeys((*VALUES[name], *given), "https://example.org/") | {"kind": kind, "offer_title": "X"}
        with speaking("de"):
            mail = mails.fill(name, values, head)
        assert left_in(f"{mail.subject} {mail.html}") == []
        assert left_in(f"{mail.subject} {mail.text}") == []


def test_an_english_word_in_a_german_page_is_found() -> None:
    assert left_in("<p>Danke</p>") == []
    assert left_in("<p>Please confirm <b>your</b>\n address</p>") == ["Please confirm your address"]
