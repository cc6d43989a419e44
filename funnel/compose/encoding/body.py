"""The body of one reader's mail, put together from what all readers of the lesson share and what is hers."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Mapping
from functools import lru_cache
from typing import Protocol

from jinja2 import Template

from funnel.compose.encoding.addresses import Addresses
from funnel.compose.encoding.fragments import keep, kept, shared_facts
from funnel.compose.encoding.quoted_printable import (
    broken_into_lines,
    encoded,
    finished,
    placeholder,
    written_line,
    written_template,
)
from funnel.compose.lesson import CompiledLesson
from funnel.compose.reader import Reader
from funnel.mime import EncodedBody

_COUNTRY = re.compile(r"country == \"([A-Z]{2})\"")


class FillSource(Protocol):
    """Fills the template that `made` compiles from `source` with this reader's facts and the values `own`."""

    def __call__(
        self, made: Callable[[bool, str], Template], own: Mapping[str, str], *, html: bool, source: str
    ) -> str: ...


def encode_body(
    compiled: CompiledLesson, reader: Reader, addresses: Addresses, lines: Mapping[str, str], fill: FillSource
) -> EncodedBody:
    """Both parts for this reader. `lines` are her name, subject and preheader as they are, by the names in templates.

    Raises FillError where `fill` does.
    """
    facts = shared_facts(compiled.text, compiled.html)
    if facts is None:
        text, html = _parts(compiled, {**addresses.encoded(), **encoded(lines)}, fill)
        return EncodedBody(broken_into_lines(text), html)
    depends = [_FACTS[name](compiled, reader) for name in facts if name in _FACTS]
    there = [bool(line) for line in lines.values()]
    key = (compiled.text, compiled.html, compiled.links, addresses.kind, *there, *depends)
    fragments = kept(key)
    if fragments is None:
        given = {name: placeholder(name) for name, line in lines.items() if line}
        own = {**dict.fromkeys(lines, ""), **addresses.placeholders(), **given}
        fragments = keep(key, *_parts(compiled, own, fill))
    in_text, in_html = addresses.written()
    for name, line in lines.items():
        in_text[name], in_html[name] = written_line(line)
    return EncodedBody(fragments[0].fill(in_text, lines), fragments[1].fill(in_html))


@lru_cache(maxsize=512)
def _countries(text: str) -> frozenset[str]:
    """The countries that a text tells apart: readers from all others share one text."""
    return frozenset(_COUNTRY.findall(text))


# What a text may depend on, apart from a reader's own name and addresses.
_FACTS: Mapping[str, Callable[[CompiledLesson, Reader], Hashable]] = {
    "quiz": lambda _, reader: reader.quiz_result,
    "answers": lambda _, reader: reader.answers,
    "booked": lambda _, reader: reader.booked,
    "replied": lambda _, reader: reader.replied,
    "watched": lambda _, reader: reader.watched,
    "tags": lambda _, reader: reader.tags,
    "country": lambda compiled, reader: reader.country if reader.country in _countries(compiled.text) else "",
    "practice": lambda compiled, _: (compiled.practice_name, compiled.sender, compiled.reply_to),
}


def _parts(compiled: CompiledLesson, own: Mapping[str, str], fill: FillSource) -> tuple[bytes, bytes]:
    """The text and the HTML part filled with these values, which are encoded or placeholders."""
    values = {"pixel": "", **own}
    text = fill(written_template, values, html=False, source=compiled.text)
    html = fill(written_template, values, html=True, source=compiled.html)
    return finished(text, html=False), finished(html, html=True)
