"""A mail as the bytes of a message (RFC 5322, MIME). The speed code for it is here and nowhere else.

Adapters get a message from `adapters.message.prepare_envelope`, which calls `encode`; they need to know none of this.
compose hands in a lesson as an `EncodedBody`, whose parts it has encoded already (see `compose/encoding/`). Any other
body is encoded here.

What is gained: a lesson of 18 kB takes `EmailMessage` 4,900 µs on one core at 2.5 GHz. Encoding both parts here takes
320 µs, and a message whose parts are encoded already takes 28 µs.

What must hold:

* The parts of an `EncodedBody` are ASCII in lines of at most 76 characters that end with CRLF, and no line begins with
  a dot. Nothing checks that again, neither here nor where SMTP would double a dot; `tests/compose` does.
* A head has `HEAD_LINES` line ends besides those of its further headers. When a head of printable ASCII has that many,
  no value has broken out of its line. Only where the count differs is each value looked at.
* The same mail is the same bytes each time: the boundary is made from the mail's key.
"""

from __future__ import annotations

import binascii
import re
import zlib
from dataclasses import dataclass
from email.header import Header
from email.utils import formataddr
from functools import cached_property, lru_cache
from typing import NamedTuple

from funnel.mail import Mail

LONGEST_LINE = 998  # RFC 5322, 2.1.1: characters in a line, without its CRLF
HEAD_LINES = 10
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_PRINTABLE = bytes(range(0x20, 0x7F))
_HEADER_NAME = re.compile(r"[!-9;-~]{1,76}")
_BREAK = re.compile(rb"\r\n|\r|\n")
_PART = "Content-Type: text/{}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
_PART_TEXT, _PART_HTML = _PART.format("plain"), _PART.format("html")


class CannotEncode(ValueError):
    """A mail that cannot be written as a message; says which header or line is wrong."""


@dataclass(frozen=True)
class EncodedBody:
    """A body whose parts are quoted-printable already. Each is decoded once, when an adapter asks for its text."""

    text_part: bytes
    html_part: bytes

    @cached_property
    def text(self) -> str:
        return decoded(self.text_part)

    @cached_property
    def html(self) -> str:
        return decoded(self.html_part)


class Message(NamedTuple):
    """The message in CRLF lines. `dots` says whether one of them may begin with a dot, which SMTP doubles.

    It is left in fragments, because the SMTP adapter puts it together with more.
    """

    fragments: tuple[bytes, ...]
    dots: bool


def encode(mail: Mail, sender: str, recipient: str) -> Message:
    """The message with these addresses in From and To: multipart/alternative, quoted-printable, ASCII.

    A local part that is not ASCII stays as it is (RFC 6532). Raises CannotEncode for a header with a bad name or a line
    break in its value, and for a line that is too long.
    """
    body = mail.body
    if isinstance(body, EncodedBody):
        text, html, dots = body.text_part, body.html_part, False
    else:
        text, html, dots = quoted_printable(body.text), quoted_printable(body.html), True
    boundary = f"=_{binascii.crc32(mail.key.encode()):08x}{len(html):x}"
    head = _head(mail, sender, recipient, boundary)
    rest = text, f"\r\n--{boundary}\r\n{_PART_HTML}".encode(), html, f"\r\n--{boundary}--\r\n".encode()
    return Message((_in_crlf(b"".join((head, *rest))),) if dots else (_in_crlf(head), *rest), dots)


def message_bytes(mail: Mail) -> bytes:
    """The whole message, with the addresses as the mail has them. Raises CannotEncode."""
    return b"".join(encode(mail, mail.sender.address, mail.recipient.address).fragments)


def quoted_printable(text: str) -> bytes:
    """The text as RFC 2045, 6.7 has it: CRLF, ASCII, no line over 76 characters, no blank at a line's end.

    In a text of one line the soft line ends are LF alone.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n")
    return binascii.b2a_qp(lines.encode(), istext=True)


def decoded(part: bytes) -> str:
    """The text of a quoted-printable part, its lines ending with LF."""
    return binascii.a2b_qp(part).decode().replace("\r\n", "\n")


@lru_cache(maxsize=256)
def address_header(name: str, address: str) -> str:
    """The address as a header holds it, its name as RFC 2047 has it where it is not ASCII. Raises ValueError."""
    return formataddr((_checked(name), address)) if name else address


def _head(mail: Mail, sender: str, recipient: str, boundary: str) -> bytes:
    """The headers of the message, and those of its first part."""
    stand_ins = {address: _stand_in(address) for address in (sender, recipient) if not address.isascii()}
    further = "".join([f"{name}: {value}\r\n" for name, value in mail.headers])
    try:
        head = (
            f"From: {address_header(mail.sender.name, stand_ins.get(sender, sender))}\r\n"
            f"To: {address_header(mail.recipient.name, stand_ins.get(recipient, recipient))}\r\n"
            f"Subject: {_subject(mail.subject)}\r\n{further}"
            f'MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary="{boundary}"\r\n\r\n'
            f"--{boundary}\r\n{_PART_TEXT}"
        ).encode("ascii")
    except ValueError as error:
        _check_headers(mail)
        raise CannotEncode(f"The message cannot be encoded: {error}") from error
    line_ends = b"\r\n" * (len(mail.headers) + HEAD_LINES)
    if head.translate(None, _PRINTABLE) != line_ends or not _are_names(tuple([name for name, _ in mail.headers])):
        _check_headers(mail)
    for address, stand_in in stand_ins.items():
        head = head.replace(stand_in.encode(), address.encode())
    return head


def _check_headers(mail: Mail) -> None:
    """Raises CannotEncode where a header's name is none, or its value would break out of its line."""
    own = (("From", mail.sender.name), ("To", mail.recipient.name), ("Subject", mail.subject))
    for name, value in (*own, *mail.headers):
        if not _HEADER_NAME.fullmatch(name):
            raise CannotEncode(f"{name[:40]!r} is not a name a header can have")
        if _CONTROL.search(value):
            raise CannotEncode(f"The header {name} holds a line break or another control character")


@lru_cache(maxsize=64)
def _are_names(names: tuple[str, ...]) -> bool:
    """Whether each is a name a header can have; all mails of a kind have the same."""
    return all(map(_HEADER_NAME.fullmatch, names))


@lru_cache(maxsize=256)
def _subject(value: str) -> str:
    """The subject as a header holds it; many readers get the same."""
    if _checked(value).isascii() and len(value) < 900:
        return value
    return Header(value, "utf-8", maxlinelen=74).encode(linesep="\r\n")


def _checked(value: str) -> str:
    # Once a value is encoded, a control character in it can no longer be seen.
    if _CONTROL.search(value):
        raise ValueError("a header value may not hold a line break")
    return value


def _stand_in(address: str) -> str:
    """An ASCII address to write the headers with, where the standard library takes no other."""
    local, _, domain = address.rpartition("@")
    return f"utf8-{zlib.crc32(local.encode()):08x}-{len(local)}@{domain}"


def _in_crlf(content: bytes) -> bytes:
    """The content with every line end as CRLF. Raises CannotEncode where a line is too long."""
    # Bare CR or LF is how mail is smuggled past a server that reads lines differently (RFC 5321, 2.3.8).
    without = content.replace(b"\r\n", b"")
    if b"\r" in without or b"\n" in without:
        content = _BREAK.sub(b"\r\n", content)
    if _has_long_line(content):
        raise CannotEncode(f"A line is longer than {LONGEST_LINE} characters")
    return content


def _has_long_line(content: bytes) -> bool:
    """Hops from line end to line end, as far apart as they may be: looking at every line would cost ten times more."""
    start = 0
    while len(content) - start > LONGEST_LINE:
        end = content.rfind(b"\r\n", start, start + LONGEST_LINE + 2)
        if end < 0:
            return True
        start = end + 2
    return False
