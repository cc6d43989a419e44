"""Indexes of some rows only."""

from __future__ import annotations

from sqlalchemy import Index, text


def partial_index(name: str, *columns: str, where: str) -> Index:
    """An index of the rows for which `where` holds, on either database."""
    return Index(name, *columns, postgresql_where=text(where), sqlite_where=text(where))
