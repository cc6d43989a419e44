"""`funnel audit`: who of the practice changed what."""

from __future__ import annotations

import json
from pathlib import Path

import click

from funnel.cli.support.loading import open_service
from funnel.cli.support.options import settings_with
from funnel.people.audit import PAGE, AuditLine, audit_lines


@click.command(epilog="Example: funnel audit --json --last 500")
@click.option("--last", default=PAGE, type=click.IntRange(1, 10_000), metavar="N", help="How many; the newest first.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line. Times are in UTC.")
@click.option("--data-dir", type=click.Path(path_type=Path, file_okay=False), metavar="DIR", help="What is kept.")
def command(last: int, as_json: bool, data_dir: Path | None) -> None:
    """Say who changed what, on the dashboard and with `funnel user`. Readers stand there by their numbers."""
    with open_service(settings_with(data_dir=data_dir)).db.read() as session:
        lines, _ = audit_lines(session, size=last)
    for line in lines:
        click.echo(_as_json(line) if as_json else _sentence(line))
    if not lines and not as_json:
        click.echo("Nothing was changed yet.")


def _sentence(line: AuditLine) -> str:
    change = line.change
    about = "" if change.about is None else f"  {change.about[0]} {change.about[1]}"
    became = "".join(f"  {name}: {was} → {change.after.get(name, '')}" for name, was in change.before.items())
    return f"{line.at:%Y-%m-%d %H:%M} UTC  {line.who}  {change.what}{about}{became}"


def _as_json(line: AuditLine) -> str:
    change = line.change
    kind, number = change.about or (None, None)
    said = {"at": line.at.isoformat(), "who": line.who, "what": change.what, "about": kind, "id": number}
    return json.dumps(said | {"before": dict(change.before), "after": dict(change.after)})
