"""A worker's part of the work: a compiled lesson and one reader make one mail, the same bytes every time."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Hashable, Mapping, Sequence
from datetime import datetime
from email.header import Header
from email.utils import format_datetime
from functools import lru_cache
from typing import Any

from jinja2 import Template, UndefinedError
from jinja2.exceptions import TemplateError

from funnel.compose.errors import FillError
from funnel.compose.language import HTML, TEXT
from funnel.compose.lesson import CompiledLesson
from funnel.compose.notes import Notes
from funnel.compose.pieces import gap, keep, kept, shared_facts
from funnel.compose.reader import Reader, address_of, one_line
from funnel.compose.written import finished, spelled, written, written_line, written_template
from funnel.links import Links, Purpose
from funnel.mail import Address, WrittenMail

_PAGES = {
    "page_preferences": Purpose.PREFERENCES,
    "page_unsubscribe": Purpose.UNSUBSCRIBE,
    "page_web": Purpose.WEB_COPY,
}


def fill_lesson(compiled: CompiledLesson, reader: Reader, links: Links, sent_at: datetime) -> WrittenMail:
    """The mail, its key the delivery's number. `sent_at` is aware; it dates the mail and the links that expire.

    Raises FillError where something cannot be filled.
    """
    filler = _Filler(compiled, reader, links, sent_at)
    subject = filler.subject()
    html = filler.written_html(subject)
    message_id = links.message_id(reader.delivery_id, compiled.from_address.rpartition("@")[2])
    return WrittenMail(
        key=str(reader.delivery_id),
        envelope_from=links.return_path(message_id) or compiled.from_address,
        sender=Address(compiled.sender, compiled.from_address),
        recipient=address_of(reader.email),
        subject=subject,
        parts=(filler.written_text(), html),
        headers=(
            ("Date", _date(sent_at)),
            ("Message-ID", message_id),
            ("Reply-To", compiled.reply_to),
            ("List-Id", _list_id(compiled.sequence_title, compiled.sequence_slug, compiled.list_host)),
            # RFC 2369 and 8058: https, never folded, and the second value is exactly this one.
            ("List-Unsubscribe", f"<{filler.unsubscribe}>"),
            ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ),
    )


def render_web_copy(compiled: CompiledLesson, reader: Reader, links: Links, sent_at: datetime) -> str:
    """The mail as a web page: without the pixel, and with links that lead straight to where they say."""
    filler = _Filler(compiled, dataclasses.replace(reader, tracking="none"), links, sent_at, web=True)
    return filler.html(filler.subject())


def resolve_link(
    compiled: CompiledLesson,
    n: int,
    *,
    lead_id: int,
    delivery_id: int,
    signup_id: int | None,
    links: Links,
    now: datetime,
) -> str | None:
    """Where a click on link n leads, or None where the lesson has no such link. `now` dates a link that expires."""
    if not 0 <= n < len(compiled.links):
        return None
    return _direct(compiled.links[n], lead_id, delivery_id, signup_id, links, now)


def _direct(entry: str, lead_id: int, delivery_id: int, signup_id: int | None, links: Links, at: datetime) -> str:
    kind = entry.partition(":")[0]
    if kind == "book":
        return links.to(Purpose.BOOK, lead_id, delivery_id)
    if kind in ("download", "watch"):
        return links.url("") if signup_id is None else links.dated_to(Purpose(kind), signup_id, at)
    return entry


def list_id(compiled: CompiledLesson) -> str:
    """The List-Id of a sequence (RFC 2919): the same for every mail of it, whatever the edition's number."""
    return _list_id(compiled.sequence_title, compiled.sequence_slug, compiled.list_host)


@lru_cache(maxsize=64)
def _list_id(title: str, slug: str, host: str) -> str:
    if title.isascii():
        escaped = title.replace("\\", "\\\\").replace('"', '\\"')
        phrase = f'"{escaped}"'
    else:
        phrase = Header(title, "utf-8", maxlinelen=74).encode(linesep="")
    return f"{phrase} <{slug}.{host}>"


@lru_cache(maxsize=64)
def _date(at: datetime) -> str:
    return format_datetime(at)


@lru_cache(maxsize=64)
def _link_names(count: int) -> tuple[str, ...]:
    return tuple(f"link_{n}" for n in range(count))


class _Filler:
    """What the blanks of one mail ask for. Addresses are signed once and serve both parts."""

    def __init__(
        self, compiled: CompiledLesson, reader: Reader, links: Links, sent_at: datetime, *, web: bool = False
    ) -> None:
        self._compiled, self._reader, self._links, self._sent_at, self._web = compiled, reader, links, sent_at, web
        self._first_name = one_line(reader.first_name)
        pages = links.in_every_mail(reader.delivery_id)
        self._pixel = pages[Purpose.OPEN] if reader.tracking == "full" and not web else ""
        # Plain values, because a call in the sandbox costs more than all the rest of a link.
        self._plain = dict(zip(_link_names(len(compiled.links)), self._link_addresses(), strict=True))
        for name, purpose in _PAGES.items():
            self._plain[name] = pages[purpose]
        self._plain["page_pause"] = self._plain["page_preferences"]
        self.unsubscribe = self._plain["page_unsubscribe"]
        self._written: tuple[dict[str, bytes], dict[str, bytes]] | None = None  # the same and the pixel, in both parts
        # What a text can depend on beside a reader's own name and addresses.
        self._facts: dict[str, Hashable] = {
            "quiz": reader.quiz_result,
            "booked": reader.booked,
            "watched": reader.watched,
            "tags": reader.tags,
            "practice": (compiled.practice_name, compiled.sender, compiled.reply_to),
            "web": web,
        }

    def subject(self) -> str:
        compiled, reader = self._compiled, self._reader
        if reader.discreet:
            return one_line(self._fill(TEXT, compiled.subject_discreet))
        choice = stable_choice(f"{reader.lead_id}:{compiled.lesson_id}", len(compiled.subjects))
        return one_line(self._fill(TEXT, compiled.subjects[choice]))

    def html(self, subject: str) -> str:
        """The page as a browser wants it."""
        return self._fill(HTML, self._compiled.html, subject=subject, preheader=self._preheader())

    def written_html(self, subject: str) -> Sequence[bytes]:
        """The HTML part as it stands in the mail."""
        return self._write(self._compiled.html, html=True, subject=subject, preheader=self._preheader())

    def written_text(self) -> Sequence[bytes]:
        """The text part as it stands in the mail."""
        return self._write(self._compiled.text, html=False)

    def _preheader(self) -> str:
        # A discreet subject would be given away by the line that mail programs show after it.
        return "" if self._reader.discreet else one_line(self._fill(TEXT, self._compiled.preheader))

    def _link_addresses(self) -> list[str]:
        compiled, reader, links = self._compiled, self._reader, self._links
        if reader.tracking != "none":
            return links.clicks(reader.delivery_id, reader.edition_lesson_id, len(compiled.links))
        whose = (reader.lead_id, reader.delivery_id, reader.signup_id)
        return [_direct(entry, *whose, links, self._sent_at) for entry in compiled.links]

    def _fill(self, env: Any, source: str, **values: str) -> str:
        if "{" not in source:
            return source
        own = {**self._plain, "pixel": self._pixel, "first_name": self._first_name, **values}
        return self._filled(template(env is HTML, source), own)

    def _write(self, source: str, *, html: bool, **values: str) -> Sequence[bytes]:
        """The part as it stands in the mail, in pieces; all that readers share of it is filled in only once."""
        lines = {"first_name": self._first_name, **values}
        facts = shared_facts(source)
        if facts is None:
            own = {"pixel": "", **spelled(self._addresses()), **spelled(lines)}
            return (finished(self._filled(written_template(html, source), own), html=html),)
        own = {**lines, "pixel": self._pixel}
        there = tuple(map(bool, own.values()))
        key = (html, source, self._compiled.links, there, *[self._facts[name] for name in facts if name in self._facts])
        pieces = kept(key)
        if pieces is None:
            given = [name for name, line in own.items() if line]
            gaps: dict[str, str] = {name: gap(name) for name in (*self._plain, *given)}
            pieces = keep(
                key, self._filled(written_template(html, source), {**dict.fromkeys(own, ""), **gaps}), html=html
            )
        if self._written is None:
            self._written = written(self._addresses())
        return pieces.fill(self._written[html] | {name: written_line(line)[html] for name, line in lines.items()})

    def _addresses(self) -> dict[str, str]:
        return {**self._plain, "pixel": self._pixel} if self._pixel else self._plain

    def _filled(self, template: Template, own: Mapping[str, str]) -> str:
        """The template with a reader's `own` values: as they are, ready to be written, or gaps for them."""
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
            "page": lambda name: own[f"page_{name}"],
            "book": lambda name: own[f"link_{compiled.links.index(f'book:{name}')}"],
            "download": lambda name: own[f"link_{compiled.links.index(f'download:{name}')}"],
            "watch": lambda name: own[f"link_{compiled.links.index(f'watch:{name}')}"],
            "ref": notes.number,
            "notes": notes.lines,
            "web": self._web,
            **own,
        }
        return fill_template(template, values, compiled.path, compiled.lines)


def stable_choice(key: str, count: int) -> int:
    """A number below `count` that is always the same for a key and even over many keys."""
    if count == 1:
        return 0
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big") % count


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
