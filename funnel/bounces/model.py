"""What a mail that came back says, in one vocabulary."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from funnel.links import RowRef
from funnel.replies import BounceKind, Certainty

MAX_MAIL_BYTES = 10 * 1024 * 1024  # what `message_size_limit` of Postfix lets through by default

# Turns what stands in an address or a Message-ID into our delivery; None where it is not ours.
OpenToken = Callable[[str], RowRef | None]


class TooLarge(ValueError):
    """The mail is larger than `MAX_MAIL_BYTES`; nothing of it was read."""


@dataclass(frozen=True)
class RecipientReport:
    """What a bounce states about one recipient, before it is judged."""

    address: str  # the recipient that failed
    original: str = ""  # the address it was sent to, where the mail was passed on (RFC 3461 ORCPT)
    action: str = ""  # failed, delayed, delivered, relayed, expanded (RFC 3464)
    status: str = ""  # the Status field
    diagnostic: str = ""  # the Diagnostic-Code field, unfolded
    text: str = ""  # what the human-readable part says of this recipient
    host: str = ""  # the server that said so


@dataclass(frozen=True)
class BouncedRecipient:
    """One recipient of a mail that came back."""

    address: str
    status: str  # RFC 3463 code, or ""
    reply_code: str  # RFC 5321 reply, or ""
    reason: str  # see docs/bounces.md
    kind: BounceKind
    hard: bool  # the address is dead, certainly or likely
    confidence: float  # 0 to 1
    original: str = ""
    action: str = ""
    certainty: Certainty = Certainty.NONE  # that it is dead
    said: str = ""  # the server's own words, as far as they were found

    @property
    def suppresses(self) -> bool:
        """Whether the address is given up at once."""
        return self.certainty is Certainty.CERTAIN


class Writer(StrEnum):
    """Who made a mail that is no bounce."""

    PERSON = "person"
    AUTO_REPLY = "auto_reply"  # away, received, moved: nobody wrote it (RFC 3834)
    MACHINE = "machine"  # a ticket system, a challenge, a notification
    LIST = "list"  # a mailing list passes it on (RFC 2369, 2919)
    RECEIPT = "receipt"  # it was opened, deleted or delivered (RFC 8098, 3464)
    CALENDAR = "calendar"  # an invitation was answered (RFC 6047)


@dataclass(frozen=True)
class IncomingMail:
    """A mail that is no report, of whomever. `sender` is what its From says, which anybody can write."""

    writer: Writer
    sender: str
    subject: str
    message_id: str  # with its brackets; "" where it has none
    words: str  # without what is quoted
    replied_automatically: bool = False  # `Auto-Submitted: auto-replied`, or an older header that means the same
    says_so: bool = True  # that it is automatic is said by its headers; False: only its words are like that

    @property
    def is_from_a_person(self) -> bool:
        return self.writer is Writer.PERSON

    @property
    def is_answered_by_itself(self) -> bool:
        """Whether something answers here that was set up to (RFC 3834), or acknowledges."""
        return self.replied_automatically or self.writer in (Writer.RECEIPT, Writer.CALENDAR, Writer.LIST)


@dataclass(frozen=True)
class BounceReading:
    """What one mail is. `token` is the part of it that opened to `delivery`; both None where it has none of ours."""

    is_bounce: bool = False
    is_complaint: bool = False
    is_auto_reply: bool = False
    is_delay: bool = False
    recipients: tuple[BouncedRecipient, ...] = field(default=())
    token: str | None = None
    delivery: RowRef | None = None
    feedback: str = ""  # RFC 5965 Feedback-Type: abuse, fraud, opt-out …
    passed_on: bool = False  # a person sent the report on, and may have written beside it
    letter: IncomingMail | None = None  # where it is neither bounce, complaint nor report

    @property
    def delivery_id(self) -> int | None:
        return None if self.delivery is None else self.delivery.number

    @property
    def understood(self) -> bool:
        """Whether nobody has to see it: a mail that only seems to be automatic is left to people."""
        if self.passed_on or (self.is_auto_reply and self.letter is not None and not self.letter.says_so):
            return False
        return self.is_bounce or self.is_complaint or self.is_auto_reply or bool(self.recipients)
