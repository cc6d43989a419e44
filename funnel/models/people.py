"""Who signed up, and the evidence that they agreed."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from funnel.db import Base, Key
from funnel.models.indexes import partial_index
from funnel.models.named import NamedInTokens


class LeadState(StrEnum):
    GUEST = "guest"  # asked for a session, and is on no list
    ASKED = "asked"  # signed up, has not pressed the button
    CONFIRMED = "confirmed"
    LEFT = "left"  # withdrew consent
    ERASED = "erased"


class Lead(Base):
    """A person who signed up, bought something, or asked for a session. One address, one lead."""

    __tablename__ = "lead"
    # The clock, every minute: who is to be erased now?
    __table_args__ = (partial_index("ix_lead_erase_at", "erase_at", where="erase_at IS NOT NULL"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    email: Mapped[str] = mapped_column(String(254))  # as typed: some mailboxes are case-sensitive
    email_key: Mapped[str] = mapped_column(String(254), unique=True)  # normalised, for comparing
    first_name: Mapped[str] = mapped_column(String(80), default="")
    zone: Mapped[str | None] = mapped_column(String(64))  # IANA; None: the practice's
    language: Mapped[str | None] = mapped_column(String(35))  # BCP 47; None: the practice's
    state: Mapped[str] = mapped_column(String(16), default=LeadState.ASKED)
    tracking: Mapped[str | None] = mapped_column(String(8))  # none, clicks, full; None: the practice's default
    discreet: Mapped[bool] = mapped_column(default=False)
    slower: Mapped[bool] = mapped_column(default=False)
    paused_until: Mapped[datetime | None]
    erase_at: Mapped[datetime | None]  # when she asked to be erased, unless she takes it back
    quiet_days: Mapped[list[str]] = mapped_column(default=list)  # ISO dates on which the reader wants no lesson
    tags: Mapped[list[str]] = mapped_column(default=list)
    watched: Mapped[int] = mapped_column(default=0)  # quarters of the training, 0 to 4
    booked_at: Mapped[datetime | None]
    replied_at: Mapped[datetime | None]  # first answered a mail of ours
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]


class ConsentKind(StrEnum):
    ASKED = "asked"
    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"
    TRACKING = "tracking"
    ENDED = "ended"  # what she had agreed to was given back: it counts no more for `sequences`


class Consent(Base):
    """Append-only evidence (GDPR article 7): what was shown and what was done, when, from where."""

    __tablename__ = "consent"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    offer: Mapped[str | None] = mapped_column(String(64))
    text: Mapped[str] = mapped_column(Text, default="")  # exactly what stood beside the box
    at: Mapped[datetime]
    origin: Mapped[str] = mapped_column(String(64), default="")  # network part of the address only
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
    sequences: Mapped[list[str]] = mapped_column(default=list)  # what the text says will be sent, by slug


class SignupPlace(StrEnum):
    """Where a sign-up was sent from."""

    PAGE = "page"  # our own
    FRAME = "frame"  # our page in a frame of another site
    SCRIPT = "script"  # a form that our script put into a page of another site
    PROGRAM = "program"
    PURCHASE = "purchase"


class Signup(NamedInTokens, Base):
    """One lead's way through one offer. The times are the stages of the funnel, each set once."""

    __tablename__ = "signup"
    __table_args__ = (
        UniqueConstraint("lead_id", "offer"),
        # The clock, every few seconds: who has not confirmed for two days and was not reminded?
        partial_index("ix_signup_unconfirmed", "asked_at", where="confirmed_at IS NULL AND reminded_at IS NULL"),
        # The dashboard: who was reminded, and confirmed then?
        partial_index("ix_signup_reminded", "reminded_at", where="reminded_at IS NOT NULL"),
        # The dashboard: who is behind a number of the funnel?
        Index("ix_signup_cohort", "offer", "day"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"))
    offer: Mapped[str] = mapped_column(String(64))
    utm: Mapped[dict[str, Any]] = mapped_column(default=dict)
    day: Mapped[date]  # of created_at, on the practice's wall: the cohort in which it is counted, for good
    # What else it is counted by; None: not known, or known no longer.
    source: Mapped[str | None] = mapped_column(String(100))  # "": nothing says where she came from
    language: Mapped[str | None] = mapped_column(String(35))  # of the page
    place: Mapped[str | None] = mapped_column(String(16))  # a SignupPlace
    created_at: Mapped[datetime]
    asked_at: Mapped[datetime]  # when the confirmation was last asked for; a repeat within minutes sends none
    reminded_at: Mapped[datetime | None]  # when the one reminder was made
    typed_name: Mapped[str] = mapped_column(String(80), default="")  # until she has confirmed, then it is the lead's
    typed_zone: Mapped[str | None] = mapped_column(String(64))
    typed_language: Mapped[str | None] = mapped_column(String(35))  # that of the sign-up's page
    confirmed_at: Mapped[datetime | None]
    received_at: Mapped[datetime | None]  # the reader's mailbox accepted what was promised
    under_way_at: Mapped[datetime | None]  # the first lesson of the course was accepted
    finished_at: Mapped[datetime | None]
    booked_at: Mapped[datetime | None]
    downloads: Mapped[int] = mapped_column(default=0)


class SuppressionReason(StrEnum):
    BOUNCED = "bounced"
    PROVIDER_LIST = "provider_list"  # the provider has it on its own suppression list
    COMPLAINED = "complained"
    ERASED = "erased"
    BY_HAND = "by_hand"


class Suppression(Base):
    """An address that is never mailed. Kept as a digest, so that erasing a person does not forget it."""

    __tablename__ = "suppression"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    reason: Mapped[str] = mapped_column(String(16))
    note: Mapped[str] = mapped_column(String(500), default="")
    at: Mapped[datetime]
