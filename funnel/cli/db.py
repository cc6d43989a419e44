"""`funnel db`: the schema."""

from __future__ import annotations

from pathlib import Path

import click

from funnel.cli.support.options import settings_with
from funnel.clock import open_clock
from funnel.db import Database
from funnel.editions.files import FileStore
from funnel.migrations import pending, upgrade
from funnel.publishing.practice_editions import adopt_practice, is_from_before
from funnel.wiring import data_keys, media_folder, serving_library


@click.group(epilog="Example: funnel db upgrade")
def command() -> None:
    """Prepare the database."""


@command.command("upgrade", epilog="Example: FUNNEL_DATABASE_URL=postgresql://funnel@10.0.0.5/funnel funnel db upgrade")
@click.option("--data-dir", type=click.Path(path_type=Path, file_okay=False), metavar="DIR", help="What is kept.")
def upgrade_command(data_dir: Path | None) -> None:
    """Bring the database to what this version needs; harmless when it is there already. 'funnel up' does it itself."""
    settings = settings_with(data_dir=data_dir)
    database = Database(settings.database, data_keys(settings))
    try:
        needed = pending(database)
        upgrade(database)
        if is_from_before(database):
            # Until now every process read the practice from its folder; readers continue to see what they saw.
            files = FileStore(database, media_folder(settings))
            now = open_clock(settings.time_lapse, settings.data_dir).now()
            adopt_practice(database, files, serving_library(settings), now)
    finally:
        database.close()
    click.echo("The database has been prepared." if needed else "The database needs nothing.")
