"""That a reader asked for another address: by whom it is confirmed, and how it is undone."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from funnel.db import Base, Key
from funnel.models.named import NamedInTokens


class AddressChange(NamedInTokens, Base):
    """One change of address. Once it cannot be undone any more, of the old one only its keyed digest is kept.

    `old_digest` is set when it is confirmed, with `old_email`; by it an erasure also finds her in an older backup.
    """

    __tablename__ = "address_change"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"), index=True)  # what of hers happened when?
    new_email: Mapped[str] = mapped_column(String(254))
    old_email: Mapped[str] = mapped_column(String(254), default="")
    new_digest: Mapped[str] = mapped_column(String(64))
    old_digest: Mapped[str] = mapped_column(String(64), default="")
    asked_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]  # it was never confirmed, and cannot be any more
