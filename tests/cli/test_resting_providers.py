"""`funnel channel` and `funnel status` about a mailbox provider that rests, and `funnel suppress undo`."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from funnel.adapters.memory import MemoryAdapter
from funnel.cli import cli
from funnel.enrolment.giving_up import give_up_address
from funnel.models import Enrolment, Lead, ProviderRest, Suppression, SuppressionReason
from funnel.people.suppression import Grounds
from funnel.wiring import Service
from tests.conftest import SECRET
from tests.journey.steps import join
from tests.web.dashboard.test_resting import called_dead

# Commands leave it to the end of their process to hang up, which PostgreSQL's driver complains about in a longer one.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

Run = Callable[..., Result]


@pytest.fixture
def run(service: Service, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    for name in [name for name in os.environ if name.startswith("FUNNEL_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("FUNNEL_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("FUNNEL_DATABASE_URL", database_url)
    monkeypatch.setenv("FUNNEL_SECRET_KEY", SECRET)
    monkeypatch.setenv("FUNNEL_MAIL_URL", "memory://")

    def run(*arguments: str, answer: str = "") -> Result:
        return CliRunner().invoke(cli, arguments, prog_name="funnel", input=answer)

    return run


def suppressed(service: Service) -> int:
    with service.db.read() as session:
        return len(session.scalars(select(Suppression.digest)).all())


def test_channel_and_status_say_what_rests_and_why(service: Service, run: Run) -> None:
    called_dead(service, 12)
    said = run("channel").output
    assert "gmail.com has been resting since Mon 4 Jan 2027 09:00 (lessons wait)" in said
    assert "12 readers in a row called dead" in said
    assert "    12  550 5.1.1 …: <b>User</b> unknown, id …" in said
    assert "funnel channel decide gmail.com ours" in said
    assert "lessons to gmail.com rest since 2027-01-04 09:00 UTC" in run("status").output
    (rest,) = [each for each in json.loads(run("channel", "--json").output) if each["name"] == "gmail.com"]
    assert (rest["state"], rest["readers"], rest["waiting"]) == ("provider rests", 12, 1)
    assert json.loads(run("status", "--json").output)["providers"][0]["provider"] == "gmail.com"


def test_each_decision_is_carried_out(service: Service, run: Run) -> None:
    called_dead(service, 9, "one.example")
    other = run("channel", "decide", "gmail.com", "dead")
    assert "There is no resting mailbox provider 'gmail.com'. There is: one.example." in other.output
    done = run("channel", "decide", "One.Example", "dead")  # names of domains have no case
    assert done.exit_code == 0
    assert "9 readers at one.example called dead get no more mail" in done.output
    assert suppressed(service) == 9
    again = run("channel", "decide", "one.example", "ours")
    assert again.exit_code != 0
    with service.db.read() as session:
        assert session.get_one(ProviderRest, ("one.example", "readers")).decision == "dead"


def test_undo_shows_and_asks_before_it_takes_anything_back(service: Service, run: Run) -> None:
    service.channel.use(MemoryAdapter())
    for name in ("dan", "gus"):
        join(service, f"{name}@example.org")
    with service.db.write() as session:
        for lead in session.scalars(select(Lead)).all():
            reason = SuppressionReason.BOUNCED if lead.email.startswith("dan") else SuppressionReason.COMPLAINED
            grounds = Grounds(reason, service.clock.now(), f"550 5.1.1 <{lead.email}> User unknown")
            give_up_address(session, service.links, lead, grounds)
    wanted = ("suppress", "undo", "--since", "2027-01-04", "--reason", "bounced")
    shown = run(*wanted, "--dry-run").output
    assert "1 to undo:" in shown
    assert "1  550 5.1.1 … User unknown" in shown
    run(*wanted, answer="n\n")
    assert suppressed(service) == 2
    assert "1 taken back" in run(*wanted, answer="y\n").output
    assert suppressed(service) == 1
    with service.db.read() as session:
        assert sorted(session.scalars(select(Enrolment.state))) == ["active", "stopped"]
    assert "nothing to undo" in run(*wanted, "--yes").output
    assert run("suppress", "undo", "--since", "2027-01-04", "--reason", "complained").exit_code == 2


def test_undo_says_when_no_time_is_left_between_its_dates(service: Service, run: Run) -> None:
    said = run("suppress", "undo", "--since", "2027-01-04", "--until", "2027-01-03", "--reason", "bounced")
    assert said.exit_code == 2
    assert "'--until': it is before --since" in said.output
