"""`funnel suppress`: the addresses that are never mailed."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO

import click

from funnel.bounces import listing
from funnel.cli.support.loading import opened
from funnel.cli.support.naming import address_given
from funnel.cli.support.private_file import open_private
from funnel.cli.support.problems import CannotStart
from funnel.cli.suppress_undo import undo
from funnel.models import SuppressionReason
from funnel.people.mailboxes import lift_never, never_listed
from funnel.people.suppression import Grounds

_BATCH = 500
NEVER_ASK = "never_ask"
_REASONS = click.Choice([reason.value for reason in SuppressionReason if reason != SuppressionReason.ERASED])
_data_dir = click.option(
    "--data-dir", type=click.Path(path_type=Path, file_okay=False), metavar="DIR", help="What is kept."
)


@click.group(epilog="Example: funnel suppress list")
def command() -> None:
    """Show and change the list of addresses that are never mailed."""


@command.command("list", epilog="Example: funnel suppress list --json")
@click.option("--json", "as_json", is_flag=True, help="Say it for a program to read.")
@_data_dir
def list_(as_json: bool, data_dir: Path | None) -> None:
    """List every suppressed address, why, and since when; and who said "it was not me, never ask again" (never_ask).

    Only a digest of each is kept; the address is shown where a reader still has it.
    """
    with opened(data_dir) as service, service.db.read() as session:
        rows = list(listing.listed(session, service.links))
        never = never_listed(session, service.links)
    for row in rows:
        if as_json:
            said = {
                "email": row.email,
                "reason": row.reason,
                "note": row.note,
                "at": row.at.isoformat(),
                "digest": row.digest,
            }
            click.echo(json.dumps(said))
        else:
            who = row.email or f"(nobody's now) {row.digest[:12]}"
            click.echo(f"{row.at:%Y-%m-%d}  {row.reason:<13}  {who}" + (f"  {row.note}" if row.note else ""))
    for since, email, key in never:
        if as_json:
            click.echo(
                json.dumps({"email": email, "reason": NEVER_ASK, "note": "", "at": since.isoformat(), "digest": key})
            )
        else:
            click.echo(f"{since:%Y-%m-%d}  {NEVER_ASK:<13}  {email or f'(nobody here) {key[:12]}'}")
    if not rows and not never and not as_json:
        click.echo("No address is suppressed.")


@command.command(epilog="Example: funnel suppress add dan@example.org --note 'asked by telephone'")
@click.argument("email")
@click.option("--reason", type=_REASONS, default=SuppressionReason.BY_HAND.value, show_default=True, help="Why.")
@click.option("--note", default="", help="A word for whoever reads the list later.")
@_data_dir
def add(email: str, reason: str, note: str, data_dir: Path | None) -> None:
    """Never mail EMAIL again. All the reader's enrolments end now."""
    address = address_given(email)
    with opened(data_dir) as service, service.db.write() as session:
        grounds = Grounds(SuppressionReason(reason), service.clock.now(), note)
        listing.add_address(session, service.links, address, grounds)
    click.echo(f"{address} is not mailed any more.")


@command.command(epilog="Example: funnel suppress remove dan@example.org")
@click.argument("email")
@_data_dir
def remove(email: str, data_dir: Path | None) -> None:
    """Allow mail to EMAIL again. Enrolments that ended stay ended.

    Whoever said "it was not me, never ask again" is asked again when the address is typed at a sign-up. A complaint
    and an erasure stay for ever: only signing up anew, elsewhere, says otherwise.
    """
    address = address_given(email)
    try:
        with opened(data_dir) as service, service.db.write() as session:
            reason = listing.remove_address(session, service.links, address)
            if lift_never(session, service.links, address):
                reason = reason or NEVER_ASK
    except listing.StaysForEver as stays:
        told = "its reader reported our mail as spam" if stays.args[0] == "complained" else "its reader was erased"
        raise CannotStart(f"{address} stays on the list: {told}, and that is for ever") from None
    click.echo(
        f"{address} was not on the list." if reason is None else f"{address} may be mailed again (it was: {reason})."
    )


command.add_command(undo)


@command.command("import", epilog="Example: funnel suppress import list.csv")
@click.argument("file", type=click.File("r", encoding="utf-8-sig"))
@click.option("--note", default="imported", show_default=True, help="For lines without a note of their own.")
@_data_dir
def import_(file: TextIO, note: str, data_dir: Path | None) -> None:
    """Add every address of FILE: one per line, or a CSV with a heading such as `suppress export` writes."""
    try:
        rows = list(listing.read_csv(file))
    except (ValueError, UnicodeDecodeError) as error:
        raise CannotStart(f"{file.name} cannot be read: {error}") from None
    good = [row for row in rows if row.address or row.digest]
    wrong = [row.line for row in rows if not row.address and not row.digest]
    with opened(data_dir) as service:
        for start in range(0, len(good), _BATCH):
            with service.db.write() as session:
                listing.import_addresses(
                    session, service.links, good[start : start + _BATCH], note, service.clock.now()
                )
    click.echo(f"{len(good)} addresses are on the list.")
    if wrong:
        shown = ", ".join(map(str, wrong[:20])) + (" …" if len(wrong) > 20 else "")
        click.echo(f"{len(wrong)} lines hold no e-mail address and were left out: {shown}", err=True)
        sys.exit(1)


@command.command(epilog="Example: funnel suppress export list.csv")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True), default="-")
@_data_dir
def export(file: Path, data_dir: Path | None) -> None:
    """Write the list as CSV to FILE, which only its owner may read, or to standard output."""
    with opened(data_dir) as service, service.db.read() as session, _written(file) as out:
        number = listing.write_csv(listing.listed(session, service.links), out)
    click.echo(f"{number} addresses written.", err=True)


@contextmanager
def _written(file: Path) -> Iterator[TextIO]:
    if str(file) == "-":
        yield sys.stdout
        return
    with TextIOWrapper(open_private(file, replace=True), encoding="utf-8") as out:
        yield out
