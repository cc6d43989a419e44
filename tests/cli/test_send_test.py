"""A lesson sent to oneself: over a real SMTP conversation, marked, untracked, and honest about the answer."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

import dkim
import pytest

from funnel.adapters.dkim import new_key
from funnel.settings import starter
from tests.cli.here import command_here
from tests.cli.test_commands import funnel_command
from workers.catcher import Catcher, CaughtMailFolder, read_caught

Send = Callable[..., tuple[int, str]]
NOW = datetime(2027, 1, 4, 9, 0, tzinfo=UTC)


@pytest.fixture
def catcher(tmp_path: Path) -> Iterator[Catcher]:
    """A mail server on this machine; Dan has no mailbox there."""
    caught = Catcher(CaughtMailFolder(tmp_path / "caught", lambda: NOW), refuse=["dan@example.org"])
    caught.start()
    yield caught
    caught.stop()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return shutil.copytree(starter("sequences"), tmp_path / "sequences")


@pytest.fixture
def send(catcher: Catcher, folder: Path, tmp_path: Path) -> Send:
    """`funnel send-test` as a person runs it: exit code, and all it says. `alone` is in a process of its own."""

    def send(*arguments: str, mail_url: str | None = None, alone: bool = False, **variables: str) -> tuple[int, str]:
        url = f"smtp://127.0.0.1:{catcher.port}?tls=none" if mail_url is None else mail_url
        run = funnel_command if alone else command_here
        done = run(
            "send-test", *arguments, "--dir", str(folder),
            FUNNEL_MAIL_URL=url, FUNNEL_DATA_DIR=str(tmp_path / "data"), FUNNEL_SITE_URL="https://letters.example.org",
            **variables,
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr

    return send


def only_mail(catcher: Catcher) -> EmailMessage:
    (path,) = read_caught(catcher.folder)
    return BytesParser(policy=policy.default).parsebytes(path.read_bytes())


def part(mail: EmailMessage, kind: str) -> str:
    found = mail.get_body((kind,))
    assert found is not None
    return str(found.get_content())


def test_a_lesson_arrives_marked_as_a_test(send: Send, catcher: Catcher, tmp_path: Path) -> None:
    code, said = send("name-the-alarm", "ada@example.org", "--as", "fay", alone=True)
    mail = only_mail(catcher)
    assert code == 0
    assert "It was accepted and is on its way to ada@example.org." in said
    assert "queued as" in said
    assert mail["To"] == "ada@example.org"
    assert mail["Subject"] == "[Test] Week 1: when the phone stays dark"
    assert "Dear Fay" in part(mail, "plain")
    assert "Your quiz answers leaned this way" in part(mail, "html")
    assert not (tmp_path / "data").exists()  # no row, no key: nothing was opened to write anything down


def test_nothing_in_it_is_tracked_and_it_is_no_list_mail(send: Send, catcher: Catcher) -> None:
    send("training-follow-up/01-your-training", "ada@example.org")
    mail = only_mail(catcher)
    assert [name for name in mail.keys() if name.lower().startswith("list-")] == []  # noqa: SIM118 - may repeat
    for kind in ("plain", "html"):
        body = part(mail, kind)
        assert "<img" not in body
        assert "letters.example.org/" in body
        assert not any(f"letters.example.org/{path}" in body for path in ("c/", "o/", "u/", "p/", "r/", "watch/"))


def test_each_test_is_a_mail_of_its_own(send: Send, catcher: Catcher) -> None:
    send("week-1", "ada@example.org")
    send("week-1.md", "ada@example.org", "--as", "ben", "--sequence", "anxious-attachment")
    mails = [BytesParser(policy=policy.default).parsebytes(path.read_bytes()) for path in read_caught(catcher.folder)]
    assert len({mail["Message-ID"] for mail in mails}) == 2
    assert "Dear reader" in part(mails[1], "plain")


def test_it_is_signed_as_real_mail_is(send: Send, catcher: Catcher, tmp_path: Path) -> None:
    key = new_key("funnel1", "harbour.example.org")
    (tmp_path / "key.pem").write_bytes(key.pem)
    code, said = send(
        "name-the-alarm",
        "ada@example.org",
        FUNNEL_DKIM_KEY_FILE=str(tmp_path / "key.pem"),
        FUNNEL_DKIM_SELECTOR="funnel1",
        FUNNEL_DKIM_DOMAIN="harbour.example.org",
    )
    assert code == 0, said
    (path,) = read_caught(catcher.folder)
    content = re.sub(rb"\r?\n", b"\r\n", path.read_bytes())
    signed = content[content.index(b"DKIM-Signature:") :]
    records = {f"{key.record_name}.".encode(): key.record.encode()}
    assert dkim.verify(signed, dnsfunc=lambda name, timeout=5: records.get(name))


def test_it_leaves_the_way_lessons_do(send: Send, catcher: Catcher) -> None:
    course = f"smtp://127.0.0.1:{catcher.port}?tls=none"
    assert send("week-1", "ada@example.org", mail_url="postmark://token", FUNNEL_COURSE_MAIL_URL=course)[0] == 0
    assert len(read_caught(catcher.folder)) == 1
    code, said = send("week-1", "ada@example.org", FUNNEL_COURSE_MAIL_URL="smpt://ada:hunter2@mail.example.org")
    assert code == 1
    assert "FUNNEL_COURSE_MAIL_URL is wrong" in said
    assert "hunter2" not in said


def test_a_refusal_is_said_in_plain_words_and_fails(send: Send, catcher: Catcher) -> None:
    code, said = send("name-the-alarm", "dan@example.org")
    assert code == 1
    assert "dan@example.org cannot be reached" in said
    assert "There is no such mailbox here" in said
    assert read_caught(catcher.folder) == []


def test_a_provider_that_does_not_answer_is_said(send: Send, catcher: Catcher) -> None:
    catcher.stop()
    code, said = send("name-the-alarm", "ada@example.org")
    assert code == 1
    assert "not accepted for the moment" in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("name-the-alrm", "ada@example.org"), "There is no lesson 'name-the-alrm'. Did you mean 'name-the-alarm'?"),
        (("week-11", "ada@example.org"), "Did you mean 'week-1'?"),
        (("week-1", "ada@example.org", "--sequence", "anxious"), "Did you mean 'anxious-attachment'?"),
        (("week-1", "ada@example.org", "--as", "fey"), "There is no reader 'fey'. Did you mean 'fay'?"),
        (("week-1", "nobody"), "'nobody' is no e-mail address"),
    ],
)
def test_a_wrong_name_is_answered_with_the_nearest_right_one(
    send: Send, catcher: Catcher, arguments: tuple[str, ...], said: str
) -> None:
    code, answer = send(*arguments)
    assert code == 2
    assert said in " ".join(answer.split())
    assert read_caught(catcher.folder) == []


def test_a_name_that_two_sequences_have_asks_which(send: Send, catcher: Catcher, folder: Path) -> None:
    lesson = folder / "ebook-welcome" / "02-what-stayed.md"
    lesson.write_text(lesson.read_text().replace("id: ", "id: name-the-alarm\n# ", 1))
    code, said = send("name-the-alarm", "ada@example.org")
    assert code == 2
    assert "--sequence anxious-attachment or --sequence ebook-welcome" in " ".join(said.split())
    assert send("name-the-alarm", "ada@example.org", "--sequence", "ebook-welcome")[0] == 0


def test_a_lesson_that_cannot_be_made_is_told_with_its_line(send: Send, catcher: Catcher, folder: Path) -> None:
    lesson = folder / "anxious-attachment" / "week-1.md"
    lesson.write_text(lesson.read_text().replace("lead.first_name", "lead.frist_name", 1))
    code, said = send("name-the-alarm", "ada@example.org")
    assert code == 1
    assert f"{lesson}:10:" in said
    assert "Did you mean lead.first_name?" in said
    assert send("week-2", "ada@example.org")[0] == 0  # the others can still be looked at


def test_without_a_provider_it_says_what_to_set(send: Send) -> None:
    code, said = send("name-the-alarm", "ada@example.org", mail_url="")
    assert code == 1
    assert "Start 'funnel up' in another terminal" in said


def test_a_wrong_mail_address_of_the_service_is_one_sentence(send: Send) -> None:
    code, said = send("name-the-alarm", "ada@example.org", mail_url="smpt://mail.example.org")
    assert code == 1
    assert "\nfunnel: FUNNEL_MAIL_URL" in said
    assert "did you mean smtp://?" in said
    assert "Traceback" not in said


def test_a_test_is_sent_while_readers_get_no_mail_and_says_why(send: Send, catcher: Catcher) -> None:
    code, said = send("name-the-alarm", "ada@example.org")

    assert code == 0
    assert only_mail(catcher)["To"].endswith("ada@example.org")
    assert "No mail goes to readers yet" in said
    assert "practice.toml:4:1  name is still that of the starter" in said or "'funnel check' lists them all" in said


def test_a_caught_test_says_nothing_of_real_mail(send: Send, catcher: Catcher) -> None:
    code, said = send("name-the-alarm", "ada@example.org", FUNNEL_OUTBOX_PORT=str(catcher.port))

    assert code == 0
    assert "No mail goes to readers" not in said
