"""The schema that migrations make is the schema of the models, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import select, text

from funnel.db import Database
from funnel.migrations import _config, pending, upgrade
from funnel.models import Base, Consent, ConsentKind, Lead, SequenceState
from funnel.people.agreements import agreed_to
from funnel.people.consent import record_consent


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


def test_who_signed_up_before_keeps_what_was_promised(database: Database) -> None:
    """What followed an offer began by itself until then, and stood in the text that was agreed to."""
    now = datetime(2027, 1, 4, 9, tzinfo=UTC)
    with database.write() as session:
        lead = Lead(email="ada@example.org", email_key="ada@example.org", created_at=now)
        session.add(lead)
        session.flush()
        for kind, offer in (
            (ConsentKind.ASKED, "ebook"),
            (ConsentKind.CONFIRMED, "ebook"),
            (ConsentKind.TRACKING, "ebook"),
            (ConsentKind.CONFIRMED, "gone"),
        ):
            record_consent(session, lead.id, kind, now, offer=offer, text="what stood there")
    with database.engine.begin() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.downgrade(config, "0020")
    upgrade(database)
    promised = ["anxious-attachment", "ebook-welcome"]
    with database.read() as session:
        kept = session.execute(select(Consent.kind, Consent.sequences).order_by(Consent.id)).all()
        assert [tuple(row) for row in kept] == [
            ("asked", promised),
            ("confirmed", promised),
            ("tracking", []),
            ("confirmed", []),
        ]
        assert agreed_to(session, lead.id) == frozenset(promised)
        assert set(session.scalars(select(Consent.text))) == {"what stood there"}
        assert all(names == [] for names in session.scalars(select(SequenceState.earlier_names)))
