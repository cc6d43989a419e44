"""Where to find help: a number that can be dialled, a country that is known, a page on the web."""

from __future__ import annotations

import re

from funnel.curriculum.countries import country_code
from funnel.curriculum.links import link_kind
from funnel.curriculum.names import HELPLINE_KEYS, PRACTICE_KEYS
from funnel.curriculum.parse.fields import Fields
from funnel.curriculum.parse.nodes import Listing, Table
from funnel.curriculum.parse.report import printable
from funnel.curriculum.practice import Helpline
from funnel.curriculum.problem import Location

_NUMBER = re.compile(r"\+?[0-9(](?:[0-9]|[ \u00a0](?!/)|[.()/-](?![./-]))*[0-9]|[0-9]")


def read_helplines(fields: Fields, language: str) -> tuple[Helpline, ...]:
    """The helplines of practice.toml as they are listed; reports what is wrong with each."""
    node = fields.node("helplines")
    if node is None:
        return ()
    helplines: list[Helpline] = []
    for item in node.items if isinstance(node, Listing) else (node,):
        if not isinstance(item, Table):
            fields.error(item, "not-a-table", "a helpline is not a table", "Write [[helplines]], and its keys below.")
            continue
        inner = Fields(fields.path, item, fields.report)
        inner.only(HELPLINE_KEYS, PRACTICE_KEYS)
        helplines.append(
            Helpline(
                country=read_country(inner, language),
                name=inner.text("name", 'Write name = "…".'),
                phone=read_phone(inner),
                url=read_web_address(inner),
                hours=inner.text("hours"),
                checked=inner.day("checked"),  # reported before real mail is sent
            )
        )
    return tuple(helplines)


def read_phone(fields: Fields) -> str:
    """A single number, for one tap dials it: no text, no second number, at most 15 digits (ITU-T E.164)."""
    phone = fields.text("phone")
    digits = sum(sign.isdigit() for sign in phone)
    if phone and not (_NUMBER.fullmatch(phone) and digits <= 15):
        fields.error(
            fields.node("phone"), "bad-number", f"phone is not one number to dial: {printable(phone, 40)}",
            'Write the number alone, such as "116 123" or "+33 1 45 39 40 00"; words go into hours, a second number '
            "into a [[helplines]] of its own.",
        )  # fmt: skip
    return phone


def read_country(fields: Fields, language: str) -> str:
    text = fields.text("country", 'Write country = "Ireland".')
    node = fields.node("country")
    if node is not None and text and not country_code(text, language):
        fields.report.warning(
            Location(fields.path, node.line, node.column), "unknown-country",
            f"no country is known as {printable(text)}",
            "Write its name in English or in the language of your mails, so that readers there find it first; leave it "
            "where the helpline is for everybody.",
        )  # fmt: skip
    return text


def read_web_address(fields: Fields) -> str:
    """The address under `url`, "" where there is none that leads to a page."""
    url = fields.text("url")
    if url and link_kind(url) != "web":
        fields.error(fields.node("url"), "bad-link", "url is not a web address", 'Write url = "https://…".')
        return ""
    return url
