from __future__ import annotations

from pathlib import Path

from funnel.adapters.file import FileAdapter, file_name
from funnel.mail import OutcomeKind
from tests.adapters.examples import mail_to, send_one


def test_the_same_key_is_one_file_however_often_it_is_sent(tmp_path: Path) -> None:
    adapter = FileAdapter(tmp_path / "maildir")
    first, second = (send_one(adapter, mail_to(key="delivery-1")) for _ in range(2))
    assert first.provider_id == second.provider_id == file_name("delivery-1")
    assert len(list((tmp_path / "maildir" / "new").iterdir())) == 1
    assert list((tmp_path / "maildir" / "tmp").iterdir()) == []


def test_a_mail_that_was_read_meanwhile_does_not_come_again(tmp_path: Path) -> None:
    adapter = FileAdapter(tmp_path)
    send_one(adapter, mail_to(key="delivery-1"))
    (tmp_path / "new" / file_name("delivery-1")).rename(tmp_path / "cur" / f"{file_name('delivery-1')}:2,S")
    assert send_one(adapter, mail_to(key="delivery-1")).kind is OutcomeKind.ACCEPTED
    assert list((tmp_path / "new").iterdir()) == []


def test_different_keys_are_different_files_whatever_they_hold() -> None:
    keys = ["a/b", "a-b", "a b", "../../etc/passwd", "", "ü" * 300, "a" * 300]
    names = {file_name(key) for key in keys}
    assert len(names) == len(keys)
    assert all(len(name) < 100 and "/" not in name and ":" not in name and not name.startswith(".") for name in names)


def test_the_envelope_stands_on_top(tmp_path: Path) -> None:
    send_one(FileAdapter(tmp_path), mail_to())
    (kept,) = (tmp_path / "new").iterdir()
    assert kept.read_bytes().startswith(
        b"Return-Path: <bounces@harbour.example.org>\r\nDelivered-To: ada@example.org\r\nFrom: "
    )


def test_a_folder_that_cannot_be_written_stops_the_channel(tmp_path: Path) -> None:
    (tmp_path / "maildir").write_text("a file where the folder should be")
    outcome = send_one(FileAdapter(tmp_path / "maildir"), mail_to())
    assert outcome.kind is OutcomeKind.AUTH_CONFIG
    assert "cannot be written" in outcome.detail
