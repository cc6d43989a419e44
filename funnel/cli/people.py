"""`funnel people`: everybody who signed up, to be taken elsewhere."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import click

from funnel.cli.plan import data_dir_option
from funnel.cli.support.loading import open_service
from funnel.cli.support.options import settings_with
from funnel.insight.csv_text import csv_lines
from funnel.insight.people_table import COLUMNS, people_table
from funnel.models import LeadState

_STATES = [each.value for each in LeadState if each is not LeadState.ERASED]


@click.group(epilog="Example: funnel people export --state confirmed > people.csv")
def command() -> None:
    """Take the list of people elsewhere."""


@command.command(epilog="Example: funnel people export --state confirmed --bom > people.csv")
@click.option("--state", type=click.Choice(_STATES), help="Only people in this state.")
@click.option("--bom", is_flag=True, help="For Excel, which otherwise misreads letters with accents.")
@data_dir_option
def export(state: str | None, bom: bool, data_dir: Path | None) -> None:
    """Print everybody as CSV: address, name, state, offers, sources, tags, sequences and times (UTC).

    It holds personal data: please keep it where nobody else reads it, and delete it when it is done with.
    """
    service = open_service(settings_with(data_dir=data_dir))
    with closing(service.db):
        for line in csv_lines(COLUMNS, people_table(service.db, LeadState(state) if state else None), bom=bom):
            click.echo(line, nl=False)
