"""What a mail that came back says, in one vocabulary."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from funnel.links import RowRef
from funnel.replies import SURE, BounceKind

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
    local: bool = False  # said by the reporting system of its own mailboxes


@dataclass(frozen=True)
class BouncedRecipient:
    """One recipient of a mail that came back."""

    address: str
    status: str  # RFC 3463 code, or ""
    reply_code: str  # RFC 5321 reply, or ""
    reason: str  # see docs/bounces.md
    kind: BounceKind
    hard: bool
    confidence: float  # 0 to 1
    original: str = ""
    action: str = ""

    @property
    def suppresses(self) -> bool:
        """Whether the address is given up at once. A dead one of which we are not sure is only counted."""
        return self.hard and self.confidence >= SURE


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

    @property
    def delivery_id(self) -> int | None:
        return None if self.delivery is None else self.delivery.number

    @property
    def understood(self) -> bool:
        return self.is_bounce or self.is_complaint or self.is_auto_reply or bool(self.recipients)
