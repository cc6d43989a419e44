"""Conversations that readers ask for, and what became of each."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from funnel.db import Base, Encrypted, Key
from funnel.models.named import NamedInTokens

SESSIONS_BEGIN = "sessions/"
"""How the name of a session begins that was asked for on the practice's site; behind it stands its slug."""


class BookingAct(StrEnum):
    """What somebody did about a conversation. All but the first belong to a row that was `asked`."""

    ASKED = "asked"
    ADDED = "added"  # she wrote more
    OTHER_TIME = "other_time"  # she asks for another time
    AGREED = "agreed"  # the practice wrote down the time
    CANCELLED = "cancelled"
    KEPT = "kept"  # she took her cancelling back


class BookingRequest(NamedInTokens, Base):
    """One thing that was done about a conversation, and what the reader wrote with it: for the practice only.

    The row that was `asked` is the booking itself: it says how things stand, and links name it.
    """

    __tablename__ = "booking_request"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"), index=True)  # all that one person asked for
    delivery_id: Mapped[int | None] = mapped_column(ForeignKey("delivery.id"))  # the mail it came from
    act: Mapped[str] = mapped_column(String(16), default=BookingAct.ASKED)
    # Which booking it is about; None: it is one. Not a foreign key: the rows of one person go together or not at all.
    booking_id: Mapped[int | None] = mapped_column(Key, index=True)
    # Of the booking in practice.toml, or of the session in sessions.toml with SESSIONS_BEGIN before it.
    name: Mapped[str] = mapped_column(String(80), default="")
    title: Mapped[str] = mapped_column(String(200), default="")  # as it was called then
    minutes: Mapped[int] = mapped_column(default=0)  # how long it was to last then; 0 where nobody noted it
    words: Mapped[str] = mapped_column(Encrypted, default="")
    phone: Mapped[str] = mapped_column(Encrypted, default="")
    good_time: Mapped[str] = mapped_column(Encrypted, default="")
    typed_name: Mapped[str] = mapped_column(Encrypted, default="")  # of who asked for a session
    source: Mapped[str] = mapped_column(
        String(140), default=""
    )  # the page or lesson from which a session was asked for
    at: Mapped[datetime]
    starts_at: Mapped[datetime | None]  # the time agreed on: now, or of what was done below a booking, then
    cancelled_at: Mapped[datetime | None]  # of a booking
    answered_at: Mapped[datetime | None]  # of a booking: the practice has answered what she said last

    @property
    def is_session(self) -> bool:
        """Whether it was asked for on the practice's site: whoever typed the address need not be its owner."""
        return self.name.startswith(SESSIONS_BEGIN)
