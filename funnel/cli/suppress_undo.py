"""`funnel suppress undo`: many suppressions taken back at once."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from funnel.bounces.undoing import UNDOABLE, Wanted, undoable
from funnel.bounces.undoing import undo as take_back
from funnel.cli.plan import data_dir_option
from funnel.cli.support.loading import opened
from funnel.models import SuppressionReason
from funnel.wiring import Service

_day = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M"])
_MOST_SHOWN = 10


@click.command(epilog="Example: funnel suppress undo --since 2027-01-04 --reason bounced --dry-run")
@click.option("--since", required=True, type=_day, metavar="DATE", help="From this day or minute on (2027-01-31).")
@click.option("--until", type=_day, metavar="DATE", help="Up to the end of this day, or before this minute.")
@click.option(
    "--reason", required=True, type=click.Choice([reason.value for reason in UNDOABLE]), help="Those of this reason."
)
@click.option("--dry-run", is_flag=True, help="Only say how many, and what servers said.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@data_dir_option
def undo(since: datetime, until: datetime | None, reason: str, dry_run: bool, yes: bool, data_dir: Path | None) -> None:
    """Take back suppressions, as if they had never been: enrolments that they ended go on where they stood.

    Shows how many there are and what was said, and asks. Nobody is mailed a lesson twice; what is late by now comes by
    the rules for late lessons. Complaints and erasures are never undone. Times are the practice's.
    """
    with opened(data_dir) as service:
        wanted = _wanted(service, since, until, SuppressionReason(reason))
        with service.db.read() as session:
            found = undoable(session, wanted)
        _show(found.most_common(), found.total())
        if dry_run or not found:
            return
        if not yes:
            click.confirm(f"Mail to these {found.total():,} again?", abort=True)
        click.echo(f"{take_back(service, wanted):,} taken back; enrolments that had ended by it go on.")


def _wanted(service: Service, since: datetime, until: datetime | None, reason: SuppressionReason) -> Wanted:
    zone = ZoneInfo(service.library.practice.zone)

    def utc(at: datetime) -> datetime:
        return at.replace(tzinfo=zone).astimezone(UTC)

    if until is not None and until.time() == time():
        until += timedelta(days=1)
    if until is not None and until <= since:
        raise click.BadParameter("it is before --since.", param_hint="'--until'")
    return Wanted(reason, utc(since), None if until is None else utc(until))


def _show(groups: list[tuple[str, int]], total: int) -> None:
    if not total:
        click.echo("There is nothing to undo.")
        return
    click.echo(f"{total:,} to undo:")
    for words, n in groups[:_MOST_SHOWN]:
        click.echo(f"{n:>7,}  {words or '(no words were kept)'}")
    if len(groups) > _MOST_SHOWN:
        click.echo(f"         and {len(groups) - _MOST_SHOWN} other answers")
