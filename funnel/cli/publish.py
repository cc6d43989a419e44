"""`funnel publish`: what the folder says becomes what readers get."""

from __future__ import annotations

from pathlib import Path

import click

from funnel.cli.loading import open_service
from funnel.cli.options import settings_with
from funnel.cli.problems import CannotStart
from funnel.compose.errors import CompileError
from funnel.journey.publishing import publish, unpublished


@click.command(epilog="Example: funnel publish --yes")
@click.argument(
    "folder", required=False, metavar="[DIR]", type=click.Path(path_type=Path, exists=True, file_okay=False)
)
@click.option("--data-dir", type=click.Path(path_type=Path, file_okay=False), metavar="DIR", help="What is kept.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def command(folder: Path | None, data_dir: Path | None, yes: bool) -> None:
    """Make what the folder of sequences says count for everybody under way.

    A lesson that was sent stays sent: it is known by its id. Nothing is published while 'funnel check' finds errors.
    """
    service = open_service(settings_with(sequences_dir=folder, data_dir=data_dir))
    changed = unpublished(service, service.library)
    if not changed:
        click.echo("Readers already get what the folder says; there is nothing to publish.")
        return
    click.echo("These sequences say something new: " + ", ".join(changed) + ".")
    if not yes and not click.confirm("Publish them now?", default=False):
        click.echo("Nothing was published.")
        return
    try:
        editions = publish(service, service.library, "funnel publish", service.clock.now())
    except CompileError as error:
        raise CannotStart(f"Nothing was published. {error}") from None
    for edition in editions:
        if edition.changed:
            click.echo(f"{edition.sequence}: edition {edition.number} counts from now on.")
