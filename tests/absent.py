"""Takes tables away for a while, as if the database could not answer; they are back afterwards, whatever happened."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import text

from funnel.db import Database


@contextmanager
def without_tables(database: Database, *tables: str) -> Iterator[None]:
    """PostgreSQL's database is the same for all tests, so that none may keep what it took."""
    with database.write() as session:
        for table in tables:
            session.execute(text(f"ALTER TABLE {table} RENAME TO away_{table}"))
    try:
        yield
    finally:
        with database.write() as session:
            for table in tables:
                session.execute(text(f"ALTER TABLE away_{table} RENAME TO {table}"))
