"""Alembic, driven from the code, so that no `alembic.ini` has to be found."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from funnel.db import Database

_LOCK = 7_305_112  # any fixed number: two processes that start at once migrate one after the other


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).resolve().parent))
    return config


def upgrade(database: Database) -> None:
    """Brings the database to the newest schema, in one transaction; harmless when it is there already."""
    config = _config()
    with database.engine.begin() as connection:
        if not database.is_sqlite:
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def pending(database: Database) -> bool:
    """Whether the schema is older than this code."""
    with database.engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    return current != ScriptDirectory.from_config(_config()).get_current_head()
