"""What a database leaves behind of rows that were deleted or changed, so that nothing can be read from its files.

SQLite overwrites at once (`secure_delete`), but for its write-ahead log, which is emptied here. PostgreSQL keeps the
old row until it is vacuumed; what its own log (WAL) and backups hold goes with their age.
"""

from __future__ import annotations

from sqlalchemy import text

from funnel.db import Database
from funnel.privacy.decisions import TABLES, OnErasure


def scrub(database: Database) -> bool:
    """True once nothing is left behind; False where readers of SQLite kept its log from being emptied just now.

    Not inside a transaction. On PostgreSQL it takes as long as the tables are large.
    """
    if database.is_sqlite:
        with database.engine.connect() as connection:
            raw = connection.connection.dbapi_connection  # without a transaction, in which nothing is written back
            if raw is None:
                return False
            busy, *_ = raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            return not busy
    touched = [name for name, table in TABLES.items() if table.rows is not OnErasure.NOBODYS]
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for name in touched:
            connection.execute(text(f'VACUUM "{name}"'))
    return True
