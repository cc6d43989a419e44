"""Reading caught mail as its owner would."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from funnel.demo.mailbox import MailFolder, UnreadableMailError, read_letter
from funnel.demo.markup import Link
from funnel.mail import Address, Mail, PlainBody
from funnel.mime import message_bytes

HTML = (
    '<p>Dear Zoë, <a href="http://127.0.0.1:8000/c/1?a=1&amp;b=2">read\n <b>on</b></a>,'
    '<a href="mailto:hello@example.org">write</a>, <a href="#foot">skip</a>'
    '<a href="http://127.0.0.1:8000/c/1?a=1&amp;b=2">again</a></p><img src="http://127.0.0.1:8000/o/1.gif" alt="">'
)
ONE_CLICK = (
    ("List-Unsubscribe", "<mailto:stop@example.org>, <http://127.0.0.1:8000/u/1>"),
    ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
)


def put(
    folder: Path, number: int = 1, recipient: str = "ada@example.org", headers: tuple[tuple[str, str], ...] = ()
) -> Path:
    """One mail in the folder, as the catcher writes it."""
    mail = Mail(
        key=str(number),
        envelope_from="bounces@example.org",
        sender=Address("Harbour Practice", "letters@example.org"),
        recipient=Address("Zoë", recipient),
        subject="Für dich",
        body=PlainBody("Dear Zoë", HTML),
        headers=(("Message-ID", f"<{number}@example.org>"), *headers),
    )
    path = folder / f"{number:010}.eml"
    path.write_bytes(f"X-Envelope-To: {recipient}\r\n".encode() + message_bytes(mail))
    return path


def test_a_letter_has_each_link_once_with_its_words_and_a_pixel(tmp_path: Path) -> None:
    letter = read_letter(put(tmp_path))
    assert letter.subject == "Für dich"
    assert letter.links == (Link("http://127.0.0.1:8000/c/1?a=1&b=2", "again"),)
    assert letter.pixels == ("http://127.0.0.1:8000/o/1.gif",)


def test_recipient_and_time_come_from_the_envelope_and_the_file(tmp_path: Path) -> None:
    path = put(tmp_path, recipient="cleo@example.org")
    os.utime(path, (1_800_000_000, 1_800_000_000))
    caught = read_letter(path).caught
    assert (caught.message_id, caught.recipient, caught.file) == ("<1@example.org>", "cleo@example.org", path.name)
    assert caught.at == datetime.fromtimestamp(1_800_000_000, UTC)


def test_one_click_is_the_web_address_where_the_mail_offers_it(tmp_path: Path) -> None:
    assert read_letter(put(tmp_path, headers=ONE_CLICK)).one_click == "http://127.0.0.1:8000/u/1"
    assert read_letter(put(tmp_path, headers=ONE_CLICK[:1])).one_click is None


def test_each_mail_is_new_once_in_the_order_it_came(tmp_path: Path) -> None:
    folder = MailFolder(tmp_path)
    put(tmp_path, 2)
    put(tmp_path, 1)
    first, _ = folder.new()
    put(tmp_path, 3)
    second, _ = folder.new()
    assert [letter.caught.message_id for letter in (*first, *second)] == [f"<{n}@example.org>" for n in (1, 2, 3)]


def test_a_folder_that_is_not_there_yet_is_empty(tmp_path: Path) -> None:
    assert MailFolder(tmp_path / "outbox").new() == ([], [])


def test_an_unreadable_mail_is_reported_and_hides_no_other(tmp_path: Path) -> None:
    (tmp_path / "0000000001.eml").write_bytes(b"Subject: no envelope\r\nMessage-ID: <9@example.org>\r\n\r\nhello\r\n")
    put(tmp_path, 2)
    letters, unreadable = MailFolder(tmp_path).new()
    assert len(letters) == 1
    assert len(unreadable) == 1


def test_the_whole_folder_is_read_again_from_disk(tmp_path: Path) -> None:
    folder = MailFolder(tmp_path)
    put(tmp_path, 1)
    gone = put(tmp_path, 2)
    folder.new()
    gone.unlink()
    assert [mail.message_id for mail in folder.caught()] == ["<1@example.org>"]


def test_a_mail_without_a_message_id_cannot_be_compared(tmp_path: Path) -> None:
    (tmp_path / "0000000001.eml").write_bytes(b"X-Envelope-To: ada@example.org\r\n\r\nhello\r\n")
    with pytest.raises(UnreadableMailError, match="Message-ID"):
        MailFolder(tmp_path).caught()
