"""What came back about a mail or a reader. Kept raw enough to be classified again, and never stored twice."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from funnel.db import Base, Encrypted, Key
from funnel.models.indexes import partial_index


class EventKind(StrEnum):
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    OPENED = "opened"
    CLICKED = "clicked"
    UNSUBSCRIBED = "unsubscribed"
    WATCHED = "watched"
    BOOKED = "booked"
    DOWNLOADED = "downloaded"
    CHOSE = "chose"  # pressed a button on the preferences page
    READ = "read"  # went on from one page of ours to another
    REPLIED = "replied"  # answered a mail of ours in her own words


class Actor(StrEnum):
    HUMAN = "human"
    MACHINE = "machine"
    UNKNOWN = "unknown"


class Event(Base):
    """One thing that came back about one delivery or lead."""

    __tablename__ = "event"
    __table_args__ = (
        Index("ix_event_delivery", "delivery_id", "kind"),
        # The brake: which mails came back lately? Nearly all events are opens and clicks.
        partial_index("ix_event_bounced", "at", where="kind = 'bounced'"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    key: Mapped[str] = mapped_column(String(80), unique=True)  # an event seen before changes nothing
    kind: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime] = mapped_column(index=True)  # `funnel classify --since`
    delivery_id: Mapped[int | None] = mapped_column(ForeignKey("delivery.id"))
    lead_id: Mapped[int | None] = mapped_column(ForeignKey("lead.id"), index=True)  # the ledger of one reader
    link: Mapped[int | None]  # number in the published lesson's link table
    actor: Mapped[str] = mapped_column(String(8), default=Actor.UNKNOWN)
    reasons: Mapped[list[str]] = mapped_column(default=list)
    raw: Mapped[dict[str, Any]] = mapped_column(default=dict)  # method, network, user agent, telling headers


class WrittenBack(Base):
    """What a reader wrote when she answered a mail of ours, where the practice chooses to keep it. For it only."""

    __tablename__ = "written_back"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"), index=True)  # all that one person wrote
    delivery_id: Mapped[int | None] = mapped_column(ForeignKey("delivery.id"))  # the mail she answered
    words: Mapped[str] = mapped_column(Encrypted, default="")
    at: Mapped[datetime]
