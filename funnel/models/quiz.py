"""The result of a quiz, of who asked us to keep it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from funnel.db import Base, Encrypted, Key


class QuizResult(Base):
    """A word that answers came to, and until when it is kept. The answers themselves are in no table.

    It counts once its owner has confirmed the asking it came with, until a newer one does. A mail that it was told in
    names this row, and never the word: without the row the mail is made again as for anybody.
    """

    __tablename__ = "quiz_result"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"), index=True)  # what lessons may say to these readers
    asking_id: Mapped[int] = mapped_column(Key, index=True)  # the consent of kind asked; it may be gone
    offer: Mapped[str] = mapped_column(String(64))
    result: Mapped[str] = mapped_column(Encrypted)
    at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    replaced_at: Mapped[datetime | None]
    until: Mapped[datetime] = mapped_column(index=True)  # story time; the sweep takes what is older
