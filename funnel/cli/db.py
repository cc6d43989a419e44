"""`funnel db`: the schema."""

from __future__ import annotations

from pathlib import Path

import click

from funnel.cli.options import settings_with
from funnel.db import Database
from funnel.migrations import pending, upgrade


@click.group(epilog="Example: funnel db upgrade")
def command() -> None:
    """Prepare the database."""


@command.command("upgrade", epilog="Example: FUNNEL_DATABASE_URL=postgresql://funnel@10.0.0.5/funnel funnel db upgrade")
@click.option("--data-dir", type=click.Path(path_type=Path, file_okay=False), metavar="DIR", help="What is kept.")
def upgrade_command(data_dir: Path | None) -> None:
    """Bring the database to what this version needs; harmless when it is there already. 'funnel up' does it itself."""
    database = Database(settings_with(data_dir=data_dir).database)
    try:
        needed = pending(database)
        upgrade(database)
    finally:
        database.close()
    click.echo("The database has been prepared." if needed else "The database needs nothing.")
