"""`funnel sequence`: letting a whole sequence rest, and giving it another name."""

from __future__ import annotations

from pathlib import Path

import click

from funnel.cli.plan import data_dir_option
from funnel.cli.publish import who
from funnel.cli.support.folder import identity, settings_in_folder
from funnel.cli.support.formatting import moment, plural
from funnel.cli.support.loading import open_service
from funnel.cli.support.options import settings_with
from funnel.cli.support.problems import CannotStart, in_a_sentence
from funnel.cli.support.published import sequence_in_use
from funnel.cli.support.renaming import look_at_folder, rename_folder
from funnel.curriculum.parse.fields import is_slug
from funnel.curriculum.parse.library import RESERVED
from funnel.curriculum.parse.report import printable
from funnel.editions import paused_since
from funnel.publishing.pausing import pause_sequence, resume_sequence
from funnel.publishing.renaming import rename_sequence


@click.group(epilog="Example: funnel sequence pause anxious-attachment")
def command() -> None:
    """Let a sequence rest, set it going again, or give it another name."""


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
        f"{slug} goes on. It rested since {rested}; the calendar of {plural(moved, 'reader')} was moved by as much."
    )


@command.command(epilog="Example: funnel sequence rename anxious-attachment secure-love")
@click.argument("old")
@click.argument("new")
@data_dir_option
def rename(old: str, new: str, data_dir: Path | None) -> None:
    """Give the sequence OLD the name NEW, and its folder too. Everybody stays where she is; no mail changes by it."""
    if not is_slug(new) or new in RESERVED:
        raise click.UsageError(f"'{printable(new)}' cannot name a sequence: small letters, digits and hyphens can.")
    settings = settings_in_folder(None, data_dir=data_dir)
    service = open_service(settings)
    slug = sequence_in_use(service, old)
    same = identity(settings.sequences_dir).id == service.library.practice.id
    on_disk = same and look_at_folder(settings.sequences_dir, slug, new)
    with in_a_sentence():
        again = rename_sequence(service, slug, new, who(), service.clock.now())
    click.echo(
        f"{slug} is called {new} from now on. A further edition, which says the same, has {' and '.join(again)}."
    )
    if not same:
        click.echo(
            f"{settings.sequences_dir} is another practice's and was left alone: see that yours is called {new}."
        )
        return
    if not on_disk:
        click.echo(f"There is no folder {slug} in {settings.sequences_dir}: see that yours is called {new}.")
        return
    was_there = (settings.sequences_dir / slug).is_dir()
    try:
        changed = rename_folder(settings.sequences_dir, slug, new)
    except OSError as error:
        raise CannotStart(f"The folder could not be renamed, please do it: {slug} to {new} ({error})") from None
    named = f", and {' and '.join(changed)} {'names' if len(changed) == 1 else 'name'} it so" if changed else ""
    if was_there:
        click.echo(f"The folder {slug} in {settings.sequences_dir} is called {new} now{named}.")
    else:
        click.echo(f"There is no folder {slug} in {settings.sequences_dir} any more, but {new} already{named}.")
