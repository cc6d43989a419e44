"""`funnel privacy`: what is kept of people, and how it ends."""

from __future__ import annotations

from pathlib import Path

import click

from funnel.cli.plan import data_dir_option
from funnel.cli.privacy_keys import rotate_key
from funnel.cli.support.loading import opened
from funnel.cli.support.naming import address_given
from funnel.cli.support.private_file import open_private
from funnel.cli.support.problems import CannotStart
from funnel.people.leads import find_lead
from funnel.privacy import erase as erasing
from funnel.privacy import export as exporting
from funnel.privacy.periods import KINDS, spoken_days
from funnel.privacy.sweep import Sweeper, count_old
from funnel.tracking.tracking import take_in


@click.group(epilog="Example: funnel privacy erase ada@example.org")
def command() -> None:
    """Hand out and erase what is kept of a person, keep it erased, and delete what has grown old."""


command.add_command(rotate_key)


@command.command(epilog="Example: funnel privacy erase ada@example.org --yes")
@click.argument("email")
@click.option("--yes", is_flag=True, help="Do not ask.")
@data_dir_option
def erase(email: str, yes: bool, data_dir: Path | None) -> None:
    """Erase all that is kept of EMAIL, in the database and in the data folder. It cannot be undone.

    A digest stays, so that nothing mails this address again but a new sign-up of its owner; figures go on counting
    her. May be done again at any time.
    """
    address = address_given(email)
    with opened(data_dir) as service:
        with service.db.read() as session:
            known = find_lead(session, address) is not None
        if known and not yes:
            click.confirm(f"Erase all that is kept of {address}? It cannot be undone", abort=True)
        take_in(service, service.hits)  # where nothing runs, nobody else would; those of an erased reader are dropped
        done = erasing.erase(service, address, service.clock.now())
        take_in(service, service.hits)
    click.echo(
        f"{address} is erased: nothing is kept but a digest that keeps mail away."
        if done.known
        else f"Nobody signed up as {address}, or it was erased before."
    )
    if done.bodies or done.files:
        click.echo(f"Deleted: reports of providers that named it ({done.bodies}), files of mail ({done.files}).")
    if done.in_flight:
        click.echo(f"Being handed over just now ({done.in_flight}): the clock blanks such mail once it has gone.")
    if not done.scrubbed:
        click.echo(
            "Somebody is reading the database, so its own files still hold what was erased. The clock asks again every "
            "ten seconds; where none runs, do the same again later."
        )
    if done.stuck:
        files = "\n".join(map(str, done.stuck))
        raise CannotStart(f"These files may name it, and this user may not delete them. Delete them by hand:\n{files}")


@command.command(epilog="Example: funnel privacy export ada@example.org --to ada.zip")
@click.argument("email")
@click.option("--to", required=True, metavar="FILE.zip", type=click.Path(path_type=Path, dir_okay=False), help="Where.")
@data_dir_option
def export(email: str, to: Path, data_dir: Path | None) -> None:
    """Write all that is kept of EMAIL into FILE.zip: JSON and pages to read, with every mail. For her eyes only."""
    address = address_given(email)
    with opened(data_dir) as service:
        with service.db.read() as session:
            lead = find_lead(session, address)
        if lead is None:
            raise CannotStart(f"Nobody signed up as {address}, or it was erased")
        made = exporting.export(service, lead, service.clock.now())
    with open_private(to) as file:
        file.write(made)
    click.echo(f"{to} holds all that is kept of {address}. Send it to nobody else, and delete it when she has it.")


@command.command(epilog="Example: funnel privacy reapply")
@data_dir_option
def reapply(data_dir: Path | None) -> None:
    """Erase again who came back with a restored backup. The clock does the same when it starts."""
    with opened(data_dir) as service:
        people = erasing.reapply(service)
    click.echo(f"Had come back and are erased again: {people}." if people else "Nobody had come back.")


@command.command(epilog="Example: funnel privacy sweep --dry-run")
@click.option("--dry-run", is_flag=True, help="Only say how many there are.")
@data_dir_option
def sweep(dry_run: bool, data_dir: Path | None) -> None:
    """Delete what has grown old, as the clock does by itself every hour."""
    with opened(data_dir) as service:
        found = count_old(service) if dry_run else Sweeper(service).all()
        for kind in KINDS:
            kept = spoken_days(kind.days(service.settings))
            click.echo(f"{found[kind.name]:>8}  {kind.shown} (kept for {kept})")
