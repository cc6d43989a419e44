"""`funnel channel`: whether mail can leave."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from sqlalchemy import select

from funnel.channel.channel import Channel
from funnel.channel.channel import resume as end_rest
from funnel.channel.rest import Lane
from funnel.cli.channel_providers import decide_provider, provider_json, provider_line, summaries_of
from funnel.cli.plan import data_dir_option
from funnel.cli.support.formatting import moment
from funnel.cli.support.loading import open_service
from funnel.cli.support.naming import unknown
from funnel.cli.support.options import settings_with
from funnel.models import ChannelState
from funnel.wiring import Service

_OPEN, _RESTS, _STOPPED, _TRIAL = "open", "rests", "stopped", "on trial"


@click.group(epilog="Example: funnel channel", invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Say it for a program to read.")
@data_dir_option
@click.pass_context
def command(context: click.Context, as_json: bool, data_dir: Path | None) -> None:
    """Say whether mail can leave, and end a rest.

    Without a further word: each way out, whether it is open, and if not, until when and why.
    """
    if context.invoked_subcommand is not None:
        return
    service = open_service(settings_with(data_dir=data_dir))
    found, resting = _found(service), summaries_of(service)
    if as_json:
        click.echo(json.dumps([*found, *map(provider_json, resting)], ensure_ascii=False, default=datetime.isoformat))
        return
    zone = service.library.practice.zone
    lines = [_line(channel, zone) for channel in found] + [provider_line(rest, zone) for rest in resting]
    click.echo("\n".join(lines) or "No channel rests. FUNNEL_MAIL_URL is not set here, so there is no more to say.")


command.add_command(decide_provider)


@command.command(epilog="Example: funnel channel resume smtp")
@click.argument("name")
@data_dir_option
def resume(name: str, data_dir: Path | None) -> None:
    """Try NAME again at once, when what was wrong has been mended. The next mail shows whether it has."""
    service = open_service(settings_with(data_dir=data_dir))
    with service.db.write() as session:
        if end_rest(session, name, service.clock.machine_now()):
            click.echo(f"{name} is tried again with the next mail.")
            return
        resting = list(session.scalars(select(ChannelState.adapter)))
    if name in [channel.name for channel in _configured(service)]:
        click.echo(f"{name} is open; nothing has changed.")
        return
    raise unknown("resting channel", name, resting)


def _configured(service: Service) -> tuple[Channel, ...]:
    return service.channel.all if service.settings.mail_url else ()


def _found(service: Service) -> list[dict[str, Any]]:
    """Each channel that is set up here, and each that rests, wherever it is set up."""
    machine = service.clock.machine_now()
    with service.db.read() as session:
        states = {state.adapter: state for state in session.scalars(select(ChannelState))}
    found = []
    for channel in _configured(service):
        carries = "lessons" if channel is service.channel.course else "everything"
        if channel is service.channel and service.channel.course is not None:
            carries = "everything but lessons"
        told = {"name": channel.name, "carries": carries, **_state(states.pop(channel.name, None), machine)}
        if channel.pace.plan.counts_days:
            told["sent_today"] = channel.pace.sent(machine)
            told["lessons_may_go_until"] = channel.pace.plan.lessons_on(machine.date())
        found.append(told)
        for lane in Lane:
            name = lane.name_in(channel.name)
            if name in states:
                carries = "lessons" if lane is Lane.LESSONS else "everything but lessons"
                found.append({"name": name, "carries": carries, **_state(states.pop(name), machine)})
    return found + [{"name": name, "carries": "", **_state(state, machine)} for name, state in sorted(states.items())]


def _state(row: ChannelState | None, machine: datetime) -> dict[str, Any]:
    if row is None:
        return {"state": _OPEN, "kind": "", "detail": "", "since": None, "until": None}
    state = _STOPPED if row.until is None else _RESTS if row.until > machine else _TRIAL
    return {"state": state, "kind": row.kind, "detail": row.detail, "since": row.since, "until": row.until}


def _line(channel: dict[str, Any], zone: str) -> str:
    said = {
        _OPEN: "is open",
        _RESTS: f"rests until {moment(channel['until'], zone)}" if channel["until"] else "",
        _STOPPED: "has stopped until somebody mends it; it is tried every five minutes",
        _TRIAL: "is on trial: the next mail shows whether it goes again",
    }[channel["state"]]
    carries = f" ({channel['carries']})" if channel["carries"] else ""
    detail = f"\n    {channel['kind']}: {channel['detail']}" if channel["kind"] else ""
    today = ""
    if "sent_today" in channel:
        most = channel["lessons_may_go_until"]
        today = f"\n    {channel['sent_today']} sent today (UTC)" + ("" if most is None else f", lessons up to {most}")
    return f"{channel['name']}{carries} {said}{detail}{today}"
