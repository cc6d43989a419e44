"""`funnel ledger`: why did she get this?"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from funnel.cli.plan import data_dir_option, json_option
from funnel.cli.support.formatting import moment, plural
from funnel.cli.support.loading import open_service
from funnel.cli.support.options import settings_with
from funnel.cli.support.problems import CannotStart, in_a_sentence
from funnel.curriculum.parse.report import printable
from funnel.mime import message_bytes
from funnel.publishing.history import LedgerRow, mail_history, sent_mail
from funnel.wiring import Service

_STATES = {"accepted": "sent", "handing_over": "being sent"}


@click.command(epilog="Example: funnel ledger ada@example.org --mail 12 > mail.eml")
@click.argument("email")
@click.option("--mail", "number", type=click.IntRange(1, 2**62), metavar="N", help="Print this mail as it was sent.")
@data_dir_option
@json_option
def command(email: str, number: int | None, data_dir: Path | None, as_json: bool) -> None:
    """List every mail to EMAIL, oldest first: when, from which edition, and why.

    With --mail, one of them byte for byte as it was handed over, whatever has been published since. It holds the
    reader's own links: please keep it to yourself.
    """
    service = open_service(settings_with(data_dir=data_dir))
    with in_a_sentence():
        rows = mail_history(service, email)
    if number is not None:
        click.echo(_mail(service, email, rows, number), nl=False)
    elif as_json:
        click.echo(json.dumps([_as_json(row) for row in rows], ensure_ascii=False))
    else:
        zone = service.library.practice.zone
        heading = f"{plural(len(rows), 'mail')} to {email}; times are {zone}'s." if rows else f"No mail to {email} yet."
        click.echo("\n".join([heading, *(line for row in rows for line in _lines(row, zone))]))


def _mail(service: Service, email: str, rows: list[LedgerRow], number: int) -> bytes:
    """The bytes that were handed over. Raises UsageError or CannotStart."""
    numbers = [row.delivery_id for row in rows]
    if number not in numbers:
        near = min(numbers, key=lambda known: abs(known - number), default=None)
        hint = "There is none yet." if near is None else f"Did you mean --mail {near}?"
        raise click.UsageError(f"No mail {number} went to {email}. {hint}")
    mail = sent_mail(service, number)
    if mail is None:
        raise CannotStart(
            f"Mail {number} cannot be shown: only lessons are kept, and only once they have been handed over"
        )
    return message_bytes(mail)


def _lines(row: LedgerRow, zone: str) -> list[str]:
    what = row.kind.replace("_", " ")
    if row.lesson_id is not None:
        what = f"{row.sequence}{f'@{row.edition}' if row.edition is not None else ''} {row.lesson_id}"
    state = _STATES.get(row.state, row.state)
    # A reason may hold a provider's own words, which must not move the cursor.
    reason = f": {printable(row.reason, 200)}" if row.reason else ""
    lines = ["", f"{row.delivery_id:>6}  {moment(row.ended_at or row.made_at, zone)}  {what}  ({state}{reason})"]
    if row.subject:
        lines.append(f"        Subject: {printable(row.subject, 200)}")
    if row.why:
        lines.append(f"        Because: {row.why}")
    for back in row.came_back:
        # Provider's words here too.
        told = f": {printable(back.reason, 200)}" if back.reason else ""
        lines.append(f"        {back.kind.capitalize()}, {moment(back.at, zone)}{told}")
    for each in row.decisions:
        who, why = printable(each.who, 80), printable(each.why, 400)
        lines.append(f"        {each.what.capitalize()} by {who}, {moment(each.at, zone)}: {why}")
    return lines


def _as_json(row: LedgerRow) -> dict[str, Any]:
    return {
        "mail": row.delivery_id,
        "kind": row.kind,
        "sequence": row.sequence,
        "lesson": row.lesson_id,
        "edition": row.edition,
        "subject": row.subject,
        "state": row.state,
        "reason": row.reason,
        "made_at": row.made_at.isoformat(),
        "ended_at": None if row.ended_at is None else row.ended_at.isoformat(),
        "why": row.why,
        "came_back": [{**asdict(each), "at": each.at.isoformat()} for each in row.came_back],
        "decisions": [{**asdict(each), "at": each.at.isoformat()} for each in row.decisions],
    }
