"""A worker's part of the work: a compiled lesson and one reader make one mail, the same bytes every time."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Mapping
from datetime import datetime
from email.header import Header
from email.utils import format_datetime
from functools import lru_cache
from typing import Any

from jinja2 import Template, UndefinedError
from jinja2.exceptions import TemplateError

from funnel.compose.addresses import Addresses, direct, practice_page
from funnel.compose.errors import FillError
from funnel.compose.fragments import keep, kept, shared_facts
from funnel.compose.lesson import CompiledLesson
from funnel.compose.notes import Notes
from funnel.compose.quoted_printable import (
    broken_into_lines,
    encoded,
    finished,
    placeholder,
    written_line,
    written_template,
)
from funnel.compose.reader import Reader, address_of, one_line
from funnel.compose.sandbox import HTML, TEXT
from funnel.curriculum.names import PAGES
from funnel.curriculum.subjects import chosen_subject
from funnel.links import Links
from funnel.mail import Address, Mail
from funnel.mime import EncodedBody

_COUNTRY = re.compile(r"country == \"([A-Z]{2})\"")


@lru_cache(maxsize=512)
def _countries(text: str) -> frozenset[str]:
    """The countries that a text makes a difference between: readers of all others share it."""
    return frozenset(_COUNTRY.findall(text))


# What a text may depend on beside a reader's own name and addresses.
_FACTS: Mapping[str, Callable[[CompiledLesson, Reader], Hashable]] = {
    "quiz": lambda _, reader: reader.quiz_result,
    "booked": lambda _, reader: reader.booked,
    "watched": lambda _, reader: reader.watched,
    "tags": lambda _, reader: reader.tags,
    "country": lambda compiled, reader: reader.country if reader.country in _countries(compiled.text) else "",
    "practice": lambda compiled, _: (compiled.practice_name, compiled.sender, compiled.reply_to),
}


def fill_lesson(compiled: CompiledLesson, reader: Reader, links: Links, sent_at: datetime) -> Mail:
    """The mail, its key the delivery's number. `sent_at` is aware; it dates the mail and the links that expire.

    Raises FillError where something cannot be filled.
    """
    filler = _Filler(compiled, reader, links, sent_at)
    subject = filler.subject()
    message_id = links.message_id(reader.delivery_id, compiled.from_address.rpartition("@")[2])
    return Mail(
        key=str(reader.delivery_id),
        envelope_from=links.return_path(message_id) or compiled.from_address,
        sender=Address(compiled.sender, compiled.from_address),
        recipient=address_of(reader.email),
        subject=subject,
        body=EncodedBody(*filler.written(subject)),
        headers=(
            ("Date", _date(sent_at)),
            ("Message-ID", message_id),
            ("Reply-To", compiled.reply_to),
            ("List-Id", _list_id(compiled.sequence_title, compiled.sequence_slug, compiled.list_host)),
            # RFC 2369 and 8058: https, never folded, and the second value is exactly this one.
            ("List-Unsubscribe", f"<{filler.addresses.unsubscribe}>"),
            ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ),
    )


def render_web_copy(compiled: CompiledLesson, reader: Reader, links: Links, sent_at: datetime) -> str:
    """The mail as a web page: without the pixel, and with links that lead straight to where they say."""
    filler = _Filler(compiled, reader._replace(tracking="none"), links, sent_at, web=True)
    return filler.html(filler.subject())


def resolve_link(
    compiled: CompiledLesson,
    n: int,
    *,
    lead_id: int,
    delivery_id: int,
    links: Links,
    now: datetime,
) -> str | None:
    """Where a click on link n leads, or None where the lesson has no such link. `now` dates a link that expires."""
    if not 0 <= n < len(compiled.links):
        return None
    return direct(compiled.links[n], lead_id, delivery_id, links, now)


@lru_cache(maxsize=64)
def _list_id(title: str, slug: str, host: str) -> str:
    """The List-Id of a sequence (RFC 2919): the same for every mail of it, whatever the edition's number."""
    if title.isascii():
        escaped = title.replace("\\", "\\\\").replace('"', '\\"')
        phrase = f'"{escaped}"'
    else:
        phrase = Header(title, "utf-8", maxlinelen=74).encode(linesep="")
    return f"{phrase} <{slug}.{host}>"


@lru_cache(maxsize=64)
def _date(at: datetime) -> str:
    return format_datetime(at)


class _Filler:
    """What the blanks of one mail ask for. Addresses are signed once and serve both parts."""

    def __init__(
        self, compiled: CompiledLesson, reader: Reader, links: Links, sent_at: datetime, *, web: bool = False
    ) -> None:
        self._compiled, self._reader, self._links, self._web = compiled, reader, links, web
        self._first_name = one_line(reader.first_name)
        pixel = reader.tracking == "full" and not web
        self.addresses = Addresses(compiled, reader, links, sent_at, pixel=pixel)

    def subject(self) -> str:
        compiled, reader = self._compiled, self._reader
        if reader.discreet:
            return one_line(self._short(compiled.subject_discreet))
        return one_line(self._short(chosen_subject(compiled.subjects, reader.lead_id, compiled.lesson_id)))

    def html(self, subject: str) -> str:
        """The page as a browser wants it."""
        own = {"pixel": "", **self.addresses.plain(), **self._lines(subject)}
        return self._filled(template, own, html=True, source=self._compiled.html)

    def written(self, subject: str) -> tuple[bytes, bytes]:
        """The text and the HTML part as they stand in the mail; all that readers share is filled in once."""
        compiled, lines = self._compiled, self._lines(subject)
        facts = shared_facts(compiled.text, compiled.html)
        if facts is None:
            text, html = self._parts({**self.addresses.encoded(), **encoded(lines)})
            return broken_into_lines(text), html
        depends = [_FACTS[name](compiled, self._reader) for name in facts if name in _FACTS]
        there = [bool(line) for line in lines.values()]
        key = (compiled.text, compiled.html, compiled.links, self.addresses.kind, *there, *depends)
        fragments = kept(key)
        if fragments is None:
            given = {name: placeholder(name) for name, line in lines.items() if line}
            text, html = self._parts({**dict.fromkeys(lines, ""), **self.addresses.placeholders(), **given})
            fragments = keep(key, text, html)
        in_text, in_html = self.addresses.written()
        for name, line in lines.items():
            in_text[name], in_html[name] = written_line(line)
        return fragments[0].fill(in_text, lines), fragments[1].fill(in_html)

    def _lines(self, subject: str) -> dict[str, str]:
        """What is a reader's own beside the addresses."""
        # A discreet subject would be given away by the line that mail programs show after it.
        preheader = "" if self._reader.discreet else one_line(self._short(self._compiled.preheader))
        return {"first_name": self._first_name, "subject": subject, "preheader": preheader}

    def _short(self, source: str) -> str:
        """A line above the letter, which no address belongs into."""
        if "{" not in source:
            return source
        own = {"pixel": "", **self.addresses.plain(), "first_name": self._first_name}
        return self._filled(template, own, html=False, source=source)

    def _parts(self, own: Mapping[str, str]) -> tuple[bytes, bytes]:
        """The text and the HTML part with these values, which are ready to be written."""
        own, compiled = {"pixel": "", **own}, self._compiled
        text = self._filled(written_template, own, html=False, source=compiled.text)
        html = self._filled(written_template, own, html=True, source=compiled.html)
        return finished(text, html=False), finished(html, html=True)

    def _filled(self, made: Callable[[bool, str], Template], own: Mapping[str, str], *, html: bool, source: str) -> str:
        """The template `made` of the source with a reader's `own` values: as they are, ready to be written, or gaps."""
        compiled, reader, notes = self._compiled, self._reader, Notes()
        values = {
            "lead": {"first_name": own["first_name"]},
            "quiz": {"result": reader.quiz_result},
            "practice": {
                "name": compiled.practice_name,
                "sender": compiled.sender,
                "reply_to": compiled.reply_to,
            },
            "booked": reader.booked,
            "watched": reader.watched,
            "tags": reader.tags,
            "country": reader.country,
            "page": lambda name: own[f"page_{name}"] if name in PAGES else practice_page(name, self._links),
            "book": lambda name: own[f"link_{compiled.links.index(f'book:{name}')}"],
            "download": lambda name: own[f"link_{compiled.links.index(f'download:{name}')}"],
            "watch": lambda name: own[f"link_{compiled.links.index(f'watch:{name}')}"],
            "ref": notes.number,
            "notes": notes.lines,
            "web": self._web,
            **own,
        }
        try:
            ready = made(html, source)
        except TemplateError as error:
            # What a lesson could not use, a practice's own layout may have put into it.
            raise FillError("", f"This mail cannot be filled: {error}", compiled.path) from error
        return fill_template(ready, values, compiled.path, compiled.lines)


@lru_cache(maxsize=512)
def template(html: bool, source: str) -> Template:
    """The compiled Jinja template of a source. Compiling takes milliseconds, so each process does it once."""
    return (HTML if html else TEXT).from_string(source)


def fill_template(
    template: Template, values: Mapping[str, Any], path: str = "", lines: tuple[tuple[str, int], ...] = ()
) -> str:
    """The template with its blanks filled. Raises FillError with the variable, never leaves one empty."""
    try:
        return template.render(values)
    except UndefinedError as error:
        name = error.message or "a variable"
        line = dict(lines).get(name, 0)
        raise FillError(name, f"There is nothing to fill {name} with", path, line) from None
    except (TemplateError, TypeError, ValueError, LookupError) as error:
        raise FillError("", f"This mail cannot be filled: {error}", path) from error
