"""An INSERT that may meet a row that is there already, on either database."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session


def insert(session: Session, model: type[Any]) -> postgresql.Insert | sqlite.Insert:
    """The INSERT into this model's table for the database the session talks to."""
    return insert_on(session.get_bind().dialect.name, model)


def insert_on(dialect: str, model: type[Any] | Table) -> postgresql.Insert | sqlite.Insert:
    """The same for a dialect by its name, where the statement outlives the session."""
    return postgresql.insert(model) if dialect == "postgresql" else sqlite.insert(model)
