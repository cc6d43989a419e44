"""`funnel status`: how the service is doing, in a few lines."""

from __future__ import annotations

import json
from pathlib import Path

import click

from funnel.cli.loading import open_service
from funnel.cli.options import settings_with
from funnel.insight.status import Status
from funnel.insight.status import status as status_of

_TICK_IS_LATE = 30.0


@click.command(epilog="Example: funnel status --json")
@click.option("--data-dir", type=click.Path(path_type=Path, file_okay=False), metavar="DIR", help="What is kept.")
@click.option("--json", "as_json", is_flag=True, help="Say it for a program to read.")
def command(data_dir: Path | None, as_json: bool) -> None:
    """Say what waits, what went, how late the oldest due mail is, and when the clock was last seen."""
    service = open_service(settings_with(data_dir=data_dir))
    with service.db.read() as session:
        found = status_of(
            session,
            service.queue.lengths(),
            service.queue.workers(),
            service.clock.machine_now(),
            service.clock.now(),
        )
    click.echo(json.dumps(found.to_json(), ensure_ascii=False) if as_json else "\n".join(_lines(found)))


def _lines(found: Status) -> list[str]:
    counts = ", ".join(f"{number} {state}" for state, number in found.deliveries.items() if number) or "none yet"
    queues = ", ".join(f"{name} {length}" for name, length in found.queues.items())
    lines = [
        f"Mails        {counts}",
        f"Oldest due   {'nothing is late' if found.late < 1 else 'late by ' + _spoken(found.late)}",
        f"Queues       {queues or 'Redis was not asked: FUNNEL_REDIS_URL is not set here, or it is away'}",
        f"Workers      {_workers(found.workers)}",
        f"Clock        {_clock(found.last_tick)}",
    ]
    for name, age in found.seen.items():
        lines.append(f"{name:<12} seen {_spoken(age)} ago")
    for channel in found.channels:
        until = "until somebody mends it" if channel.until is None else f"until {channel.until:%Y-%m-%d %H:%M} UTC"
        lines.append(f"Channel      {channel.adapter} waits {until}: {channel.detail}")
    return lines


def _workers(number: int | None) -> str:
    if number is None:
        return "not known, for Redis was not asked"
    if number == 0:
        return "none is running, so no mail leaves: start 'funnel up' or 'funnel worker', and look at what it says"
    return f"{number} at work"


def _clock(age: float | None) -> str:
    if age is None:
        return "has never run: start 'funnel up' or 'funnel clock'"
    return f"seen {_spoken(age)} ago" + (": it may not be running" if age > _TICK_IS_LATE else "")


def _spoken(seconds: float) -> str:
    for size, name in ((86_400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {name}s"
    return f"{seconds:.0f} s"
