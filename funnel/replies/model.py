"""What goes into the rules and what comes out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

SURE = 0.7  # from here on a reason is taken to be the one


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


class Speaker(StrEnum):
    """Who says it."""

    SERVER = "server"  # the server that was spoken to; in a report, the one whose words it quotes
    PROVIDER = "provider"  # the provider that sends our mail, of a mailbox that turned it away


class BounceKind(StrEnum):
    """What a bounce means for us. Policies and blocks are about the sender, so they never count against an address."""

    HARD = "hard"  # the address is dead
    SOFT = "soft"  # this mailbox could not take it now
    BLOCK = "block"  # our reputation, rate, address or content was turned away
    POLICY = "policy"  # our set-up or message breaks a rule
    LISTED = "listed"  # the provider has the address on a list of its own, and did not try
    UNKNOWN = "unknown"


class Certainty(StrEnum):
    """How sure it is that an address is dead."""

    CERTAIN = "certain"  # given up at once
    LIKELY = "likely"  # given up when another mail meets the same, some days later
    NONE = "none"  # it is alive, or nothing tells


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
    that prose. `host` names the server that said it. `action` is the Action field of RFC 3464. `invented` is true
    where the enhanced code stands beside words that have none: some relays make one of the reply code alone.
    """

    phase: Phase = Phase.UNKNOWN
    reply_code: str = ""
    enhanced: str = ""
    words: str = ""
    host: str = ""
    explanation: str = ""
    verbatim: bool = True
    action: str = ""
    invented: bool = False
    speaker: Speaker = Speaker.SERVER

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
    """The verdict. `sure` is how sure the reason is, from 0 to 1, and `reason` a word of docs/bounces.md.

    `certainty` is how sure it is that the address is dead. `wait` is how long to wait before the next attempt, where
    the answer suggests it.
    """

    about: About
    reason: str
    sure: float
    kind: BounceKind
    certainty: Certainty
    remedy: Remedy
    wait: timedelta | None = None

    @property
    def suppresses(self) -> bool:
        """Whether the address is given up at once."""
        return self.certainty is Certainty.CERTAIN
