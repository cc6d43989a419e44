"""Rows that tokens name."""

from __future__ import annotations

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from funnel.links import RowRef, new_nonce


class NamedInTokens:
    """A row that links and Message-IDs name. The nonce is None for rows from before there were nonces."""

    id: Mapped[int]
    nonce: Mapped[str | None] = mapped_column(String(8), default=new_nonce)

    @property
    def ref(self) -> RowRef:
        return RowRef(self.id, self.nonce)
