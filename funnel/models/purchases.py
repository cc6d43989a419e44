"""Who bought what, as the practice noted it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from funnel.db import Base, Key


class Purchase(Base):
    """One purchase of one offer. The checkout is the practice's own: no amount, name or card is kept here."""

    __tablename__ = "purchase"
    # One order is one purchase, however often it is noted; NULLs are never alike.
    __table_args__ = (UniqueConstraint("offer", "order_ref"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"), index=True)
    offer: Mapped[str] = mapped_column(String(64))
    order_ref: Mapped[str | None] = mapped_column(String(100))  # the checkout's own number; None where none was given
    bought_at: Mapped[datetime]
    noted_at: Mapped[datetime]
    noted_by: Mapped[str] = mapped_column(String(254))
    refunded_at: Mapped[datetime | None]
    refunded_by: Mapped[str] = mapped_column(String(254), default="")
