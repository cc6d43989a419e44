"""`funnel held`, `release`, `drop`: mail that waits for a person."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from funnel.cli.loading import open_service
from funnel.cli.options import settings_with
from funnel.cli.plan import data_dir_option
from funnel.cli.problems import CannotStart
from funnel.cli.publish import who as this_user
from funnel.cli.saying import count, moment
from funnel.journey import decisions
from funnel.journey.decisions import Undecided, undecided
from funnel.wiring import Service

Decide = Callable[[Service, Collection[int], str, str, datetime], list[int]]

_ids = click.argument("ids", nargs=-1, type=click.IntRange(min=1), metavar="ID...")
_all = click.option("--all", "everything", is_flag=True, help="All that `funnel held` lists.")
_why = click.option("--why", required=True, metavar="TEXT", help="Your reason. It is kept with each mail.")
_who = click.option("--who", metavar="NAME", help="Who decides; without it, the user this runs as.")


@click.command(epilog="Example: funnel held --json")
@click.option("--json", "as_json", is_flag=True, help="Say it for a program to read.")
@data_dir_option
def held(as_json: bool, data_dir: Path | None) -> None:
    """List the mail that waits for you to decide, oldest first.

    'held' could not be filled: something is missing in the lesson. 'unknown' was being handed over when the line broke,
    so nobody knows whether it arrived.
    """
    service = open_service(settings_with(data_dir=data_dir))
    found = undecided(service)
    if as_json:
        click.echo(json.dumps([_plain(mail) for mail in found], ensure_ascii=False))
        return
    if not found:
        click.echo("No mail waits for you.")
        return
    for mail in found:
        lesson = f"{mail.sequence}/{mail.lesson_id}" if mail.lesson_id else "no lesson"
        since = moment(mail.since, service.library.practice.zone)
        click.echo(f"{mail.delivery_id:>6}  {mail.state:<7}  {mail.email or 'erased'}  {lesson}  since {since}")
        click.echo(f"        {mail.reason or 'no reason was given'}")
    click.echo(
        f"\n{count(len(found), 'mail')} to decide on. 'funnel release ID --why …' sends one: an unknown one may arrive "
        "a second time.\n'funnel drop ID --why …' gives it up, and the reader goes on with the next lesson."
    )


@click.command(epilog='Example: funnel release 41 42 --why "they say it never came"')
@_ids
@_all
@_why
@_who
@data_dir_option
def release(ids: tuple[int, ...], everything: bool, why: str, who: str | None, data_dir: Path | None) -> None:
    """Send these after all. An unknown one may arrive a second time."""
    done = _decide(decisions.release, ids, everything, why, who, data_dir)
    if done:
        click.echo(f"{count(done, 'mail')} will be sent at the next round of the clock.")


@click.command(epilog='Example: funnel drop --all --why "that week is over"')
@_ids
@_all
@_why
@_who
@data_dir_option
def drop(ids: tuple[int, ...], everything: bool, why: str, who: str | None, data_dir: Path | None) -> None:
    """Give these up: they count as not sent, and their readers go on."""
    done = _decide(decisions.drop, ids, everything, why, who, data_dir)
    if done:
        click.echo(f"{count(done, 'mail')} given up.")


def _decide(
    decide: Decide, ids: Collection[int], everything: bool, why: str, who: str | None, data_dir: Path | None
) -> int:
    """How many were decided on. Raises CannotStart where some do not wait; the others are done all the same."""
    if everything == bool(ids):
        raise click.UsageError("Say which: numbers from 'funnel held', or --all.")
    if not why.strip():
        raise click.UsageError("Say why: the reason is kept with each mail.")
    service = open_service(settings_with(data_dir=data_dir))
    wanted = {mail.delivery_id for mail in undecided(service)} if everything else set(ids)
    if not wanted:
        click.echo("No mail waits for you.")
        return 0
    done = decide(service, wanted, (who or this_user()).strip(), why.strip(), service.clock.now())
    missed = sorted(wanted - set(done))
    if missed:
        numbers = ", ".join(str(number) for number in missed)
        rest = f" {count(len(done), 'mail')} of the others was decided on." if done else ""
        raise CannotStart(f"No mail of this number waits for you: {numbers}. 'funnel held' lists them.{rest}")
    return len(done)


def _plain(mail: Undecided) -> dict[str, Any]:
    return {
        "id": mail.delivery_id,
        "state": str(mail.state),
        "email": mail.email,
        "sequence": mail.sequence,
        "lesson": mail.lesson_id,
        "reason": mail.reason,
        "since": mail.since.isoformat(),
    }
