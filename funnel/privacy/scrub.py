"""What a database leaves behind of rows that were deleted or changed, so that no statement shows it any more.

SQLite overwrites at once (`secure_delete`), but for its write-ahead log, which is emptied here. PostgreSQL keeps the
old row until it is vacuumed, and values of columns as its planner's statistics (`pg_stats`) until these are made anew.
What its own log (WAL), free space in its files and backups hold goes with their age: docs/privacy.md says so.
"""

from __future__ import annotations

import time

from sqlalchemy import Connection, text

from funnel.db import Database
from funnel.privacy.decisions import TABLES, OnErasure

_PATIENCE = 2.0  # seconds for who is reading; the clock asks again
_LOCK = 0x66756E6E  # of one scrub at a time, among PostgreSQL's advisory locks
# A row that an older transaction may still look at is not vacuumed.
_OLDER = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
    "AND backend_xmin IS NOT NULL AND xact_start < :began"
)


def scrub(database: Database) -> bool:
    """True once nothing is left behind; False where others read just now, so that it has to be done again.

    Not inside a transaction. On PostgreSQL it takes as long as the tables are large.
    """
    if database.is_sqlite:
        return _empty_log(database)
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if not connection.scalar(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": _LOCK}):
            return False
        try:
            return _vacuum(connection)
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": _LOCK})


def _empty_log(database: Database) -> bool:
    with database.engine.connect() as connection:
        raw = connection.connection.dbapi_connection  # without a transaction, in which nothing is written back
        if raw is None:
            return False
        cursor = raw.cursor()
        (usual,) = cursor.execute("PRAGMA busy_timeout").fetchone()
        # While it waits for readers nobody can write.
        cursor.execute(f"PRAGMA busy_timeout={int(_PATIENCE * 1000)}")
        try:
            busy, *_ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        finally:
            cursor.execute(f"PRAGMA busy_timeout={usual}")
        return not busy


def _vacuum(connection: Connection) -> bool:
    began = connection.scalar(text("SELECT clock_timestamp()"))
    deadline = time.monotonic() + _PATIENCE
    while connection.scalar(_OLDER, {"began": began}):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    for name, table in TABLES.items():
        if table.rows is not OnErasure.NOBODYS:
            connection.execute(text(f'VACUUM (ANALYZE) "{name}"'))
    # The statistics of before are rows as well. A user that may not is only warned.
    connection.execute(text("VACUUM pg_catalog.pg_statistic"))
    return True
