"""What travels to a provider and what it answers: plain values that every room may hold."""

from __future__ import annotations

import binascii
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from email.header import Header
from email.utils import formataddr
from enum import StrEnum
from typing import Protocol


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


@dataclass(frozen=True, slots=True)
class Outcome:
    """One provider's answer about one mail. `detail` is the provider's own words, at most 500 characters."""

    kind: OutcomeKind
    detail: str = ""
    provider_id: str | None = None
    retry_after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Address:
    name: str
    address: str

    def __str__(self) -> str:
        """The header form, RFC 2047 encoded where the name is not ASCII."""
        return formataddr((self.name, self.address))


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

    def to_bytes(self) -> bytes:
        """The whole message as RFC 5322 bytes: CRLF, ASCII only, multipart/alternative, quoted-printable.

        Built by hand because `EmailMessage` costs milliseconds a mail. The boundary comes from `key`, so the same
        delivery is the same bytes on every attempt.
        """
        boundary = f"=_{binascii.crc32(self.key.encode()):08x}{len(self.html):x}"
        head = [
            f"From: {self.sender}",
            f"To: {self.recipient}",
            f"Subject: {_encoded(self.subject)}",
            *(f"{name}: {_one_line(value)}" for name, value in self.headers),
            "MIME-Version: 1.0",
            f'Content-Type: multipart/alternative; boundary="{boundary}"',
            "",
            "",
        ]
        part = "Content-Transfer-Encoding: quoted-printable"
        opening = f"--{boundary}\r\nContent-Type: text/{{}}; charset=utf-8\r\n{part}\r\n\r\n"
        return b"".join(
            (
                "\r\n".join(head).encode("ascii", "strict"),
                opening.format("plain").encode(),
                _quoted_printable(self.text),
                b"\r\n",
                opening.format("html").encode(),
                _quoted_printable(self.html),
                f"\r\n--{boundary}--\r\n".encode(),
            )
        )


class Adapter(Protocol):
    """What hands mail to a provider. `window` is how many mails it has on the wire at once."""

    name: str
    window: int

    def send(self, mails: Sequence[Mail]) -> Iterator[tuple[str, Outcome]]:
        """One (mail key, outcome) for each mail, in any order; expected failures are outcomes, never exceptions."""
        ...

    def close(self) -> None: ...


def _one_line(value: str) -> str:
    if "\r" in value or "\n" in value:
        raise ValueError("a header value may not hold a line break")
    return value


def _encoded(value: str) -> str:
    _one_line(value)
    return (
        value if value.isascii() and len(value) < 900 else Header(value, "utf-8", maxlinelen=74).encode(linesep="\r\n")
    )


def _quoted_printable(text: str) -> bytes:
    body = text.replace("\r\n", "\n").replace("\n", "\r\n").encode()
    return binascii.b2a_qp(body, istext=True)
