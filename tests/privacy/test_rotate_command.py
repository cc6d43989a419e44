"""`funnel privacy rotate-key`, and how a database of before is encrypted when it is upgraded."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import insert

from funnel.data_keys import DataKeys, fresh_data_key
from funnel.db import Database
from funnel.migrations import _config, upgrade
from funnel.models import BookingRequest
from funnel.wiring import Service
from tests.cli.here import command_here
from tests.journey.steps import ask
from tests.privacy.test_keys import as_it_lies, words
from tests.web.conftest import on_one_database


def asked(service: Service) -> None:
    """Ada asked for a conversation."""
    ask(service, "ada@example.org")
    with service.db.write() as session:
        values = {"words": "I sleep badly", "phone": "", "good_time": "", "at": service.clock.now()}
        session.execute(insert(BookingRequest).values(lead_id=1, **values))


def test_an_upgrade_encrypts_what_an_older_database_holds(service: Service, database_url: str) -> None:
    asked(service)
    config = _config()
    try:
        with service.db.engine.begin() as connection:
            config.attributes["connection"] = connection
            command.downgrade(config, "0013")
        assert as_it_lies(service.db)[0] == "I sleep badly"
    finally:
        upgrade(service.db)
    assert as_it_lies(service.db)[0].startswith("gAAAA")
    assert words(service.db) == ["I sleep badly"]


@on_one_database
@pytest.mark.parametrize("given", [False, True])
def test_the_command_says_what_it_did(given: bool, service: Service, database_url: str, tmp_path: Path) -> None:
    file = tmp_path / "data.key"
    variables = {"FUNNEL_DATA_DIR": str(tmp_path), "FUNNEL_DATABASE_URL": database_url, "FUNNEL_SECRET_KEY": "k" * 40}
    nothing = command_here("privacy", "rotate-key", **variables)
    assert nothing.stdout == "Nothing is encrypted yet, so there is no key to change.\n"
    asked(service)
    old = file.read_text().strip()
    if given:
        variables["FUNNEL_DATA_KEY"] = f"{fresh_data_key()},{old}"

    done = command_here("privacy", "rotate-key", **variables)

    assert "Fields encrypted with the newest key: 1." in done.stdout
    assert ("taken out of FUNNEL_DATA_KEY now" in done.stdout) is given
    assert (file.read_text().strip() == old) is given
    opened = Database(database_url, DataKeys(file, variables.get("FUNNEL_DATA_KEY", "").partition(",")[0]))
    assert words(opened) == ["I sleep badly"]
    opened.close()
