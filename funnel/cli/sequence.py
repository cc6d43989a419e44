"""`funnel sequence`: letting a whole sequence rest."""

from __future__ import annotations

from pathlib import Path

import click

from funnel.cli.loading import open_service
from funnel.cli.options import settings_with
from funnel.cli.plan import data_dir_option
from funnel.cli.published import sequence_in_use
from funnel.cli.saying import count, moment
from funnel.journey.editions import paused_since
from funnel.journey.pausing import pause_sequence, resume_sequence


@click.group(epilog="Example: funnel sequence pause anxious-attachment")
def command() -> None:
    """Let a sequence rest, and set it going again."""


@command.command(epilog="Example: funnel sequence pause anxious-attachment")
@click.argument("sequence")
@data_dir_option
def pause(sequence: str, data_dir: Path | None) -> None:
    """Send nothing more of SEQUENCE until it is resumed. Nobody loses their place."""
    service = open_service(settings_with(data_dir=data_dir))
    slug = sequence_in_use(service, sequence)
    if pause_sequence(service, slug, service.clock.now()):
        click.echo(f"{slug} rests: no lesson of it falls due. 'funnel sequence resume {slug}' sets it going again.")
    else:
        click.echo(f"{slug} rests already; nothing has changed.")


@command.command(epilog="Example: funnel sequence resume anxious-attachment")
@click.argument("sequence")
@data_dir_option
def resume(sequence: str, data_dir: Path | None) -> None:
    """Go on with SEQUENCE. Everybody's calendar is moved by the pause, so nothing comes all at once."""
    service = open_service(settings_with(data_dir=data_dir))
    slug = sequence_in_use(service, sequence)
    with service.db.read() as session:
        since = paused_since(session).get(slug)
    moved = resume_sequence(service, slug, service.clock.now())
    if since is None:
        click.echo(f"{slug} was not resting; nothing has changed.")
        return
    rested = moment(since, service.library.practice.zone)
    click.echo(
        f"{slug} goes on. It rested since {rested}; the calendar of {count(moved, 'reader')} was moved by as much."
    )
