"""`funnel status`: how the service is doing, in a few lines."""

from __future__ import annotations

import json
from pathlib import Path

import click
from sqlalchemy.orm import Session

from funnel.channel.provider_rest import EVERYWHERE
from funnel.channel.real_mail import withheld
from funnel.cli.support.formatting import plural
from funnel.cli.support.loading import open_service
from funnel.cli.support.options import settings_with
from funnel.insight.status import QueueState, Status
from funnel.insight.status import status as status_of
from funnel.wiring import Service

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
            QueueState(service.queue.lengths(), service.queue.workers()),
            service.clock.machine_now(),
            service.clock.now(),
        )
        before = _before_mail(session, service)
    if as_json:
        click.echo(json.dumps({**found.to_json(), "before_real_mail": before}, ensure_ascii=False))
    else:
        click.echo("\n".join(_lines(found) + _lines_before_mail(before)))


def _before_mail(session: Session, service: Service) -> dict[str, int | bool]:
    """Whether readers get no mail yet, how many things prevent it, and how many mails wait for it."""
    found = service.real_mail.problems(session, service.library, service.clock.now())
    things, waiting = sum(problem.severity == "error" for problem in found), withheld(session)
    # FUNNEL_MAIL_URL may be set for the service but not in this shell.
    stands = bool(things) and (service.real_mail.leaves or waiting > 0)
    return {"withholds": stands, "things": things, "waiting": waiting if stands else 0}


def _lines_before_mail(before: dict[str, int | bool]) -> list[str]:
    if not before["withholds"]:
        return []
    waiting = (
        f"; waiting until then, and not lost: {plural(int(before['waiting']), 'mail')}" if before["waiting"] else ""
    )
    return [
        f"Readers      get no mail yet: {plural(int(before['things']), 'thing')} to mend, "
        f"'funnel check' lists them{waiting}"
    ]


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
    for each in found.providers:
        where = "everywhere" if each.provider == EVERYWHERE else f"to {each.provider}"
        what = f"lessons {where} rest" if each.of_readers else f"sign-ups at {each.provider} look dead"
        lines.append(f"Provider     {what} since {each.since:%Y-%m-%d %H:%M} UTC: 'funnel channel' says why and asks")
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
