"""`funnel doctor`: whether everything around the service is right, and what to do where it is not."""

from __future__ import annotations

import json
import sys
import textwrap
from pathlib import Path

import click

from funnel.cli.plan import data_dir_option
from funnel.cli.support.loading import opened
from funnel.curriculum.addresses import read_address
from funnel.operations.doctor import DnsRecord, Finding, Health, look_around, send_to_me, worst

_NAME_WIDTH, _WIDTH = 10, 100


@click.command(epilog="Example: funnel doctor --send-to-me owner@example.org")
@click.option("--send-to-me", "address", metavar="ADDRESS", help="Also send one lesson there, marked as a test.")
@click.option("--json", "as_json", is_flag=True, help="Say it for a program to read.")
@data_dir_option
def command(address: str | None, as_json: bool, data_dir: Path | None) -> None:
    """Say whether settings, database, mail server and the DNS of your domain are right, and what to do where not.

    Asks your name servers, your public address, your mail server and the clock of www.iana.org; changes nothing, and
    sends no mail but the one you ask for. Set the variables of the service in this shell, or it looks at others.
    Exit code 1 where something is bad.
    """
    if address is not None and read_address(address) is None:
        raise click.UsageError(f"'{address}' is no e-mail address: write one such as owner@example.org.")
    with opened(data_dir) as service:
        found = look_around(service)
        if address is not None:
            found.append(send_to_me(service, address))
    if as_json:
        click.echo(json.dumps({"result": worst(found).value, "checks": [each.to_json() for each in found]}, indent=1))
    else:
        click.echo("\n".join(line for each in found for line in _lines(each)))
        click.echo(f"\n{_summary(found)}")
    if worst(found) is Health.BAD:
        sys.exit(1)


def _lines(finding: Finding) -> list[str]:
    head = f"{finding.health.value:<{_NAME_WIDTH}}"
    indent = " " * _NAME_WIDTH
    lines = textwrap.wrap(f"{finding.check}: {finding.says}", _WIDTH, initial_indent=head, subsequent_indent=indent)
    if finding.advice:
        lines += textwrap.wrap(finding.advice, _WIDTH, initial_indent=f"{indent}→ ", subsequent_indent=indent + "  ")
    return lines + [line for record in finding.records for line in _record_lines(record, indent)]


def _record_lines(record: DnsRecord, indent: str) -> list[str]:
    """The record as it is copied, so on one line however long it is."""
    lines = [f"{indent}  Name   {record.name}", f"{indent}  Type   {record.type}", f"{indent}  Value  {record.value}"]
    if len(record.strings) > 1:
        lines += [f"{indent}  In a zone file: {record.zone_line}"]
    return lines


def _summary(found: list[Finding]) -> str:
    counts = [(sum(each.health is health for each in found), health) for health in Health]
    return ", ".join(f"{number} {health.value}" for number, health in counts if number)
