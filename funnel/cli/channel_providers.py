"""`funnel channel decide`, and what `funnel channel` says of mailbox providers that rest."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from funnel.cli.plan import data_dir_option
from funnel.cli.publish import who
from funnel.cli.support.formatting import moment, plural
from funnel.cli.support.loading import opened
from funnel.cli.support.naming import unknown
from funnel.models import BrakeDecision, BrakeScope
from funnel.sending.letting_go import decide
from funnel.sending.rest_summary import RestSummary, rest_summaries
from funnel.wiring import Service

_CHOICE = click.Choice([BrakeDecision.OURS.value, BrakeDecision.DEAD.value])


@click.command("decide", epilog="Example: funnel channel decide gmail.com ours")
@click.argument("provider")
@click.argument("decision", type=_CHOICE)
@data_dir_option
def decide_provider(provider: str, decision: str, data_dir: Path | None) -> None:
    """Decide about mailbox PROVIDER, which rests because too many addresses there were called dead.

    `ours`: something at our side was wrong and is mended. Nobody is given up, and mail goes again; what was
    refused is not sent again. `dead`: they are really dead. Whoever was called so gets no more mail, and mail to the
    others goes again.
    """
    with opened(data_dir) as service:
        rests = summaries_of(service)
        mine = [rest for rest in rests if rest.provider == provider.lower()]  # names of domains have no case
        if not mine:
            raise unknown("resting mailbox provider", provider, sorted({rest.provider for rest in rests}))
        for rest in mine:
            scope = BrakeScope.READERS if rest.of_readers else BrakeScope.STRANGERS
            now = service.clock.now()
            if decide(service, rest.provider, scope, BrakeDecision(decision), who(), now):
                click.echo(_decided(rest, decision))
            else:
                click.echo(f"{rest.provider}: it was decided already, and is being carried out.")


def summaries_of(service: Service) -> list[RestSummary]:
    with service.db.read() as session:
        return rest_summaries(session, service)


def provider_json(rest: RestSummary) -> dict[str, Any]:
    said = asdict(rest)
    return {"name": said.pop("provider"), "carries": "", "state": "provider rests", **said}


def provider_line(rest: RestSummary, zone: str) -> str:
    """What rests, what its servers said, and how to decide."""
    where = "mail everywhere" if rest.everywhere else rest.provider
    what = "lessons wait" if rest.of_readers else "only new addresses, never confirmed; readers' mail goes on"
    lines = [
        f"{where} has been resting since {moment(rest.since, zone)} ({what})",
        f"    {plural(rest.readers, 'reader')} in a row called dead:",
    ]
    lines += [f"    {answer.readers:>6,}  {answer.words or '(no words were kept)'}" for answer in rest.answers]
    lines += [f"    {rest.more:>6,}  other words"] if rest.more else []
    if rest.waiting:
        lines.append(f"    {plural(rest.waiting, 'lesson')} waiting")
    lines.append(f"    'funnel channel decide {rest.provider} ours' when it was us and is mended; 'dead' if they are")
    return "\n".join(lines)


def _decided(rest: RestSummary, decision: str) -> str:
    if decision == BrakeDecision.OURS:
        return f"Mail to {rest.provider} goes again, and nobody is given up."
    return f"{plural(rest.readers, 'reader')} at {rest.provider} called dead get no more mail; the others do again."
