"""From bytes to the parts that matter. Whatever comes in, this ends soon and raises nothing but `TooLarge`.

The report stands before the returned mail (RFC 3462), so only the first half megabyte is taken apart.
"""

from __future__ import annotations

import contextlib
import email
import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message

from funnel.bounces.model import MAX_MAIL_BYTES, TooLarge

_PARSED_BYTES = 512 * 1024
_TEXT_CHARS = 64 * 1024
_MAX_PARTS = 60
# Python's parser asks every open part about every line: nesting is what makes a small mail slow.
_MAX_NESTING = 40
_MAX_LINES = 20_000
_MAX_QUESTIONS = 400_000

# Where the report ends and the returned mail begins, in mails that are not made of parts.
_ORIGINAL_BEGINS = re.compile(
    r"""^[ \t>]*(?:
        -*[ ]*(?:below|above)\ this\ line\ is\ a\ copy
      | -*[ ]*this\ is\ a\ copy\ of\ (?:the|your)\ message
      | -*[ ]*enclosed\ (?:is|are)\ (?:a\ copy|the\ original)
      | (?:please\ )?included\ (?:is|below\ is)\ a\ copy
      | below\ is\ a\ copy\ of\ the\ (?:original\ )?message
      | -+[ ]*(?:start\ of\ )?(?:the\ )?(?:original|returned|unsent|undelivered|bounced)\ (?:mail|message|text|header)s?
      | -+[ ]*(?:unsent|original|returned)\ message\ (?:below|follows|header)
      | -+[ ]*(?:original|returned|message)\ (?:mail\ |message\ )?(?:header|text|info|follows|body)
      | (?:original\ message|message\ headers?)\ (?:headers?\ )?follows?
      | (?:headers?\ of\ (?:the\ )?original|original\ headers?)\ follows?
      | the\ (?:original\ message|header\ of\ the\ original)\ (?:follows|is\ attached)
      | original\ message\ headers?:
      | your\ original\ message\ (?:follows|header)
      | -+[ ]*forwarded\ message
      | return-path:[ ]*<?
      | received:[ ]*(?:from|by)\s
      | \*{3,}\ original\ message
      | =+END
    )""",
    re.I | re.M | re.X,
)


_FORWARDED = re.compile(r"forwarded", re.I)
_REPORT_HEAD = re.compile(
    r"^[ \t>]*(?:from:.*(?:mailer-daemon|postmaster|mail delivery)"
    r"|subject:.*(?:undeliver|returned mail|failure|delivery))",
    re.I | re.M,
)


@dataclass
class MailParts:
    """One mail, taken apart."""

    headers: Message
    report: str = ""  # what people are to read, without the returned mail
    status: list[str] = field(default_factory=list)  # message/delivery-status as text
    feedback: list[str] = field(default_factory=list)  # message/feedback-report as text
    original: str = ""  # headers of the returned mail, as text
    report_type: str = ""
    passed_on: bool = False  # somebody sent the report on in a letter of their own
    kinds: list[str] = field(default_factory=list)  # the media types of the parts; `text/calendar` with its method

    def header(self, name: str) -> str:
        return header_text(self.headers, name)


def take_apart(raw: bytes) -> MailParts:
    """Raises TooLarge; anything else is made the best of."""
    if len(raw) > MAX_MAIL_BYTES:
        raise TooLarge(f"the mail has {len(raw)} bytes; more than {MAX_MAIL_BYTES} are not read")
    raw = b"\n".join(raw[:_PARSED_BYTES].split(b"\n", _MAX_LINES)[:_MAX_LINES])
    if raw.startswith(b"From "):  # the first line of an mbox entry
        raw = raw.partition(b"\n")[2]
    lowered = raw.lower()
    nested = lowered.count(b"multipart/") + lowered.count(b"message/")
    if nested <= _MAX_NESTING and nested * raw.count(b"\n") <= _MAX_QUESTIONS:
        try:
            parts = _sort(email.message_from_bytes(raw))
            if parts.report.strip() or parts.status or parts.feedback:
                return parts
        except (RecursionError, LookupError, ValueError, TypeError, AttributeError, MessageError):
            pass  # a mail that Python's parser breaks on is read flat, as is one whose parts hold nothing
    head, _, body = raw.replace(b"\r\n", b"\n").partition(b"\n\n")
    parts = MailParts(email.message_from_bytes(head[:_TEXT_CHARS] + b"\n\n"))
    _take_text(parts, _decoded(body[:_TEXT_CHARS], None))
    return parts


def _sort(message: Message) -> MailParts:
    parts = MailParts(message, report_type=str(message.get_param("report-type") or "").lower())
    attached = False
    for part in _leaves(message):
        kind = part.get_content_type().split()[0].rstrip(";")  # a line break can stand where ";" should
        parts.kinds.append(kind)
        if kind in ("message/delivery-status", "message/global-delivery-status"):
            parts.status.append(_flat(part))
        elif kind == "message/feedback-report":
            parts.feedback.append(_flat(part))
        elif kind in ("message/rfc822", "message/rfc822-headers", "text/rfc822-headers", "message/global"):
            report = _passed_on(part) if not parts.status and message.get_content_subtype() != "report" else None
            if report is not None:
                return report
            parts.original = parts.original or _original(part)
            attached = True
        elif (kind in ("text/plain", "text/html") and not attached) or kind.startswith("multipart/"):
            text = _text(part)  # a multipart that is still text has lost its boundary
            if kind == "text/html":
                if len(parts.report.strip()) > 20:  # its plain twin was read
                    continue
                text = as_plain_text(text)
            _take_text(parts, text)
    return parts


def _enclosed(part: Message) -> Message | None:
    """The mail that a message/… part holds."""
    payload = part.get_payload()
    inner = payload[0] if isinstance(payload, list) and payload else None
    return inner if isinstance(inner, Message) else None


def _passed_on(part: Message) -> MailParts | None:
    """The report in a mail that somebody attached to a letter of their own."""
    inner = _enclosed(part)
    if inner is None or inner.get_content_type() != "multipart/report":
        return None
    found = _sort(inner)
    found.passed_on = True
    return found if found.status else None


def _take_text(parts: MailParts, text: str) -> None:
    found = _ORIGINAL_BEGINS.search(text)
    while found is not None and _FORWARDED.search(found[0]) and _REPORT_HEAD.search(text[found.end() :][:1000]):
        parts.passed_on = True
        found = _ORIGINAL_BEGINS.search(text, found.end())
    if found is None:
        parts.report = (parts.report + "\n" + text)[:_TEXT_CHARS]
        return
    parts.report = (parts.report + "\n" + text[: found.start()])[:_TEXT_CHARS]
    parts.original = parts.original or text[found.start() :][:_TEXT_CHARS]


def _leaves(message: Message) -> Iterator[Message]:
    """Parts in order, without going into a returned mail."""
    waiting, seen = [message], 0
    while waiting and seen < _MAX_PARTS:
        part = waiting.pop(0)
        seen += 1
        if part.get_content_maintype() == "multipart" and isinstance(part.get_payload(), list):
            waiting = [inner for inner in part.get_payload() if isinstance(inner, Message)] + waiting
        else:
            yield part


def _text(part: Message) -> str:
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    return _decoded(payload[:_TEXT_CHARS], part.get_content_charset())


def _decoded(data: bytes, charset: str | None) -> str:
    """The text, by its own word, then UTF-8, then what Japanese carriers send, then byte for byte."""
    guesses = [charset, "utf-8"] if charset else ["utf-8"]
    if b"\x1b$" in data:
        guesses.insert(0, "iso-2022-jp")
    for guess in [*guesses, "euc-jp"]:
        try:
            return data.decode(guess or "utf-8").replace("\r\n", "\n").replace("\x00", "")
        except (LookupError, ValueError):
            continue
    return data.decode("latin-1").replace("\r\n", "\n").replace("\x00", "")


def _flat(part: Message) -> str:
    """A status part as text: blocks of fields with an empty line between them."""
    payload = part.get_payload()
    if isinstance(payload, list):
        blocks = [_block(inner) for inner in payload[:_MAX_PARTS] if isinstance(inner, Message)]
        text = "\n\n".join(blocks)
    else:
        text = _text(part) or str(payload or "")
    if str(part.get("Content-Transfer-Encoding", "")).strip().lower() in ("base64", "quoted-printable"):
        bare = Message()
        bare["Content-Transfer-Encoding"] = str(part["Content-Transfer-Encoding"])
        bare.set_payload(text)
        decoded = bare.get_payload(decode=True)
        if isinstance(decoded, bytes) and b":" in decoded:
            return _decoded(decoded[:_TEXT_CHARS], None)
    return text[:_TEXT_CHARS]


def _block(inner: Message) -> str:
    lines = [f"{name}: {header_text(inner, name, value)}" for name, value in inner.raw_items()]
    payload = inner.get_payload()
    return "\n".join([*lines, payload if isinstance(payload, str) else ""])


def _original(part: Message) -> str:
    inner = _enclosed(part)
    if inner is not None:
        lines = [f"{name}: {header_text(inner, name, value)}" for name, value in inner.raw_items()]
        return "\n".join(lines)[:_TEXT_CHARS]
    return _text(part)


def as_plain_text(text: str) -> str:
    """HTML as lines of text; style and script are left out."""
    text = _without_code(text)
    text = re.sub(r"<(?:br|/p|/div|/tr|/h\d|/li)\b[^>]{0,300}>", "\n", text, flags=re.I)
    text = re.sub(r"<(?![^<>@\s]{1,64}@)[^<>]{0,2000}>", " ", text)
    return html.unescape(text)


def _without_code(text: str) -> str:
    """Leaves out style, script and head. A regular expression would try each opening against the whole rest."""
    low, kept, at = text.lower(), [], 0
    unclosed: set[str] = set()
    for opening in re.finditer(r"<(style|script|head)\b", low):
        if opening.start() < at or opening[1] in unclosed:
            continue
        close = low.find(f"</{opening[1]}", opening.end())
        if close < 0:
            unclosed.add(opening[1])
            continue
        kept.append(text[at : opening.start()])
        at = close
    return "".join([*kept, text[at:]])


def header_text(message: Message, name: str, value: object = None) -> str:
    """A header decoded (RFC 2047) and unfolded, whatever is wrong with it."""
    if value is None:  # as it came: what is 8-bit without being encoded (RFC 6532) is lost in `get`
        value = next((each for key, each in message.raw_items() if key.lower() == name.lower()), "")
    found = str(value)[:8000].encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    if name.lower() not in ("original-recipient", "final-recipient"):  # there an encoded word is part of the address
        with contextlib.suppress(LookupError, ValueError, TypeError, AttributeError, MessageError):
            # Where it cannot be decoded, it is shown as it came.
            found = str(make_header(decode_header(found)))
    return re.sub(r"\s*\r?\n\s+", " ", found).strip()[:8000]
