"""A part that was written piece by piece says the same as one that was filled and then encoded."""

from __future__ import annotations

import binascii
import re
from dataclasses import replace
from typing import Literal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markupsafe import escape

from funnel.compose import FillError, Reader, fill_lesson
from funnel.compose.encoding.quoted_printable import encoded, finished, spell, written_template
from funnel.compose.fill import fill_template, template
from funnel.links import Links, Purpose, links_mark
from tests.compose.conftest import SENT, Compile, parts_of

# Letters that mean something to quoted-printable, SMTP, HTML or Jinja, and some that take several bytes.
TEXT = st.text(alphabet="a .=\t\n-<>&'\"{}%é🌿\u2028", max_size=200)
LETTER = (
    'Dear {{ lead.first_name or "reader" }},\n\n. [One](https://example.org/one) and [two](https://example.org/two).\n\n'
    "{% if booked %}You have booked.{% endif %}\n\n{{ lead.first_name }}\n\nFröhlich = {{ lead.first_name }}."
)


def decoded(part: bytes) -> str:
    return binascii.a2b_qp(part).decode().replace("\r\n", "\n")


def is_well_written(part: bytes) -> bool:
    """Whether it is ASCII in CRLF lines of at most 76 characters; none begins with a dot or ends with a blank."""
    lines = part.split(b"\r\n")
    return part.isascii() and all(
        len(line) <= 76 and not re.search(rb"^\.|[ \t]$|[\r\n]", line) for line in lines
    )  # fmt: skip


@given(TEXT)
@example("a" * 76)
@example("." * 80)
@example("é" * 40)
@example("a" * 74 + "é")
@example("a \n.\n.b\n")
@example("x\ry")
def test_a_piece_says_what_made_it_and_ends_with_a_line_end(text: str) -> None:
    piece = spell(text)
    assert decoded(piece.encode()) == text.replace("\r", "\n")
    assert is_well_written(piece.encode())
    assert piece == "" or piece.endswith("\r\n")


@given(st.lists(TEXT, max_size=6), st.booleans())
def test_pieces_say_together_what_they_say_one_by_one(fragments: list[str], html: bool) -> None:
    part = finished("".join(map(spell, fragments)), html=html)
    said = "".join(fragments)
    while not html and "\n\n\n" in said:
        said = said.replace("\n\n\n", "\n\n")
    assert decoded(part) == said
    assert is_well_written(part)


@given(
    st.lists(st.text(alphabet="abc:/.-_\n", max_size=200).map("http://".__add__), max_size=4),
    st.sampled_from(["", "?a=&'2'"]),
)
def test_an_address_is_spelled_the_same_however_quickly(addresses: list[str], query: str) -> None:
    values = {str(n): address + query for n, address in enumerate(addresses)}
    for name, ready in encoded(values).items():
        assert ready == values[name]
        for html in (False, True):
            source, plain = "<p>{{ x }}</p>", {"x": values[name]}
            filled = finished(fill_template(written_template(html, source), {"x": ready}), html=html)
            said = fill_template(template(html, source), plain)
            while not html and "\n\n\n" in said:
                said = said.replace("\n\n\n", "\n\n")
            assert decoded(filled) == said
            assert is_well_written(filled)


@given(TEXT, st.booleans())
def test_a_value_is_escaped_before_it_is_encoded(value: str, html: bool) -> None:
    source = 'a{{ x }}\n{% if x %}<b title="{{ x | upper }}">{% else %}nothing{% endif %}{{ "{" }}\n\n{{ x }}'
    filled = fill_template(written_template(html, source), {"x": value})
    assert decoded(finished(filled, html=True)) == fill_template(template(html, source), {"x": value})


@pytest.mark.parametrize("name", ["", "Ada", ".Ada", "Ada & Bo", "Ána 🌿", "=20", "x" * 80, "{{ 7 }}"])
@pytest.mark.parametrize("tracking", ["none", "clicks", "full"])
@pytest.mark.parametrize("booked", [True, False])
def test_both_parts_of_a_mail_are_well_written(
    name: str, tracking: Literal["none", "clicks", "full"], booked: bool, compiled: Compile, ada: Reader, links: Links
) -> None:
    reader = ada._replace(first_name=name, tracking=tracking, booked=booked)
    mail = fill_lesson(compiled(LETTER), reader, links, SENT)
    text, html = parts_of(mail)
    assert is_well_written(text)
    assert is_well_written(html)
    assert decoded(text) == mail.text
    assert "\n\n\n" not in mail.text
    assert ("You have booked." in mail.text) is booked
    assert f"Dear {name or 'reader'}," in " ".join(mail.text.split())


@pytest.mark.parametrize("tracking", ["none", "clicks", "full"])
@pytest.mark.parametrize("site", ["https://letters.example.org", f"https://{'long.' * 30}example.org/a=b/~it's.so&so"])
def test_every_address_of_a_mail_reads_back_on_any_sites_name(
    site: str, tracking: Literal["none", "clicks", "full"], compiled: Compile, ada: Reader
) -> None:
    links, reader = Links(site, ("a" * 32,)), ada._replace(tracking=tracking)
    mail = fill_lesson(compiled(LETTER), reader, links, SENT)
    assert all(map(is_well_written, parts_of(mail)))
    delivery, mark = reader.delivery, links_mark(compiled(LETTER).links)
    clicks = [links.to(Purpose.CLICK, delivery, reader.edition_lesson_id, mark, n) for n in range(2)]
    stop = links.start(Purpose.UNSUBSCRIBE) + links.unsubscribe_token(delivery, reader.email)
    leads = ["https://example.org/one", "https://example.org/two"] if tracking == "none" else clicks
    for address in (*leads, stop, links.to(Purpose.WEB_COPY, delivery)):
        assert address in mail.text
        assert f'"{escape(address)}"' in mail.html
    assert (str(escape(links.to(Purpose.OPEN, delivery))) in mail.html) is (tracking == "full")


def test_a_blank_that_cannot_be_filled_is_named(compiled: Compile, ada: Reader, links: Links) -> None:
    lesson = replace(compiled(LETTER), text="Dear {{ nobody }},")
    with pytest.raises(FillError) as raised:
        fill_lesson(lesson, ada, links, SENT)
    assert raised.value.variable == "nobody"
