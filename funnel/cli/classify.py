"""`funnel classify`: judge stored opens and clicks again."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import UTC, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from funnel.cli.plan import data_dir_option, json_option
from funnel.cli.support.loading import open_service
from funnel.cli.support.options import settings_with
from funnel.tracking.classify import Classified, classify


@click.command(epilog="Example: funnel classify --since 2027-01-01 --dry-run")
@click.option(
    "--since", required=True, type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="From this day on (2027-01-31)."
)
@click.option("--dry-run", is_flag=True, help="Only say what would change.")
@data_dir_option
@json_option
def command(since: datetime, dry_run: bool, data_dir: Path | None, as_json: bool) -> None:
    """Decide again, from what was recorded, who caused each open and click: a person, a machine, or nobody knows.

    By the rules of this version, and by everything that came since: docs/tracking.md lists them. Figures change with
    it, everywhere at once. A second run changes nothing.
    """
    service = open_service(settings_with(data_dir=data_dir))
    # The day begins in the practice's time zone.
    begins = datetime.combine(since.date(), time(), ZoneInfo(service.library.practice.zone)).astimezone(UTC)
    with closing(service.db):
        done = classify(service, begins, dry_run=dry_run)
    if as_json:
        click.echo(json.dumps(_as_json(done, dry_run)))
    else:
        click.echo("\n".join(_lines(done, dry_run)))


def _lines(done: Classified, dry_run: bool) -> list[str]:
    actors = ", ".join(f"{done.actors[name]} {name}" for name in ("human", "machine", "unknown"))
    lines = [f"{done.hits} opens and clicks, by rules version {done.version}: {actors}."]
    lines += [f"  {n} of {before} {'would be' if dry_run else 'are now'} {now}" for (before, now), n in _turned(done)]
    if not done.turned:
        lines.append("  Who it was stays the same for all of them.")
    return lines


def _turned(done: Classified) -> list[tuple[tuple[str, str], int]]:
    return sorted(done.turned.items())


def _as_json(done: Classified, dry_run: bool) -> dict[str, object]:
    return {
        "since": done.since.isoformat(),
        "rules_version": done.version,
        "dry_run": dry_run,
        "hits": done.hits,
        "changed": done.changed,
        "actors": {name: done.actors[name] for name in ("human", "machine", "unknown")},
        "rules": dict(sorted(done.rules.items())),
        "turned": [{"from": before, "to": now, "hits": n} for (before, now), n in _turned(done)],
    }
