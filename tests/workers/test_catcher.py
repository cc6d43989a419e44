"""The mail catcher, spoken to as any mail program would."""

from __future__ import annotations

import smtplib
import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest

from workers.catcher import LARGEST, Catcher, CaughtMailFolder, read_caught

CAUGHT_AT = datetime(2027, 1, 4, 9, 30, tzinfo=timezone(timedelta(hours=1)))
MESSAGE = "Subject: Hello\r\n\r\n.A dot at the start\r\n"


@pytest.fixture
def catching(tmp_path: Path) -> Iterator[Callable[..., Catcher]]:
    started: list[Catcher] = []

    def start(keep: int = 5000, **options: Any) -> Catcher:
        catcher = Catcher(CaughtMailFolder(tmp_path / "outbox", lambda: CAUGHT_AT, keep), **options)
        catcher.start()
        started.append(catcher)
        return catcher

    yield start
    for catcher in started:
        catcher.stop()


def send(catcher: Catcher, *recipients: str, message: str | bytes = MESSAGE) -> None:
    with smtplib.SMTP(catcher.host, catcher.port, timeout=10) as client:
        client.sendmail("bounces@example.org", recipients, message)


def test_a_mail_is_kept_whole_with_when_and_for_whom(catching: Callable[..., Catcher]) -> None:
    catcher = catching()
    send(catcher, "ada@example.org")

    (path,) = read_caught(catcher.folder)
    kept = path.read_bytes()
    assert kept.startswith(
        b"X-Caught-At: 2027-01-04T08:30:00+00:00\r\n"
        b"X-Envelope-From: bounces@example.org\r\n"
        b"X-Envelope-To: ada@example.org\r\n"
    )
    assert kept.endswith(MESSAGE.encode())
    assert message_from_bytes(kept)["Subject"] == "Hello"


def test_mails_stand_in_order_and_numbers_survive_a_restart(catching: Callable[..., Catcher]) -> None:
    first = catching()
    for name in ("ada", "ben"):
        send(first, f"{name}@example.org")
    first.stop()
    second = catching()
    send(second, "cleo@example.org")

    paths = read_caught(second.folder)

    assert [path.name[:10] for path in paths] == ["0000000001", "0000000002", "0000000003"]
    readers = [message_from_bytes(path.read_bytes())["X-Envelope-To"] for path in paths]
    assert readers == ["ada@example.org", "ben@example.org", "cleo@example.org"]


def test_a_mailbox_named_dead_is_refused_as_a_real_one_would_be(catching: Callable[..., Catcher]) -> None:
    catcher = catching(refuse=("dan@*", "*@gone.example.org"))
    with smtplib.SMTP(catcher.host, catcher.port, timeout=10) as client:
        refused = client.sendmail(
            "bounces@example.org", ["Dan@example.org", "eve@gone.example.org", "ada@example.org"], MESSAGE
        )
    assert {address: code for address, (code, _) in refused.items()} == {
        "Dan@example.org": 550,
        "eve@gone.example.org": 550,
    }
    assert refused["Dan@example.org"][1].startswith(b"5.1.1 ")
    (path,) = read_caught(catcher.folder)
    assert message_from_bytes(path.read_bytes())["X-Envelope-To"] == "ada@example.org"


def test_pipelining_is_offered(catching: Callable[..., Catcher]) -> None:
    catcher = catching()
    with smtplib.SMTP(catcher.host, catcher.port, timeout=10) as client:
        client.ehlo()
        assert client.has_extn("pipelining")
        assert client.has_extn("smtputf8")


def test_a_mail_beyond_the_limit_is_refused_and_not_kept(catching: Callable[..., Catcher]) -> None:
    catcher = catching()
    line = b"x" * 898 + b"\r\n"
    with pytest.raises(smtplib.SMTPResponseException) as caught:
        send(catcher, "ada@example.org", message=MESSAGE.encode() + line * (LARGEST // 900 + 1))
    assert caught.value.smtp_code == 552
    assert read_caught(catcher.folder) == []


def test_only_the_newest_are_kept(catching: Callable[..., Catcher]) -> None:
    catcher = catching(keep=3)
    for number in range(5):
        send(catcher, f"reader{number}@example.org")
    readers = [message_from_bytes(path.read_bytes())["X-Envelope-To"] for path in read_caught(catcher.folder)]
    assert readers == [f"reader{number}@example.org" for number in (2, 3, 4)]


def test_a_mail_that_cannot_be_kept_is_to_be_sent_again(catching: Callable[..., Catcher]) -> None:
    catcher = catching()
    catcher.folder.rmdir()
    with pytest.raises(smtplib.SMTPResponseException) as caught:
        send(catcher, "ada@example.org")
    assert caught.value.smtp_code == 452


def test_nothing_is_read_from_a_missing_or_foreign_folder(tmp_path: Path) -> None:
    assert read_caught(tmp_path / "none") == []
    (tmp_path / "notes.eml").write_text("not one of ours")
    (tmp_path / f".0000000001-{'a' * 32}.eml.part").write_text("half a mail")
    assert read_caught(tmp_path) == []


def test_stopping_hangs_up_and_frees_the_port(catching: Callable[..., Catcher]) -> None:
    catcher = catching()
    with socket.create_connection((catcher.host, catcher.port), timeout=10) as client:
        assert client.recv(100).startswith(b"220 ")
        catcher.stop()
        assert _hung_up(client)
    catcher.stop()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((catcher.host, catcher.port), timeout=10).close()


def test_a_taken_port_is_said_at_once(catching: Callable[..., Catcher], tmp_path: Path) -> None:
    catcher = catching()
    other = Catcher(CaughtMailFolder(tmp_path, lambda: datetime.now(UTC)), port=catcher.port)
    with pytest.raises(OSError, match="in use"):
        other.start()


def _hung_up(client: socket.socket) -> bool:
    try:
        return client.recv(100) == b""
    except ConnectionResetError:
        return True
