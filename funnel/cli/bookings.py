"""`funnel bookings`: who asked for a conversation."""

from __future__ import annotations

import json
from pathlib import Path

import click

from funnel.cli.plan import data_dir_option, json_option
from funnel.cli.support.formatting import moment
from funnel.cli.support.loading import open_service
from funnel.cli.support.options import settings_with
from funnel.curriculum.parse.report import printable
from funnel.insight import BookingLine, bookings_page
from funnel.models import BookingAct

_MOST = 500


@click.command(epilog="Example: funnel bookings --json")
@json_option
@data_dir_option
def command(as_json: bool, data_dir: Path | None) -> None:
    """List who asked for a conversation, newest first, and what they left: words, a telephone number, a good time."""
    service = open_service(settings_with(data_dir=data_dir))
    with service.db.read() as session:
        lines, more = bookings_page(session, size=_MOST)
    if as_json:
        click.echo(json.dumps([_plain(line) for line in lines], ensure_ascii=False))
        return
    for booking in lines:
        name = f" ({printable(booking.first_name, 80)})" if booking.first_name else ""
        when = moment(booking.at, service.library.practice.zone)
        stands = _stands(booking, service.library.practice.zone)
        click.echo(f"{when}  {booking.email}{name}  {printable(booking.title, 200)}{stands}")
        # Typed by a stranger: it must not move the cursor.
        left = ("", booking.words), ("Telephone: ", booking.phone), ("A good time: ", booking.good_time)
        for called, text in left:
            for place, line in enumerate(text.splitlines()):
                click.echo(f"    {called if not place else ''}{printable(line, 2000)}".rstrip())
    if not lines:
        click.echo("Nobody has asked for a conversation yet.")
    elif more:
        click.echo(f"Only the newest {_MOST} are listed.")


_ACTS = {
    BookingAct.ADDED: "added to it",
    BookingAct.OTHER_TIME: "asks for another time",
    BookingAct.AGREED: "a time was written down",
    BookingAct.CANCELLED: "cancelled it",
    BookingAct.KEPT: "took the cancelling back",
}


def _stands(line: BookingLine, zone: str) -> str:
    """What was done, or for the line where it was asked for, how it stands now."""
    if not line.is_booking:
        return f": {_ACTS[BookingAct(line.act)]}"
    if line.cancelled_at is not None:
        return " (cancelled)"
    return f" (on {moment(line.starts_at, zone)})" if line.starts_at is not None else ""


def _plain(line: BookingLine) -> dict[str, str]:
    return {
        "at": line.at.isoformat(),
        "email": line.email,
        "first_name": line.first_name,
        "booking": line.title,
        "words": line.words,
        "phone": line.phone,
        "good_time": line.good_time,
        "source": line.source,
        "act": line.act,
        "starts_at": line.starts_at.isoformat() if line.starts_at else "",
        "cancelled_at": line.cancelled_at.isoformat() if line.cancelled_at else "",
    }
