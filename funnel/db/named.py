"""Reading the row that a token names."""

from __future__ import annotations

from typing import Protocol, TypeVar

from sqlalchemy.orm import Session

from funnel.links import RowRef


class _Named(Protocol):
    nonce: str | None


T = TypeVar("T", bound=_Named)


def find(session: Session, model: type[T], ref: RowRef | None) -> T | None:
    """The row, or None where it is gone or its number is another row's by now, as after a backup was restored."""
    row = None if ref is None else session.get(model, ref.number)
    return row if row is not None and ref is not None and row.nonce == ref.nonce else None
