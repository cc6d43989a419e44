"""What the practice did, by whom: never a reader's words, only her number."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from funnel.db import Base, Key


class AuditEntry(Base):
    """One change. `at` is machine time; no actor means the command line."""

    __tablename__ = "audit_entry"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    at: Mapped[datetime]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("admin_user.id"))
    what: Mapped[str] = mapped_column(String(64))  # a dashboard button's endpoint, or a command
    about_kind: Mapped[str] = mapped_column(String(16), default="")  # lead, booking, user, or nothing
    about_id: Mapped[int | None] = mapped_column(BigInteger)
    before: Mapped[dict[str, Any]] = mapped_column(default=dict)
    after: Mapped[dict[str, Any]] = mapped_column(default=dict)
