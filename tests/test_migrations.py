"""The schema that migrations make is the schema of the models, on both databases."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from funnel.db import Database
from funnel.migrations import pending, upgrade
from funnel.models import Base


def test_migrations_make_exactly_what_the_models_say(database: Database) -> None:
    with database.engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), Base.metadata)
    assert differences == []


def test_a_migrated_database_has_nothing_pending_and_migrating_again_is_harmless(database: Database) -> None:
    assert not pending(database)
    upgrade(database)
    assert not pending(database)


def test_an_empty_database_has_everything_pending() -> None:
    empty = Database("sqlite://")
    assert pending(empty)
    empty.close()
