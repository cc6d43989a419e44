"""The engines of SQLite and PostgreSQL, and how each of their connections is set up."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, create_engine, event, make_url

if TYPE_CHECKING:
    from funnel.db.overlap_connection import OverlapConnection

_BUSY_SECONDS = 30


def new_engine(url: str) -> Engine:
    """The engine of a database, each connection of which is set up as we need it. Connects to nothing yet."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        engine = create_engine(
            parsed,
            pool_pre_ping=True,
            hide_parameters=True,
            pool_size=5,
            max_overflow=10,
            connect_args={"connect_timeout": 10},
        )
        event.listen(engine, "do_connect", _connect_to_postgres)
        event.listen(engine, "connect", _on_postgres_connect)
        return engine
    if parsed.database and parsed.database != ":memory:":
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(parsed, connect_args={"timeout": _BUSY_SECONDS}, hide_parameters=True)
    event.listen(engine, "connect", _on_sqlite_connect)
    event.listen(engine, "begin", _on_sqlite_begin)
    return engine


def _connect_to_postgres(
    _dialect: object, _record: object, args: Sequence[Any], options: dict[str, Any]
) -> OverlapConnection:
    # psycopg is loaded only where PostgreSQL is used: with SQLite every process starts the sooner.
    from funnel.db.overlap_connection import OverlapConnection

    return OverlapConnection.connect(*args, **options)


def _on_postgres_connect(connection: Any, _record: object) -> None:
    # A generic plan cannot use an index on the rows in one state; after a few uses PostgreSQL would switch to one.
    connection.execute("SET plan_cache_mode = force_custom_plan")
    connection.commit()


def _on_sqlite_connect(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    for pragma in (
        "journal_mode=WAL",
        "foreign_keys=ON",
        "synchronous=FULL",
        f"busy_timeout={_BUSY_SECONDS * 1000}",
        # What is deleted or changed is overwritten at once: what was left behind once, no later erasure would find.
        "secure_delete=ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _on_sqlite_begin(connection: Any) -> None:
    reads = connection.get_execution_options().get("funnel_reads")
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")
