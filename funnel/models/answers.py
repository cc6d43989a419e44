"""What somebody answered to the questions of an offer."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from funnel.db import Base, Encrypted, Key


class GivenAnswer(Base):
    """One answer. It counts once its owner has confirmed the asking it came with, until a newer one does.

    It lies in one of two columns as JSON: in `sealed` where it is sensitive, or in somebody's own words.
    """

    __tablename__ = "given_answer"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"), index=True)  # what lessons may say to these readers
    asking_id: Mapped[int] = mapped_column(Key, index=True)  # the consent of kind asked; 0: said in her own room
    offer: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(32))
    plain: Mapped[str | None] = mapped_column(Text)
    sealed: Mapped[str | None] = mapped_column(Encrypted)
    at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    replaced_at: Mapped[datetime | None]
