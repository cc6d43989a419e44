"""`funnel bounces` and `funnel suppress`, as a person or a mail server runs them."""

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
from funnel.models import Delivery, Event, Suppression
from funnel.people.mailboxes import never_ask
from funnel.wiring import Service
from tests.bounces.steps import PRACTICE, bounce, complaint, return_address, sent
from tests.conftest import SECRET

Run = Callable[..., Result]


@pytest.fixture
def run(service: Service, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    for name in [name for name in os.environ if name.startswith("FUNNEL_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("FUNNEL_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("FUNNEL_DATABASE_URL", database_url)
    monkeypatch.setenv("FUNNEL_SECRET_KEY", SECRET)
    monkeypatch.setenv("FUNNEL_MAIL_URL", "memory://")

    def run(*arguments: str, stdin: bytes = b"") -> Result:
        return CliRunner().invoke(cli, arguments, prog_name="funnel", input=stdin, catch_exceptions=True)

    return run


@pytest.fixture
def lesson(service: Service, outbox: MemoryAdapter) -> Delivery:
    return sent(service)


@pytest.fixture
def box(tmp_path: Path, service: Service, lesson: Delivery) -> Path:
    """A dead address, a forged bounce, a letter, and one mail too many bytes long."""
    folder = tmp_path / "bounces"
    folder.mkdir()
    (folder / "1-dan.eml").write_bytes(bounce(return_address(service.links, lesson)))
    (folder / "2-forged.eml").write_bytes(bounce(PRACTICE, address="ada@example.org"))
    (folder / "3-letter.eml").write_bytes(b"From: ada@example.org\nSubject: Thank you\n\nIt helped.\n")
    (folder / "4-large.eml").write_bytes(b"x" * (10 * 1024 * 1024 + 1))
    return folder


def rows(service: Service, model: type[Event] | type[Suppression]) -> int:
    with service.db.read() as session:
        return len(list(session.scalars(select(model))))


def test_a_dry_run_says_what_each_mail_is_and_changes_nothing(run: Run, service: Service, box: Path) -> None:
    before = {file.name: file.stat().st_mtime_ns for file in box.iterdir()}
    lines = [json.loads(line) for line in run("bounces", "read", str(box), "--dry-run", "--json").output.splitlines()]

    assert [line["file"] for line in lines] == ["1-dan.eml", "2-forged.eml", "3-letter.eml", "4-large.eml"]
    assert [line["is_bounce"] for line in lines] == [True, True, False, False]
    dan = lines[0]["recipients"][0]
    wanted = {"address": "dan@example.org", "status": "5.1.1", "reason": "userunknown", "kind": "hard", "hard": True}
    assert wanted.items() <= dan.items()
    assert lines[3]["problem"] == "larger than 10 MB: not read"
    assert rows(service, Suppression) == 0
    assert {file.name: file.stat().st_mtime_ns for file in box.iterdir()} == before


def test_a_dry_run_needs_no_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("FUNNEL_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("FUNNEL_DATA_DIR", str(tmp_path / "nothing"))
    (tmp_path / "1.eml").write_bytes(bounce(PRACTICE))
    result = CliRunner().invoke(cli, ["bounces", "read", str(tmp_path), "--dry-run", "--json"])

    assert result.exit_code == 0
    assert json.loads(result.stdout)["recipients"][0]["address"] == "dan@example.org"
    assert not (tmp_path / "nothing").exists()


def test_an_eml_file_with_two_mails_is_one_line(run: Run, tmp_path: Path) -> None:
    stamp = b"From mailer Mon Jan  4 09:00:00 2027\n"
    (tmp_path / "two").mkdir()
    (tmp_path / "two" / "x.eml").write_bytes(
        stamp + bounce(PRACTICE) + b"\n" + stamp + bounce(PRACTICE, address="cleo@example.org")
    )
    (line,) = run("bounces", "read", str(tmp_path / "two"), "--dry-run", "--json").output.splitlines()

    assert [each["address"] for each in json.loads(line)["recipients"]] == ["dan@example.org", "cleo@example.org"]


def test_reading_records_and_says_what_was_done(run: Run, service: Service, box: Path) -> None:
    told = run("bounces", "read", str(box)).output

    assert "1-dan.eml: dan@example.org userunknown (hard) → suppressed" in told
    assert "2-forged.eml: ada@example.org userunknown (hard) → unverified" in told
    assert "3-letter.eml: no bounce and no complaint → ignored" in told
    assert rows(service, Suppression) == 1
    assert len(list(box.iterdir())) == 4


def test_reading_the_same_mailbox_again_does_nothing(run: Run, service: Service, box: Path) -> None:
    run("bounces", "read", str(box))
    before = rows(service, Event)
    assert "→ known" in run("bounces", "read", str(box)).output
    assert rows(service, Event) == before


def test_only_what_was_understood_is_deleted_and_on_request(run: Run, box: Path) -> None:
    run("bounces", "read", str(box), "--delete-understood")
    assert sorted(file.name for file in box.iterdir()) == ["3-letter.eml", "4-large.eml"]


def test_a_mailbox_that_is_not_there_is_said_in_a_sentence(run: Run, tmp_path: Path) -> None:
    result = run("bounces", "read", str(tmp_path / "nothing"), "--dry-run")
    assert "There is no mailbox" in str(result.exception)


def test_the_pipe_takes_one_mail_from_the_mail_server(run: Run, service: Service, lesson: Delivery) -> None:
    result = run("bounces", "pipe", stdin=bounce(return_address(service.links, lesson)))

    assert (result.exit_code, result.output) == (0, "suppressed\n")
    assert rows(service, Suppression) == 1


def test_without_a_database_the_pipe_asks_for_the_mail_again(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("FUNNEL_DATABASE_URL", f"sqlite:///{tmp_path}/nothing.sqlite3")
    result = run("bounces", "pipe", stdin=bounce(PRACTICE))
    assert (result.exit_code, result.stdout) == (75, "")
    assert len(result.stderr.splitlines()) == 1  # it is for the log of the mail server


@pytest.mark.parametrize("wrong", ["--data-dri=/var/lib/funnel", f"--data-dir={__file__}", "more"])
def test_a_mistake_in_the_pipe_s_command_line_loses_no_bounce(run: Run, lesson: Delivery, wrong: str) -> None:
    """With 2 Postfix gives the mail up at once, and a bounce has no sender to hear of it."""
    result = run("bounces", "pipe", wrong, stdin=bounce(PRACTICE))
    assert (result.exit_code, result.stdout) == (75, "")
    assert "Error:" in result.stderr


def test_a_pipe_without_the_key_asks_for_the_mail_again(
    run: Run, service: Service, lesson: Delivery, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A mail server gives its programs none of the service's variables; with another key no bounce would seem ours."""
    monkeypatch.delenv("FUNNEL_SECRET_KEY")
    before = rows(service, Event)
    result = run("bounces", "pipe", stdin=bounce(return_address(service.links, lesson)))
    assert (result.exit_code, result.stdout) == (75, "")
    assert "There is no secret key in" in result.stderr
    assert not (tmp_path / "secret-key").exists()
    assert rows(service, Event) == before


def test_a_dry_run_opens_tokens_with_the_set_key_and_older_ones(
    run: Run, box: Path, lesson: Delivery, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "secret-key").write_text("another key that was kept in the folder, and is not used\n")
    assert _found(run, box) == lesson.id
    monkeypatch.delenv("FUNNEL_SECRET_KEY")
    (tmp_path / "secret-key").write_text(f"a new key of more than thirty-two letters,{SECRET}\n")
    assert _found(run, box) == lesson.id


def _found(run: Run, box: Path) -> int | None:
    lines = run("bounces", "read", str(box), "--dry-run", "--json").output.splitlines()
    found = json.loads(lines[0])["delivery"]
    return None if found is None else int(found)


def test_a_delay_notice_is_told_apart_from_a_bounce(run: Run, box: Path) -> None:
    (box / "1-dan.eml").write_bytes(bounce(PRACTICE, said="452 4.2.2 Over quota", action="delayed"))
    first = run("bounces", "read", str(box), "--dry-run").output.splitlines()[0]
    assert first == "1-dan.eml: dan@example.org mailboxfull (delayed)"


def test_an_address_is_put_on_the_list_shown_and_taken_off(run: Run, lesson: Delivery) -> None:
    assert "is not mailed any more" in run("suppress", "add", "Dan@example.org", "--note", "by telephone").output
    (shown,) = run("suppress", "list", "--json").output.splitlines()
    assert {"email": "dan@example.org", "reason": "by_hand", "note": "by telephone"}.items() <= json.loads(
        shown
    ).items()
    assert "may be mailed again" in run("suppress", "remove", "dan@example.org").output
    assert run("suppress", "list").output == "No address is suppressed.\n"


def test_a_complaint_stays_on_the_list_for_ever(run: Run, service: Service, lesson: Delivery) -> None:
    number = service.links.message_id(lesson.ref, "harbour.example.org")
    run("bounces", "pipe", stdin=complaint(f"Message-ID: {number}"))
    result = run("suppress", "remove", "dan@example.org")

    assert "that is for ever" in str(result.exception)
    assert json.loads(run("suppress", "list", "--json").stdout)["reason"] == "complained"


def test_the_list_goes_out_and_comes_in_again(run: Run, service: Service, tmp_path: Path, lesson: Delivery) -> None:
    run("suppress", "add", "dan@example.org")
    run("suppress", "add", "nobody@example.org", "--reason", "bounced")
    file = tmp_path / "list.csv"
    run("suppress", "export", str(file))
    assert file.stat().st_mode & 0o077 == 0
    with service.db.write() as session:
        for row in session.scalars(select(Suppression)):
            session.delete(row)
    assert run("suppress", "import", str(file)).output == "2 addresses are on the list.\n"
    found = {
        (row["email"], row["reason"]) for row in map(json.loads, run("suppress", "list", "--json").output.splitlines())
    }
    assert found == {("dan@example.org", "by_hand"), ("", "bounced")}


def test_a_plain_list_is_imported_and_names_what_is_no_address(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "list.txt"
    file.write_text("dan@example.org\nnot an address\n\ncleo@example.org\n")
    result = run("suppress", "import", str(file))

    assert result.exit_code == 1
    assert "2 addresses are on the list." in result.output
    assert "1 lines hold no e-mail address and were left out: 2" in result.output


def test_the_password_of_a_mailbox_may_stand_in_a_file(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailbox = "imaps://bounces@127.0.0.1:1/INBOX"
    without = run("bounces", "read", mailbox, "--dry-run")
    assert "FUNNEL_BOUNCES_PASSWORD" in str(without.exception)
    (tmp_path / "password").write_text("open sesame\n", encoding="utf-8")
    monkeypatch.setenv("FUNNEL_BOUNCES_PASSWORD_FILE", str(tmp_path / "password"))
    given = run("bounces", "read", mailbox, "--dry-run")
    assert "FUNNEL_BOUNCES_PASSWORD" not in str(given.exception)
    assert "127.0.0.1" in str(given.exception)


def test_the_lmtp_server_says_what_it_needs(run: Run) -> None:
    assert "FUNNEL_LMTP is not set" in str(run("bounces", "lmtp").exception)


def test_who_said_it_was_not_her_is_listed_and_may_be_asked(service: Service, run: Run) -> None:
    with service.db.write() as session:
        never_ask(session, service.links, "ada@gmail.com", service.clock.now())
    (shown,) = run("suppress", "list", "--json").output.splitlines()
    assert (json.loads(shown)["reason"], json.loads(shown)["email"]) == ("never_ask", "")
    assert "never_ask" in run("suppress", "list").output
    assert "may be mailed again (it was: never_ask)" in run("suppress", "remove", "a.da+x@googlemail.com").output
    assert run("suppress", "list").output == "No address is suppressed.\n"
