"""That a reader was erased: no address, only its keyed digest and a date."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from funnel.db import Base, Key


class Erasure(Base):
    """The proof that an erasure was done, and what of it is still to be done: `privacy.finish`.

    `at` is when it was asked for, story time. It stays when the same person signs up again, unlike the suppression.
    """

    __tablename__ = "erasure"
    __table_args__ = (
        # The clock, every minute: of which is something left?
        Index(
            "ix_erasure_unfinished",
            "id",
            postgresql_where=text("finished_at IS NULL"),
            sqlite_where=text("finished_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), index=True)  # `Links.address_digest`: reapplying asks for it
    at: Mapped[datetime]
    in_flight: Mapped[list[str]] = mapped_column(default=list)  # numbers of her mails that a worker was handing over
    finished_at: Mapped[datetime | None]
