"""Fills a compiled lesson for one reader, in the worker. The same input always gives the same bytes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from email.header import Header
from email.utils import format_datetime
from functools import lru_cache
from typing import Any

from jinja2 import Template, UndefinedError
from jinja2.exceptions import TemplateError

from funnel.compose.addresses import practice_page
from funnel.compose.encoding.addresses import Addresses
from funnel.compose.encoding.body import encode_body
from funnel.compose.errors import FillError
from funnel.compose.lesson import CompiledLesson
from funnel.compose.notes import Notes
from funnel.compose.reader import Reader, address_of, one_line
from funnel.compose.sandbox import HTML, TEXT
from funnel.compose.untracked import COUNTED_FUNCTIONS, STRAIGHT, STRAIGHT_BEGINS
from funnel.curriculum.names import PAGES
from funnel.curriculum.questions import Answer
from funnel.curriculum.subjects import chosen_subject
from funnel.links import Links
from funnel.mail import Address, Mail
from funnel.mime import EncodedBody


def fill_lesson(compiled: CompiledLesson, reader: Reader, links: Links, sent_at: datetime) -> Mail:
    """The mail; its key is the delivery's number. `sent_at` is aware and dates the mail and the links that expire.

    Raises FillError where a placeholder cannot be filled.
    """
    compiled = compiled.in_language(reader.language)
    filler = _Filler(compiled, reader, links, sent_at)
    subject = filler.subject()
    message_id = links.message_id(reader.delivery, compiled.from_address.rpartition("@")[2])
    return Mail(
        key=str(reader.delivery_id),
        envelope_from=links.return_path(message_id) or compiled.from_address,
        sender=Address(compiled.sender_discreet if reader.discreet else compiled.sender, compiled.from_address),
        recipient=address_of(reader.email),
        subject=subject,
        body=filler.body(subject),
        headers=(
            ("Date", _date(sent_at)),
            ("Message-ID", message_id),
            ("Reply-To", compiled.reply_to),
            ("List-Id", _list_id(compiled.sequence_title, compiled.sequence_slug, compiled.list_host)),
            # RFC 2369 and 8058: https, never folded, and the second value exactly this.
            ("List-Unsubscribe", links.list_unsubscribe(filler.addresses.unsubscribe, compiled.reply_to)),
            ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ),
    )


def render_web_copy(compiled: CompiledLesson, reader: Reader, links: Links, sent_at: datetime) -> str:
    """The mail as a web page: no pixel, and links that lead straight to their targets."""
    compiled = compiled.in_language(reader.language)
    filler = _Filler(compiled, reader._replace(tracking="none"), links, sent_at, web=True)
    return filler.html(filler.subject())


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


class _Answers:
    """What was answered, by `answers.where`; a question that was not answered, or asked, is an empty text."""

    def __init__(self, answers: tuple[tuple[str, Answer], ...]) -> None:
        self._answers = dict(answers)

    def __getitem__(self, name: str) -> Answer:
        return self._answers.get(name, "")


class _Filler:
    """Fills one mail's templates. Addresses are signed once and used in both parts."""

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
        """The HTML part for a browser."""
        own = {"pixel": "", **self.addresses.plain(), **self._lines(subject)}
        return self._filled(template, own, html=True, source=self._compiled.html)

    def body(self, subject: str) -> EncodedBody:
        """The body of the mail."""
        return encode_body(self._compiled, self._reader, self.addresses, self._lines(subject), self._filled)

    def _lines(self, subject: str) -> dict[str, str]:
        """The reader's own values besides the addresses."""
        # Mail programs show the preheader after the subject: it would give a discreet subject away.
        preheader = "" if self._reader.discreet else one_line(self._short(self._compiled.preheader))
        return {"first_name": self._first_name, "subject": subject, "preheader": preheader}

    def _short(self, source: str) -> str:
        """A subject or preheader, filled; these hold no addresses."""
        if "{" not in source:
            return source
        own = {"pixel": "", **self.addresses.plain(), "first_name": self._first_name}
        return self._filled(template, own, html=False, source=source)

    def _link(self, entry: str, own: Mapping[str, str]) -> Callable[[str], str]:
        return lambda name: own[f"link_{self._compiled.links.index(f'{entry}:{name}')}"]

    def _filled(self, made: Callable[[bool, str], Template], own: Mapping[str, str], *, html: bool, source: str) -> str:
        """A template filled with a reader's `own` values. `made` compiles `source`; values are plain, encoded or
        placeholders.
        """
        compiled, reader, notes = self._compiled, self._reader, Notes()
        values = {
            "lead": {"first_name": own["first_name"]},
            "quiz": {"result": reader.quiz_result},
            "answers": _Answers(reader.answers),
            "practice": {
                "name": compiled.practice_name,
                "sender": compiled.sender,
                "reply_to": compiled.reply_to,
            },
            "booked": reader.booked,
            "replied": reader.replied,
            "watched": reader.watched,
            "tags": reader.tags,
            "country": reader.country,
            "page": lambda name: own[f"page_{name}"] if name in PAGES else practice_page(name, self._links),
            **{name: self._link(name, own) for name in COUNTED_FUNCTIONS},
            **{STRAIGHT_BEGINS + name: self._link(STRAIGHT + name, own) for name in COUNTED_FUNCTIONS},
            "ref": notes.number,
            "notes": notes.lines,
            "web": self._web,
            **own,
        }
        try:
            ready = made(html, source)
        except TemplateError as error:
            # A practice's own layout may hold Jinja that a lesson may not.
            raise FillError("", f"This mail cannot be filled: {error}", compiled.path) from error
        return fill_template(ready, values, compiled.path, compiled.lines)


@lru_cache(maxsize=512)
def template(html: bool, source: str) -> Template:
    """The compiled Jinja template of a source. Compiling takes milliseconds, so each process does it once."""
    return (HTML if html else TEXT).from_string(source)


def fill_template(
    template: Template, values: Mapping[str, Any], path: str = "", lines: tuple[tuple[str, int], ...] = ()
) -> str:
    """The filled template. Raises FillError naming the variable; no placeholder is ever left empty."""
    try:
        return template.render(values)
    except UndefinedError as error:
        name = error.message or "a variable"
        line = dict(lines).get(name, 0)
        raise FillError(name, f"There is nothing to fill {name} with", path, line) from None
    except (TemplateError, TypeError, ValueError, LookupError) as error:
        raise FillError("", f"This mail cannot be filled: {error}", path) from error
