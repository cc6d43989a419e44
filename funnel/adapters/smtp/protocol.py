"""What the parts of the SMTP adapter speak of: the next hop, what may be asked of a connection, what is known of it."""

from __future__ import annotations

import math
import ssl
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

from funnel.adapters.message import Envelope
from funnel.adapters.smtp.rules import SmtpStage

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds to wait for each step (RFC 5321, 4.5.3.2, shorter where the next hop is a relay that knows us)."""

    connect: float = 30.0
    greeting: float = 60.0
    command: float = 120.0
    data: float = 120.0
    block: float = 180.0
    # A server may take minutes to decide; hanging up early is what makes duplicates (RFC 1047).
    final: float = 600.0

    @property
    def shortest(self) -> float:
        """The least that any step is given."""
        return min(self.connect, self.greeting, self.command, self.data, self.block, self.final)


@dataclass(frozen=True, slots=True)
class Relay:
    """The next hop: where it is, how to speak with it, and how hard to lean on it."""

    host: str
    port: int
    tls: str  # none | starttls | implicit
    context: ssl.SSLContext | None = None
    user: str = ""
    password: str = field(default="", repr=False)
    helo: str = ""
    pipelining: bool = True
    connections: int = 4
    mails_per_connection: int = 100
    timeouts: Timeouts = field(default_factory=Timeouts)


@dataclass(frozen=True, slots=True)
class Connect:
    timeout: float


@dataclass(frozen=True, slots=True)
class Encrypt:
    timeout: float


class Exchange(NamedTuple):
    """Bytes to write, which may be none, and how many replies to read then. Answered with these.

    A 421 is the last, whatever was asked: behind it the server hangs up (RFC 5321, 3.8). `wait` is seconds for each
    reply, `block` for each time the server takes data.
    """

    data: bytes
    replies: int
    wait: float
    block: float = math.inf


class Follow:
    """Which mail is next on this connection? Answered with it, or with None where none is there yet."""


Ask = Connect | Encrypt | Exchange
# What is sent back is what the ask says; no type checker can tell which of several asks is answered.
Steps = Generator[Ask | Follow, Any, T]


@dataclass(slots=True)
class Session:
    """What is known of one open connection: what the server offers, and how far the mail on it is.

    `begun` is the mail after it, where that was begun in the same write; `ahead` says that this one was begun so.
    """

    extensions: dict[str, str]
    pipelining: bool
    stage: SmtpStage = SmtpStage.MAIL
    uses: int = 0  # mails begun on it, this one included
    needs_reset: bool = False
    closing: bool = False
    begun: Envelope | None = None
    ahead: bool = False
