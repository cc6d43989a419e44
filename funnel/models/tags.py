"""When which word was put on a lead, and by whom."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from funnel.db import Base, Key


class Tagging(Base):
    """One stretch of time in which a lead had a tag. What she has now is in `lead.tags` too, where conditions ask."""

    __tablename__ = "tagging"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    lead_id: Mapped[int] = mapped_column(ForeignKey("lead.id"), index=True)
    name: Mapped[str] = mapped_column(String(60))
    at: Mapped[datetime]
    put_by: Mapped[str] = mapped_column(String(254))  # who of the practice
    taken_at: Mapped[datetime | None]
    taken_by: Mapped[str] = mapped_column(String(254), default="")
