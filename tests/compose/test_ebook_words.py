"""The e-book names the practice by practice.toml, in its front matter and in its text."""

from __future__ import annotations

from dataclasses import replace

import pytest

from funnel.compose.errors import CompileError
from funnel.compose.pdf import make_ebook
from tests.compose.conftest import PRACTICE
from tests.compose.test_pdf import streams

BOOK = '---\ntitle: "A heart, by {{ practice.name }}"\n---\n# One\n\nText.\n\n'


def test_the_practice_s_name_stands_in_the_title() -> None:
    pdf = make_ebook(BOOK.encode(), replace(PRACTICE, name="Lantern"))
    assert b"A heart, by Lantern" in streams(pdf)


def test_another_reply_address_makes_another_text() -> None:
    book = f"{BOOK}Write to <{{{{ practice.reply_to }}}}>.".encode()
    first, second = (make_ebook(book, replace(PRACTICE, reply_to=f"{who}@example.org")) for who in ("ada", "fay"))
    assert b"mailto:ada@example.org" in streams(first)
    assert b"mailto:fay@example.org" in streams(second)


@pytest.mark.parametrize("written", ["{{ practice.nme }}", "{{ lead.first_name }}", "{% if booked %}"])
def test_what_is_unknown_is_told_at_its_line(written: str) -> None:
    with pytest.raises(CompileError) as error:
        make_ebook(f"{BOOK}Dear {written},".encode(), PRACTICE)
    assert error.value.line == 8
