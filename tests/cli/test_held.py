"""`funnel held`, `release`, `drop` and `channel`, on the data of a service of one's own."""

from __future__ import annotations

import getpass
import json
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from click.testing import CliRunner, Result
from sqlalchemy import update

from funnel.adapters.memory import MemoryAdapter
from funnel.cli import cli
from funnel.mail import Outcome, OutcomeKind
from funnel.models import Delivery
from funnel.wiring import Service
from tests.conftest import MONDAY, SECRET
from tests.journey.steps import join, rows, work

# Commands leave it to the end of their process to hang up, which PostgreSQL's driver complains about in a longer one.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

Run = Callable[..., Result]
WHY = ("--why", "she says it never came")


@pytest.fixture
def waiting(service: Service) -> list[int]:
    """Ada's first lesson is unknown, Ben's is held."""
    service.channel.use(MemoryAdapter({"ada@example.org": OutcomeKind.AMBIGUOUS}))
    join(service, "ada@example.org")
    join(service, "ben@example.org")
    work(service)
    ids = [rows(service, email)[-1].id for email in ("ada@example.org", "ben@example.org")]
    with service.db.write() as session:
        session.execute(update(Delivery).where(Delivery.id == ids[1]).values(state="held", reason="{{ x }} is empty"))
    return ids


@pytest.fixture
def run(service: Service, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    for name in [name for name in os.environ if name.startswith("FUNNEL_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("FUNNEL_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("FUNNEL_DATABASE_URL", database_url)
    monkeypatch.setenv("FUNNEL_SECRET_KEY", SECRET)
    monkeypatch.setenv("FUNNEL_MAIL_URL", "memory://")

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(cli, arguments, prog_name="funnel", catch_exceptions=True)

    return run


def states(service: Service, ids: list[int]) -> list[tuple[str, str]]:
    with service.db.read() as session:
        return [(row.state, row.reason) for number in ids if (row := session.get_one(Delivery, number))]


def test_held_lists_each_mail_with_its_reader_reason_and_time(run: Run, waiting: list[int]) -> None:
    told = run("held").output
    as_json = json.loads(run("held", "--json").stdout)

    assert f"{waiting[0]}  unknown  ada@example.org  anxious-attachment/begin-here  since Mon 4 Jan 2027" in told
    assert "{{ x }} is empty" in told
    assert "2 mails to decide on" in told
    assert [(each["id"], each["state"], each["email"]) for each in as_json] == [
        (waiting[0], "unknown", "ada@example.org"),
        (waiting[1], "held", "ben@example.org"),
    ]


def test_release_keeps_who_and_why_and_the_mail_is_sent(run: Run, service: Service, waiting: list[int]) -> None:
    result = run("release", str(waiting[0]), *WHY, "--who", "Ada")

    assert result.output == "1 mail will be sent at the next round of the clock.\n"
    assert states(service, waiting)[0] == ("waiting", "released by Ada: she says it never came")
    service.channel.use(outbox := MemoryAdapter())
    work(service)
    assert [mail.recipient.address for mail in outbox.mails] == ["ada@example.org"]


def test_drop_all_gives_up_everything_that_waits(run: Run, service: Service, waiting: list[int]) -> None:
    assert run("drop", "--all", "--why", "that week is over").output == "2 mails given up.\n"
    assert [state for state, _ in states(service, waiting)] == ["skipped", "skipped"]
    assert run("held").output == "No mail waits for you.\n"
    assert json.loads(run("held", "--json").stdout) == []
    assert run("drop", "--all", *WHY).output == "No mail waits for you.\n"


def test_without_a_name_the_user_of_this_machine_has_decided(
    run: Run, service: Service, waiting: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGNAME", "harbour")
    run("drop", str(waiting[1]), *WHY)
    assert states(service, waiting)[1] == ("skipped", "dropped by harbour: she says it never came")


def test_an_unknown_number_is_named_and_the_others_are_done(run: Run, service: Service, waiting: list[int]) -> None:
    result = run("release", str(waiting[0]), "999999", *WHY)

    assert result.exit_code == 1
    assert result.output == "1 mail will be sent at the next round of the clock.\n"
    assert "999999: there is no such mail. 'funnel held'" in str(result.exception)
    assert f"{waiting[0]}:" not in str(result.exception)
    assert states(service, waiting)[0][0] == "waiting"


def test_a_mail_once_decided_on_changes_no_more(run: Run, service: Service, waiting: list[int]) -> None:
    run("drop", str(waiting[0]), *WHY, "--who", "Ada")
    again = run("release", str(waiting[0]), "--why", "or perhaps not")

    assert again.exit_code == 1
    assert again.output == ""
    assert f"{waiting[0]}: it was not sent: dropped by Ada: she says it never came." in str(again.exception)
    assert states(service, waiting)[0] == ("skipped", "dropped by Ada: she says it never came")


def test_a_mail_that_is_being_handed_over_cannot_be_dropped(run: Run, service: Service, waiting: list[int]) -> None:
    with service.db.write() as session:
        session.execute(update(Delivery).where(Delivery.id == waiting[0]).values(state="handing_over"))
    result = run("drop", *map(str, waiting), *WHY)

    assert result.exit_code == 1
    assert result.output == "1 mail given up.\n"
    assert f"{waiting[0]}: it is being sent just now" in str(result.exception)
    assert [state for state, _ in states(service, waiting)] == ["handing_over", "skipped"]


def test_json_says_what_was_done_and_what_was_not(run: Run, waiting: list[int]) -> None:
    result = run("release", str(waiting[0]), str(waiting[0]), "999999", *WHY, "--json")

    assert result.exit_code == 1
    assert json.loads(result.stdout) == {
        "done": [waiting[0]], "not_done": [{"id": 999999, "why": "there is no such mail"}],
    }  # fmt: skip
    assert json.loads(run("drop", "--all", *WHY, "--json").stdout) == {"done": [waiting[1]], "not_done": []}
    nothing = run("drop", "--all", *WHY, "--json")
    assert (nothing.exit_code, json.loads(nothing.stdout)) == (0, {"done": [], "not_done": []})


def test_the_ledger_still_says_who_decided_and_why(run: Run, service: Service, waiting: list[int]) -> None:
    run("release", str(waiting[0]), "--why", "she says\nit never \x1b[2Jcame", "--who", " ")
    service.channel.use(MemoryAdapter())
    work(service)

    told = run("ledger", "ada@example.org").output
    (decision,) = json.loads(run("ledger", "ada@example.org", "--json").stdout)[-1]["decisions"]

    assert f"Released by {getpass.getuser()}, Mon 4 Jan 2027 09:00: she says it never \\u001b[2Jcame" in told
    assert (decision["what"], decision["who"]) == ("released", getpass.getuser())
    assert decision["at"] == "2027-01-04T09:00:00+00:00"


def test_a_providers_words_cannot_move_the_cursor(run: Run, service: Service, waiting: list[int]) -> None:
    with service.db.write() as session:
        session.execute(update(Delivery).where(Delivery.id == waiting[0]).values(reason="no answer \x1b[2J"))
    assert "no answer \\u001b[2J" in run("held").output


@pytest.mark.parametrize(
    "arguments",
    [
        ("release", *WHY),
        ("release", "1", "--all", *WHY),
        ("drop", "1"),
        ("drop", "1", "--why", " "),
        ("drop", "x", *WHY),
        ("drop", "0", *WHY),
        ("release", str(10**30), *WHY),
    ],
)
def test_what_is_missing_is_said(run: Run, waiting: list[int], arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert len(json.loads(run("held", "--json").stdout)) == 2


def test_an_open_channel_is_said_to_be_open(run: Run) -> None:
    assert run("channel").output == "memory (everything) is open\n"
    (told,) = json.loads(run("channel", "--json").stdout)
    assert (told["name"], told["state"], told["until"]) == ("memory", "open", None)


def test_a_resting_channel_says_why_and_can_be_resumed(
    run: Run, service: Service, time: time_machine.Traveller
) -> None:
    service.channel.use(MemoryAdapter())
    with service.db.write() as session:
        wait = timedelta(hours=1)
        service.channel.record_outcomes(
            session, [Outcome(OutcomeKind.QUOTA, "enough for today", retry_after=wait)], MONDAY
        )

    told = run("channel").output
    assert told == "memory (everything) rests until Mon 4 Jan 2027 10:00\n    quota: enough for today\n"
    time.shift(timedelta(hours=2))
    assert "is on trial" in run("channel").output
    assert run("channel", "resume", "memory").output == "memory is tried again with the next mail.\n"
    assert run("channel").output == "memory (everything) is open\n"
    assert "nothing has changed" in run("channel", "resume", "memory").output


def test_a_stopped_channel_and_a_misspelt_name_are_answered(run: Run, service: Service) -> None:
    service.channel.use(MemoryAdapter())
    with service.db.write() as session:
        service.channel.record_outcomes(session, [Outcome(OutcomeKind.AUTH_CONFIG, "535 wrong key")], MONDAY)

    assert "has stopped until somebody mends it" in run("channel").output
    result = run("channel", "resume", "memmory")
    assert result.exit_code == 2
    assert "Did you mean memory?" in result.output
