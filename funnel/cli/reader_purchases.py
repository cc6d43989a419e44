"""`funnel reader bought` and `refunded`: what somebody bought in the practice's own checkout, or was given back."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from funnel.cli.plan import data_dir_option
from funnel.cli.publish import who
from funnel.cli.support.loading import open_service
from funnel.cli.support.options import settings_with
from funnel.cli.support.problems import in_a_sentence
from funnel.curriculum.parse.report import printable
from funnel.curriculum.walltime import wall_time
from funnel.subscription.buying import Bought, PurchaseNote, note_purchase
from funnel.subscription.refunding import Refund, Refunded, note_refund


@click.command(epilog="Example: funnel reader bought ada@example.org deep-course --at 2027-03-01 --order 1042")
@click.argument("email")
@click.argument("offer")
@click.option("--at", "at", metavar="DATE", help="When: 2027-03-01, or 2027-03-01T14:00, where the practice is.")
@click.option("--order", metavar="REF", default="", help="The checkout's own number: noted twice it counts once.")
@data_dir_option
def bought(email: str, offer: str, at: str | None, order: str, data_dir: Path | None) -> None:
    """Note that EMAIL has bought OFFER, and start what it brings at once.

    Who is not known yet is from now on: a purchase is agreement, and kept as consent. Nothing of her reading is
    measured until she says so. Who has left since she bought gets nothing.
    """
    service = open_service(settings_with(data_dir=data_dir))
    when = None if at is None else _when(at, service.library.practice.zone)
    with in_a_sentence():
        done = note_purchase(service, PurchaseNote(email, offer, who(), when, order), service.clock.now())
    click.echo("\n".join(_bought_said(email, offer, done)))


@click.command(epilog="Example: funnel reader refunded ada@example.org deep-course")
@click.argument("email")
@click.argument("offer")
@click.option("--order", metavar="REF", default="", help="Which of several purchases.")
@data_dir_option
def refunded(email: str, offer: str, order: str, data_dir: Path | None) -> None:
    """Note that EMAIL was given back what OFFER cost. What it brought ends; her room says so, and no mail does."""
    service = open_service(settings_with(data_dir=data_dir))
    with in_a_sentence():
        done = note_refund(service, Refund(email, offer, who(), order), service.clock.now())
    click.echo("\n".join(_refunded_said(email, offer, done)))


def _when(text: str, zone: str) -> datetime:
    """In UTC; a date alone is its beginning. Raises UsageError."""
    try:
        local = datetime.fromisoformat(text)
        if local.tzinfo is not None:
            raise ValueError
        return wall_time(local.date(), local.time(), zone)
    except (ValueError, OverflowError):
        raise click.UsageError(
            f"'{printable(text)}' is no time: write 2027-03-01, or 2027-03-01T14:00, without an offset."
        ) from None


def _bought_said(email: str, offer: str, done: Bought) -> list[str]:
    lines = [f"{email} has bought {offer}." if not done.again else f"That {email} has bought {offer} was noted before."]
    lines += [f"{slug} begins." for slug in done.began]
    lines += [f"{slug} has ended kindly." for slug in done.ended]
    lines += [f"{slug} does not begin: {why}." for slug, why in done.not_begun]
    if not (done.began or done.not_begun):
        lines.append("No published sequence starts by it.")
    return lines


def _refunded_said(email: str, offer: str, done: Refunded) -> list[str]:
    if done.again:
        return [f"The refund of {offer} to {email} was noted before."]
    if done.keeps:
        return [f"The refund is noted. {email} has bought {offer} once more, so nothing ends."]
    return [f"{email} was given back what {offer} cost.", *(f"{slug} has ended kindly." for slug in done.ended)]
