"""What a reader says when she asks for a conversation, and what becomes of what she does."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from funnel.compose.unseen import seen
from funnel.curriculum import Booking
from funnel.links import RowRef


@dataclass(frozen=True, slots=True)
class BookingText:
    """What a reader leaves when she asks for a conversation: each may be empty, and is cut at its length."""

    words: str = ""
    phone: str = ""
    good_time: str = ""

    def cleaned(self) -> BookingText:
        """Without what cannot be seen; `words` keep their line breaks."""
        lines = [_seen(line) for line in self.words.splitlines()]
        return BookingText("\n".join(lines).strip()[:2000], _seen(self.phone)[:40], _seen(self.good_time)[:200])


@dataclass(frozen=True, slots=True)
class WantedConversation:
    """Which conversation is asked for (None: any), and what its reader says beside that."""

    booking: Booking | None = None
    said: BookingText = BookingText()

    @property
    def key(self) -> str:
        """The name it has in practice.toml, or ""."""
        return self.booking.key if self.booking else ""

    @property
    def title(self) -> str:
        return self.booking.title if self.booking else ""


@dataclass(frozen=True, slots=True)
class Booked:
    """A conversation that is noted. `ref` only where this press made it, and `mailed` where she is told by mail."""

    ref: RowRef | None = None
    mailed: bool = False


class BookingChange(StrEnum):
    """What became of a press on the page of a booking."""

    DONE = "done"
    ALREADY = "already"  # it was so before
    TOO_LATE = "too-late"
    TOO_MANY = "too-many"  # for a day
    GONE = "gone"


def _seen(text: str) -> str:
    """On one line, without what is not seen."""
    return " ".join(seen(text).split())
