"""`funnel held`, `release`, `drop`: mail that waits for a person."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from funnel.cli.plan import data_dir_option, json_option
from funnel.cli.publish import who as this_user
from funnel.cli.support.formatting import moment, plural
from funnel.cli.support.loading import open_service
from funnel.cli.support.options import settings_with
from funnel.cli.support.problems import CannotStart
from funnel.curriculum.parse.report import printable
from funnel.sending.held import Undecided, state_sentences, undecided
from funnel.sending.held import drop as drop_mail
from funnel.sending.held import release as release_mail
from funnel.wiring import Service

_ids = click.argument("ids", nargs=-1, type=click.IntRange(1, 2**62), metavar="ID...")
_all = click.option("--all", "everything", is_flag=True, help="All that `funnel held` lists.")
_why = click.option("--why", required=True, metavar="TEXT", help="Your reason. It is kept with each mail.")
_who = click.option("--who", metavar="NAME", help="Who decides; without it, the user this runs as.")
_LONGEST_NAME, _LONGEST_WHY = 80, 400


@click.command(epilog="Example: funnel held --json")
@json_option
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
        # It may hold a provider's own words, which must not move the cursor.
        click.echo(f"        {printable(mail.reason, 300) or 'no reason was given'}")
    click.echo(
        f"\n{plural(len(found), 'mail')} to decide on. 'funnel release ID --why …' sends one: an unknown one may "
        "arrive a second time.\n'funnel drop ID --why …' gives it up, and the reader goes on with the next lesson."
    )


@click.command(epilog='Example: funnel release 41 42 --why "they say it never came"')
@_ids
@_all
@_why
@_who
@json_option
@data_dir_option
def release(
    ids: tuple[int, ...], everything: bool, why: str, who: str | None, as_json: bool, data_dir: Path | None
) -> None:
    """Send these after all. An unknown one may arrive a second time.

    Exit code 1 where one of the numbers does not wait for you; the others are sent all the same.
    """
    service, wanted = _wanted(ids, everything, why, data_dir)
    done = release_mail(service, wanted.ids, *_said(who, why), service.clock.now())
    _tell(service, wanted, done, "will be sent at the next round of the clock", as_json=as_json)


@click.command(epilog='Example: funnel drop --all --why "that week is over"')
@_ids
@_all
@_why
@_who
@json_option
@data_dir_option
def drop(
    ids: tuple[int, ...], everything: bool, why: str, who: str | None, as_json: bool, data_dir: Path | None
) -> None:
    """Give these up: they count as not sent, and their readers go on.

    Exit code 1 where one of the numbers does not wait for you; the others are given up all the same.
    """
    service, wanted = _wanted(ids, everything, why, data_dir)
    done = drop_mail(service, wanted.ids, *_said(who, why), service.clock.now())
    _tell(service, wanted, done, "given up", as_json=as_json)


@dataclass(frozen=True, slots=True)
class _Selection:
    """The chosen mails by number: the ones that were named, or everything that waited."""

    ids: frozenset[int]
    is_everything: bool


def _wanted(ids: Collection[int], everything: bool, why: str, data_dir: Path | None) -> tuple[Service, _Selection]:
    """The service, and the chosen mails. Raises UsageError if it is not clear which, or why."""
    if everything == bool(ids):
        raise click.UsageError("Say which: numbers from 'funnel held', or --all.")
    if not why.strip():
        raise click.UsageError("Say why: the reason is kept with each mail.")
    service = open_service(settings_with(data_dir=data_dir))
    meant = (mail.delivery_id for mail in undecided(service)) if everything else ids
    return service, _Selection(frozenset(meant), everything)


def _said(who: str | None, why: str) -> tuple[str, str]:
    """Who and why, each on one line."""
    name = " ".join((who or "").split()) or this_user()
    return name[:_LONGEST_NAME], " ".join(why.split())[:_LONGEST_WHY]


def _tell(service: Service, wanted: _Selection, done: Collection[int], what: str, *, as_json: bool) -> None:
    """Reports what was done. Raises CannotStart where a requested mail could not be handled.

    If everything was chosen, mails that somebody else has decided meanwhile do not count.
    """
    left = {} if wanted.is_everything else state_sentences(service, sorted(wanted.ids - set(done)))
    if as_json:
        missed = [{"id": key, "why": reason} for key, reason in left.items()]
        click.echo(json.dumps({"done": sorted(done), "not_done": missed}, ensure_ascii=False))
    elif done:
        click.echo(f"{plural(len(done), 'mail')} {what}.")
    elif not left:
        click.echo("No mail waits for you.")
    if left:
        reasons = "; ".join(f"{key}: {printable(reason, 200)}" for key, reason in left.items())
        raise CannotStart(f"Not every number is of a mail that waits for you. {reasons}. 'funnel held' lists them.")


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
