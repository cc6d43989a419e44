"""`funnel user`: who may sign in to the dashboard."""

from __future__ import annotations

from pathlib import Path

import click
from sqlalchemy.orm import Session

from funnel.cli.support.loading import open_service
from funnel.cli.support.naming import address_given
from funnel.cli.support.options import settings_with
from funnel.cli.support.problems import CannotStart
from funnel.models import AdminRole, AdminUser
from funnel.people.admins import PasswordError, add_admin, find_admin, make_sign_in, set_password, sign_in_url
from funnel.people.audit import NotedChange, note_change
from funnel.people.roles import LastAdminError, all_users, change_role, remove_user
from funnel.wiring import Service

_ROLES = [role.value for role in AdminRole if role is not AdminRole.NOBODY]

_data_dir = click.option(
    "--data-dir", type=click.Path(path_type=Path, file_okay=False), metavar="DIR", help="What is kept."
)


@click.group(epilog="Example: funnel user add ada@example.org")
def command() -> None:
    """Let somebody sign in to the dashboard."""


@command.command(epilog="Example: funnel user add ada@example.org")
@click.argument("email")
@click.option("--role", type=click.Choice(_ROLES), help="What a new one may do; without it an admin: everything.")
@_data_dir
def add(email: str, role: str | None, data_dir: Path | None) -> None:
    """Let EMAIL sign in, and print a link that does so once, within 30 minutes.

    A practitioner sees people and mails, a viewer only figures in which nobody can be recognised. Harmless for
    somebody who may sign in already: it makes a new link, and the role stays.
    """
    address = address_given(email)
    service = open_service(settings_with(data_dir=data_dir))
    with service.db.write() as session:
        admin = add_admin(session, address, service.clock.now(), AdminRole(role or AdminRole.ADMIN))
        has = admin.role
        _note(session, service, "user add", admin)
        sign_in = make_sign_in(session, admin.id, service.clock.machine_now())
        link = sign_in_url(service.links, sign_in)
    if role not in (None, has):
        click.echo(f"{address} may sign in already, as {has}. To change that: funnel user role {address} {role}")
    click.echo(f"{address} may sign in. This link works once, within 30 minutes:\n{link}")


@command.command(epilog="Example: funnel user password ada@example.org")
@click.argument("email")
@click.option("--password", prompt=True, hide_input=True, confirmation_prompt=True, help="Asked for when left out.")
@_data_dir
def password(email: str, password: str, data_dir: Path | None) -> None:
    """Give EMAIL a password to sign in with; every browser is signed out."""
    service = open_service(settings_with(data_dir=data_dir))
    with service.db.write() as session:
        admin = _known(session, email)
        try:
            set_password(session, admin, password, service.clock.machine_now())
        except PasswordError as error:
            raise CannotStart(str(error)) from None
        _note(session, service, "user password", admin)
    click.echo(f"{admin.email} can sign in with that password.")


@command.command("list", epilog="Example: funnel user list")
@_data_dir
def list_users(data_dir: Path | None) -> None:
    """List who may sign in, and as what."""
    with open_service(settings_with(data_dir=data_dir)).db.read() as session:
        found = [(user.role, user.email) for user in all_users(session)]
    for role, email in found:
        click.echo(f"{role:<13} {email}")
    if not found:
        click.echo("Nobody may sign in yet: run 'funnel user add EMAIL'.")


@command.command(epilog="Example: funnel user role ben@example.org viewer")
@click.argument("email")
@click.argument("role", type=click.Choice(_ROLES))
@_data_dir
def role(email: str, role: str, data_dir: Path | None) -> None:
    """Let EMAIL do what ROLE may, from the next click on. The last admin stays one."""
    service = open_service(settings_with(data_dir=data_dir))
    with service.db.write() as session:
        user = _known(session, email)
        had = user.role
        try:
            change_role(session, user, AdminRole(role))
        except LastAdminError as error:
            raise CannotStart(str(error)) from None
        _note(session, service, "user role", user, had)
    click.echo(f"{email} is {role} now.")


@command.command(epilog="Example: funnel user remove ben@example.org")
@click.argument("email")
@_data_dir
def remove(email: str, data_dir: Path | None) -> None:
    """Let EMAIL in no more: signed out everywhere, and the address forgotten. The last admin stays."""
    service = open_service(settings_with(data_dir=data_dir))
    with service.db.write() as session:
        user = _known(session, email)
        had = user.role
        try:
            remove_user(session, user, service.clock.machine_now())
        except LastAdminError as error:
            raise CannotStart(str(error)) from None
        _note(session, service, "user remove", user, had)
    click.echo(f"{email} may sign in no more.")


def _known(session: Session, email: str) -> AdminUser:
    admin = find_admin(session, email)
    if admin is None:
        raise CannotStart(f"{email} may not sign in yet: run 'funnel user add {email}' first")
    return admin


def _note(session: Session, service: Service, what: str, user: AdminUser, had: str | None = None) -> None:
    """Notes it in the audit log, with the role she had where that has changed."""
    before, after = ({}, {}) if had is None else ({"role": had}, {"role": user.role})
    change = NotedChange(what, ("user", user.id), None, before, after)
    note_change(session, change, service.clock.machine_now())
