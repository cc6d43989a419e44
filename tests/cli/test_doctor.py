"""`funnel doctor`: what it prints, and its exit code."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from click.testing import CliRunner

from funnel.cli import doctor
from funnel.operations.doctor import DnsRecord, Finding, Health
from funnel.wiring import Service

Make = Callable[..., Service]
LONG = DnsRecord("funnel1._domainkey.harbour.example.org", "TXT", "v=DKIM1; p=" + "A" * 400)
BAD = Finding("DKIM funnel1", Health.BAD, "There is no DKIM record.", "Put this record into the DNS.", (LONG,))
OK = Finding("Disk", Health.OK, "12.0 GB are free.")


def said(
    monkeypatch: pytest.MonkeyPatch, make_service: Make, found: list[Finding], *options: str
) -> tuple[int, str, str]:
    """Exit code, output and to whom a mail was sent, where the doctor finds this."""
    sent: list[str] = []

    def send(_: Service, address: str) -> Finding:
        sent.append(address)
        return OK

    monkeypatch.setattr(doctor, "look_around", lambda _: list(found))
    monkeypatch.setattr(doctor, "send_to_me", send)
    settings = make_service().settings
    for name, value in settings.environment().items():
        if value:
            monkeypatch.setenv(name, value)
    result = CliRunner().invoke(doctor.command, options)
    return result.exit_code, result.output, ",".join(sent)


def test_what_is_bad_is_said_with_the_record_on_one_line(monkeypatch: pytest.MonkeyPatch, make_service: Make) -> None:
    code, output, sent = said(monkeypatch, make_service, [OK, BAD])
    assert (code, sent) == (1, "")
    assert "ok        Disk: 12.0 GB are free." in output
    assert f"Value  {LONG.value}\n" in output
    assert f'IN TXT "{LONG.value[:255]}" "{LONG.value[255:]}"' in output
    assert output.endswith("1 ok, 1 bad\n")


def test_warnings_alone_end_well(monkeypatch: pytest.MonkeyPatch, make_service: Make) -> None:
    warned = Finding("Redis", Health.WARN, "It may throw batches away.", "Set noeviction.")
    assert said(monkeypatch, make_service, [OK, warned])[0] == 0


def test_for_a_program_it_is_json(monkeypatch: pytest.MonkeyPatch, make_service: Make) -> None:
    code, output, _ = said(monkeypatch, make_service, [BAD], "--json")
    read = json.loads(output)
    assert (code, read["result"], read["checks"][0]["result"]) == (1, "bad", "bad")
    assert read["checks"][0]["records"][0]["value"] == LONG.value


def test_a_mail_goes_only_where_it_was_asked_for(monkeypatch: pytest.MonkeyPatch, make_service: Make) -> None:
    assert said(monkeypatch, make_service, [OK], "--send-to-me", "ada@example.org")[2] == "ada@example.org"
    code, output, sent = said(monkeypatch, make_service, [OK], "--send-to-me", "nobody")
    assert (code, sent) == (2, "")
    assert "no e-mail address" in output
