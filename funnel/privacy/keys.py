"""A new key for the encrypted columns: everything is encrypted anew with it, then the old one goes."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Table, Text, bindparam, select, text, type_coerce, update

from funnel.data_keys import DataKeys, UnreadableText, fresh_data_key
from funnel.db import Database, Encrypted
from funnel.models import Base

BATCH = 500  # rows in one transaction
_PATIENCE = 60.0  # seconds for transactions that began before
_WRITERS = text(
    "SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
    "AND backend_xid IS NOT NULL AND xact_start < :began"
)


class RotationError(Exception):
    """A sentence that says what stands in the way; to be run again."""


@dataclass
class Rotated:
    """How many fields were encrypted anew, how many no key opens, and how many old keys are gone."""

    fields: int = 0
    unreadable: int = 0
    dropped: int = 0


def rotate(database: Database) -> Rotated:
    """1. Puts a new key before the old one. 2. Encrypts what the old one opens anew. 3. Takes the old one away.

    Of keys that are given in a setting it does the second only. May be killed at any moment and run again: it goes on
    with the new key it has. Running processes see each change of the file. Raises RotationError, DataKeyError, OSError.
    """
    keys = database.keys
    if keys is None:
        raise RotationError("This database was opened without the keys of its encrypted columns")
    with _alone(keys.file):
        if not keys.is_given:
            before = keys.newest_first()
            if not before:
                return Rotated()
            if len(before) == 1:
                keys.replace([fresh_data_key(), *before])
        _wait_for_writers(database)
        done = Rotated()
        while changed := sum(_encrypt_anew(database, keys, table, columns) for table, columns in encrypted_columns()):
            done.fields += changed
        done.unreadable = sum(_unreadable(database, keys, table, columns) for table, columns in encrypted_columns())
        if not keys.is_given:
            newest, *old = keys.newest_first()
            keys.replace([newest])
            done.dropped = len(old)
    return done


def encrypted_columns() -> Iterator[tuple[Table, list[Column[str]]]]:
    """Each table that has some, from the schema, so that none is forgotten."""
    for table in Base.metadata.sorted_tables:
        columns = [column for column in table.columns if isinstance(column.type, Encrypted)]
        if columns:
            yield table, columns


def _encrypt_anew(database: Database, keys: DataKeys, table: Table, columns: list[Column[str]]) -> int:
    """How many fields were changed. A field that somebody else changes meanwhile is left to them."""
    changed = 0
    for rows in _batches(database, table, columns):
        with database.write() as session:
            for row in rows:
                for column in columns:
                    token = row[column.name]
                    if not token or keys.is_newest(token):
                        continue
                    plain = keys.decrypt(token)
                    if isinstance(plain, UnreadableText):
                        continue
                    as_it_lies = type_coerce(column, Text)
                    statement = update(table).where(
                        table.c.id == row["id"], as_it_lies == bindparam("token", type_=Text)
                    )
                    connection = session.connection()
                    changed += connection.execute(statement.values({column.name: plain}), {"token": token}).rowcount
    return changed


def _unreadable(database: Database, keys: DataKeys, table: Table, columns: list[Column[str]]) -> int:
    return sum(
        isinstance(keys.decrypt(row[column.name]), UnreadableText)
        for rows in _batches(database, table, columns)
        for row in rows
        for column in columns
        if row[column.name]
    )


def _batches(database: Database, table: Table, columns: list[Column[str]]) -> Iterator[list[dict[str, Any]]]:
    """The rows as they lie in the database, in the order of their ids."""
    last = 0
    asked = select(table.c.id, *(type_coerce(column, Text).label(column.name) for column in columns))
    while True:
        with database.read() as session:
            following = asked.where(table.c.id > last).order_by(table.c.id).limit(BATCH)
            rows = [dict(row) for row in session.execute(following).mappings()]
        if not rows:
            return
        yield rows
        last = rows[-1]["id"]


def _wait_for_writers(database: Database) -> None:
    """Whoever encrypted before the new key was there has committed when this comes back."""
    if database.is_sqlite:
        with database.write() as session:  # of which there is one at a time
            session.execute(text("SELECT 1"))
        return
    began = database.ask(text("SELECT clock_timestamp() AS now"), {}).now
    deadline = time.monotonic() + _PATIENCE
    while database.ask(_WRITERS, {"began": began}).n:
        if time.monotonic() > deadline:
            raise RotationError(
                "A transaction in the database has been open for a minute: run this again when it ended"
            )
        time.sleep(0.1)


@contextmanager
def _alone(file: Path) -> Iterator[None]:
    """One at a time on this machine: of two new keys at once, one would be lost."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(file.with_name(f"{file.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise RotationError("The key is being changed already") from None
    finally:
        os.close(handle)
