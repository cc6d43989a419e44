"""What goes into the rules and what comes out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

SURE = 0.7  # from here on a verdict is acted upon at once; below it is only counted


class Phase(StrEnum):
    """Which SMTP command was answered. DATA includes everything after it, up to the answer to the final dot."""

    CONNECT = "connect"
    HELO = "helo"
    TLS = "tls"
    AUTH = "auth"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    UNKNOWN = ""


class About(StrEnum):
    """Whom or what a refusal is about."""

    READER = "reader"  # the mailbox or its domain
    US = "us"  # our address, domain, reputation, rate, password or set-up
    MAIL = "mail"  # this one message
    LATER = "later"  # nobody: it may go through another time
    UNKNOWN = "unknown"


class Remedy(StrEnum):
    """What helps against a refusal."""

    RETRY = "retry"  # this mail, later
    SLOW_DOWN = "slow down"  # all mail on this channel
    AWAIT_QUOTA = "await quota"  # all mail on this channel, until our quota is renewed
    FIX_SETUP = "fix setup"  # all mail would meet the same answer until somebody mends our side
    DROP_MAIL = "drop mail"  # never this mail again; the address is fine
    DROP_ADDRESS = "drop address"  # never this address again
    DROP_LISTED = "drop listed"  # nor this one: whoever sends our mail has it on a list of its own
    NOTHING = "nothing"  # it was no refusal


@dataclass(frozen=True, slots=True)
class Statement:
    """What was said about one recipient, and by whom.

    `reply_code` and `enhanced` are the codes as text, "" where there is none; `words` are the server's own.
    `explanation` is what a report says about them in prose. `verbatim` is false where the words were only found in
    that prose. `host` names the server that said it. `action` is the Action field of RFC 3464.
    """

    phase: Phase = Phase.UNKNOWN
    reply_code: str = ""
    enhanced: str = ""
    words: str = ""
    host: str = ""
    explanation: str = ""
    verbatim: bool = True
    action: str = ""

    @property
    def temporary(self) -> bool:
        """Whether it holds only for now (RFC 5321, 4.2.1). The reply code decides over the enhanced code."""
        return self.action == "delayed" or (self.reply_code or self.enhanced).startswith("4")

    @property
    def detail(self) -> str:
        """The enhanced code without its class: `1.1` of `5.1.1`."""
        return self.enhanced.partition(".")[2]


@dataclass(frozen=True, slots=True)
class Meaning:
    """The verdict. `sure` is from 0 to 1, and `reason` a word of docs/bounces.md.

    `gone` is the reading that the address is dead. It suppresses only where `suppresses` is true; otherwise it is
    counted. `wait` is how long to wait before the next attempt, where the answer suggests it.
    """

    about: About
    sure: float
    reason: str
    gone: bool
    remedy: Remedy
    wait: timedelta | None = None

    @property
    def suppresses(self) -> bool:
        return self.gone and self.sure >= SURE
