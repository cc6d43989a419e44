"""A mail as bytes: the same each time, and the same text whoever wrote the parts."""

from __future__ import annotations

from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest

from funnel.mail import HEAD_LINES, Address, Mail, WrittenMail, quoted_printable

TEXT, HTML = "Dear Zoë,\n\nhow are you?\n", "<p>Dear Zoë,</p>\n"
PLAIN = Mail(
    key="101",
    envelope_from="bounces@example.org",
    sender=Address("Harbour Practice", "letters@example.org"),
    recipient=Address("", "ada@example.org"),
    subject="Week 1",
    text=TEXT,
    html=HTML,
    headers=(("Message-ID", "<1@example.org>"),),
)
WRITTEN = WrittenMail(
    key=PLAIN.key,
    envelope_from=PLAIN.envelope_from,
    sender=PLAIN.sender,
    recipient=PLAIN.recipient,
    subject=PLAIN.subject,
    headers=PLAIN.headers,
    parts=(b"Dear Zo=C3=AB,=\r\n\r\n\r\nhow are you?\r\n", b"<p>Dear =\r\nZo=C3=AB,</p>\r\n"),
)


@pytest.mark.parametrize("mail", [PLAIN, WRITTEN, replace(PLAIN, headers=())])
def test_the_first_piece_has_a_known_number_of_lines(mail: Mail) -> None:
    head = mail.pieces()[0]
    assert head.count(b"\r\n") == head.count(b"\n") == HEAD_LINES + len(mail.headers)


def bodies(mail: Mail) -> list[str]:
    message = message_from_bytes(mail.to_bytes(), policy=default)
    parts = [part for part in message.walk() if not part.is_multipart()]
    assert all(isinstance(part, EmailMessage) for part in parts)
    return [str(part.get_content()).replace("\r\n", "\n") for part in parts]


def test_parts_that_were_written_before_are_read_back_as_text() -> None:
    assert (WRITTEN.text, WRITTEN.html) == (TEXT, HTML)
    assert bodies(WRITTEN) == bodies(PLAIN) == [TEXT, HTML]


def test_a_changed_copy_keeps_its_written_parts() -> None:
    copy = replace(WRITTEN, subject="Week 2")
    assert copy.parts == WRITTEN.parts
    assert copy.text == TEXT
    assert copy.to_bytes() == WRITTEN.to_bytes().replace(b"Week 1", b"Week 2")


def test_what_was_written_cannot_be_given_another_text() -> None:
    with pytest.raises(ValueError, match="text"):
        replace(WRITTEN, text="Something else")


def test_a_written_mail_has_no_attribute_by_accident() -> None:
    with pytest.raises(AttributeError):
        _ = WRITTEN.nothing


def test_the_same_mail_is_the_same_bytes_and_another_has_another_boundary() -> None:
    assert PLAIN.to_bytes() == replace(PLAIN).to_bytes()
    assert PLAIN.to_bytes().splitlines()[5] != replace(PLAIN, key="102").to_bytes().splitlines()[5]


def test_every_kind_of_line_end_becomes_the_one_that_mail_has() -> None:
    assert quoted_printable("a\nb\r\nc\rd \n") == b"a\r\nb\r\nc\r\nd=20\r\n"
