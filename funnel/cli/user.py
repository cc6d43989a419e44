"""`funnel user`: who may sign in to the dashboard."""

from __future__ import annotations

from pathlib import Path

import click

from funnel.cli.support.loading import open_service
from funnel.cli.support.naming import address_given
from funnel.cli.support.options import settings_with
from funnel.cli.support.problems import CannotStart
from funnel.people.admins import PasswordError, add_admin, find_admin, make_sign_in, set_password, sign_in_url

_data_dir = click.option(
    "--data-dir", type=click.Path(path_type=Path, file_okay=False), metavar="DIR", help="What is kept."
)


@click.group(epilog="Example: funnel user add ada@example.org")
def command() -> None:
    """Let somebody sign in to the dashboard."""


@command.command(epilog="Example: funnel user add ada@example.org")
@click.argument("email")
@_data_dir
def add(email: str, data_dir: Path | None) -> None:
    """Let EMAIL sign in, and print a link that does so once, within 30 minutes.

    Harmless for somebody who may sign in already: it makes a new link.
    """
    address = address_given(email)
    service = open_service(settings_with(data_dir=data_dir))
    with service.db.write() as session:
        admin = add_admin(session, address, service.clock.now())
        sign_in = make_sign_in(session, admin.id, service.clock.machine_now())
        link = sign_in_url(service.links, sign_in)
    click.echo(f"{address} may sign in. This link works once, within 30 minutes:\n{link}")


@command.command(epilog="Example: funnel user password ada@example.org")
@click.argument("email")
@click.option("--password", prompt=True, hide_input=True, confirmation_prompt=True, help="Asked for when left out.")
@_data_dir
def password(email: str, password: str, data_dir: Path | None) -> None:
    """Give EMAIL a password to sign in with; every browser is signed out."""
    service = open_service(settings_with(data_dir=data_dir))
    with service.db.write() as session:
        admin = find_admin(session, email)
        if admin is None:
            raise CannotStart(f"{email} may not sign in yet: run 'funnel user add {email}' first")
        try:
            set_password(session, admin, password, service.clock.machine_now())
        except PasswordError as error:
            raise CannotStart(str(error)) from None
    click.echo(f"{admin.email} can sign in with that password.")
