"""What providers sent, as it came in."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from funnel.db import Base, Key


class HookState(StrEnum):
    NEW = "new"
    DONE = "done"
    FAILED = "failed"  # verified, but not understood: `error` says why, and it can be processed again


class HookBody(Base):
    """One verified request of a provider, as it came in: stored, answered, and only then processed."""

    __tablename__ = "hook_body"
    __table_args__ = (
        # The clock: which were stored and never processed?
        Index("ix_hook_body_new", "id", postgresql_where=text("state = 'new'"), sqlite_where=text("state = 'new'")),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    adapter: Mapped[str] = mapped_column(String(32))
    received_at: Mapped[datetime]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    headers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    state: Mapped[str] = mapped_column(String(8), default=HookState.NEW)
    error: Mapped[str] = mapped_column(String(500), default="")
    queued_until: Mapped[datetime | None]  # machine time until which its id counts as being on the queue
