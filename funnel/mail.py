"""What travels to a provider and what it answers: plain values that every room may hold."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from email.header import Header
from email.utils import formataddr
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple, Protocol


class OutcomeKind(StrEnum):
    """What became of one mail at the provider, in the order of how much hope is left."""

    ACCEPTED = "accepted"
    TEMPORARY = "temporary"  # this mail, later
    RATE = "rate"  # the whole channel, slower
    QUOTA = "quota"  # the whole channel, when the quota is renewed
    AUTH_CONFIG = "auth_config"  # the channel stops until somebody mends it
    PERMANENT_RECIPIENT = "permanent_recipient"  # never this address again
    PERMANENT_MESSAGE = "permanent_message"  # never this mail again; the address is fine
    AMBIGUOUS = "ambiguous"  # nobody knows whether it went


class Outcome(NamedTuple):
    """One provider's answer about one mail. `detail` is the provider's own words, at most 500 characters.

    `ours`: no provider has seen it, for what we made cannot be sent. That is nothing to do with the reader.
    """

    kind: OutcomeKind
    detail: str = ""
    provider_id: str | None = None
    retry_after: timedelta | None = None
    ours: bool = False


class Address(NamedTuple):
    name: str
    address: str

    def __str__(self) -> str:
        """The header form, RFC 2047 encoded where the name is not ASCII."""
        return _shown(self.name, self.address) if self.name else self.address


@dataclass(frozen=True, slots=True)
class Mail:
    """One e-mail to one reader, filled and ready.

    `key` is stable for a delivery over all attempts: adapters use it as the provider's idempotency key.
    `headers` holds every further header in order, names as they are to be sent, values without line breaks.
    """

    key: str
    envelope_from: str
    sender: Address
    recipient: Address
    subject: str
    text: str
    html: str
    headers: tuple[tuple[str, str], ...] = ()
    # The text and HTML parts as quoted-printable, where whoever made the mail has written them so already: in lines of
    # at most 76 characters that end with CRLF, none of which begins with a dot.
    parts: tuple[bytes, bytes] | None = field(default=None, repr=False, compare=False)

    def to_bytes(self) -> bytes:
        """The whole message as RFC 5322 bytes: CRLF, ASCII only, multipart/alternative, quoted-printable.

        Built by hand because `EmailMessage` costs milliseconds a mail. The boundary comes from `key`, so the same
        delivery is the same bytes on every attempt.
        """
        return b"".join(self.pieces())

    def pieces(self) -> Sequence[bytes]:
        """The same in pieces, of which the first is the headers. Raises ValueError where one holds a line break."""
        text, html = self.parts or (quoted_printable(self.text), quoted_printable(self.html))
        boundary = f"=_{binascii.crc32(self.key.encode()):08x}{len(html):x}"
        further = "".join([f"{name}: {value}\r\n" for name, value in self.headers])
        if further.count("\n") != len(self.headers) or further.count("\r") != len(self.headers):
            raise ValueError("a header value may not hold a line break")
        head = (
            f"From: {self.sender}\r\nTo: {self.recipient}\r\nSubject: {_encoded(self.subject)}\r\n{further}"
            f'MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary="{boundary}"\r\n\r\n'
            f"--{boundary}\r\n{_PART_TEXT}"
        )
        between = f"\r\n--{boundary}\r\n{_PART_HTML}"
        return head.encode("ascii"), text, between.encode(), html, f"\r\n--{boundary}--\r\n".encode()


@dataclass(frozen=True, slots=True)
class WrittenMail(Mail):
    """A mail that was made as quoted-printable; its `text` and `html` are read back when somebody asks for them."""

    text: str = field(init=False)
    html: str = field(init=False)
    parts: tuple[bytes, bytes] = field(kw_only=True, repr=False, compare=False)

    def __getattr__(self, name: str) -> str:
        # Reached where a slot is still empty, so each part is read back once at most.
        if name not in ("text", "html"):
            raise AttributeError(name)
        part = binascii.a2b_qp(self.parts[name == "html"]).decode().replace("\r\n", "\n")
        object.__setattr__(self, name, part)
        return part


class Adapter(Protocol):
    """What hands mail to a provider. `window` is how many mails it has on the wire at most.

    The mails `send` is given are made as they are taken: taking the next one composes it, commits that it is being
    handed over, and writes down the outcomes yielded so far (`sending.delivery`). So an adapter takes a mail when it
    has room for it and not before, in the thread that called it. The mails end once `window` of them are without an
    outcome; `send` is then called again for the rest.
    """

    name: str

    @property
    def window(self) -> int: ...

    def send(self, mails: Iterable[Mail]) -> Iterator[tuple[str, Outcome]]:
        """One (mail key, outcome) for each mail, in any order; expected failures are outcomes, never exceptions."""
        ...

    def close(self) -> None: ...


CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_PART = "Content-Type: text/{}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
_PART_TEXT, _PART_HTML = _PART.format("plain"), _PART.format("html")
# How many line ends the first of a mail's pieces has beside those of its further headers, if its subject has one line.
HEAD_LINES = 10


def quoted_printable(text: str) -> bytes:
    """The text as RFC 2045, 6.7 has it: CRLF, ASCII, no line over 76 characters, no blank at a line's end."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n")
    return binascii.b2a_qp(lines.encode(), istext=True)


@lru_cache(maxsize=256)
def _shown(name: str, address: str) -> str:
    return formataddr((_printable(name), address))


@lru_cache(maxsize=256)
def _encoded(value: str) -> str:
    _printable(value)
    return (
        value if value.isascii() and len(value) < 900 else Header(value, "utf-8", maxlinelen=74).encode(linesep="\r\n")
    )


def _printable(value: str) -> str:
    # What is encoded nobody sees through any more.
    if CONTROL.search(value):
        raise ValueError("a header value may not hold a line break")
    return value
