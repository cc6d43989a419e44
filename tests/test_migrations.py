"""The schema that migrations make is the schema of the models, on both databases."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from funnel.db import Database
from funnel.migrations import pending, upgrade
from funnel.models import Base


def test_migrations_make_exactly_what_the_models_say(database: Database) -> None:
    with database.engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), Base.metadata)
    assert differences == []


def test_a_migrated_database_can_be_migrated_again(database: Database) -> None:
    assert not pending(database)
    upgrade(database)
    assert not pending(database)


def test_an_empty_database_has_everything_pending() -> None:
    empty = Database("sqlite://")
    assert pending(empty)
    empty.close()


def test_a_delivery_has_room_beside_it_on_postgresql(database: Database) -> None:
    if database.is_sqlite:
        pytest.skip("SQLite writes a row where it is")
    options = database.ask(text("SELECT reloptions FROM pg_class WHERE relname = 'delivery'"), {})
    assert options.reloptions == ["fillfactor=70"]
    wanted = Base.metadata.tables["delivery"].dialect_options["postgresql"]["with"]
    assert wanted == {"fillfactor": 70}
