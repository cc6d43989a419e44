"""A mail as bytes: the same each time, and the same text whoever encoded the parts."""

from __future__ import annotations

from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest

from funnel.mail import Address, Mail, PlainBody
from funnel.mime import HEAD_LINES, CannotEncode, EncodedBody, encode, message_bytes, quoted_printable

TEXT, HTML = "Dear Zoë,\n\nhow are you?\n", "<p>Dear Zoë,</p>\n"
PLAIN = Mail(
    key="101",
    envelope_from="bounces@example.org",
    sender=Address("Harbour Practice", "letters@example.org"),
    recipient=Address("", "ada@example.org"),
    subject="Week 1",
    body=PlainBody(TEXT, HTML),
    headers=(("Message-ID", "<1@example.org>"),),
)
ENCODED = replace(
    PLAIN, body=EncodedBody(b"Dear Zo=C3=AB,=\r\n\r\n\r\nhow are you?\r\n", b"<p>Dear =\r\nZo=C3=AB,</p>\r\n")
)


@pytest.mark.parametrize("mail", [PLAIN, ENCODED, replace(PLAIN, headers=())])
def test_a_head_has_a_known_number_of_lines(mail: Mail) -> None:
    head, _, _ = message_bytes(mail).partition(b"\r\n\r\nDear")
    assert head.count(b"\r\n") + 2 == head.count(b"\n") + 2 == HEAD_LINES + len(mail.headers)


def bodies(mail: Mail) -> list[str]:
    message = message_from_bytes(message_bytes(mail), policy=default)
    parts = [part for part in message.walk() if not part.is_multipart()]
    assert all(isinstance(part, EmailMessage) for part in parts)
    return [str(part.get_content()).replace("\r\n", "\n") for part in parts]


def test_parts_that_were_encoded_before_are_read_back_as_text() -> None:
    assert (ENCODED.text, ENCODED.html) == (TEXT, HTML)
    assert bodies(ENCODED) == bodies(PLAIN) == [TEXT, HTML]


def test_encoded_parts_go_out_as_they_are() -> None:
    assert isinstance(ENCODED.body, EncodedBody)
    message = encode(ENCODED, "letters@example.org", "ada@example.org")
    assert ENCODED.body.text_part in message.fragments
    assert ENCODED.body.html_part in message.fragments
    assert not message.dots


def test_a_part_encoded_here_may_begin_a_line_with_a_dot() -> None:
    assert encode(PLAIN, "letters@example.org", "ada@example.org").dots


def test_a_changed_copy_keeps_its_encoded_parts() -> None:
    copy = replace(ENCODED, subject="Week 2")
    assert copy.body == ENCODED.body
    assert message_bytes(copy) == message_bytes(ENCODED).replace(b"Week 1", b"Week 2")


def test_the_same_mail_is_the_same_bytes() -> None:
    assert message_bytes(PLAIN) == message_bytes(replace(PLAIN))
    assert message_bytes(PLAIN).splitlines()[5] != message_bytes(replace(PLAIN, key="102")).splitlines()[5]


def test_addresses_are_shown_in_the_form_they_are_sent_to() -> None:
    head = b"".join(encode(PLAIN, "zoë@example.org", "zoë@example.org").fragments).splitlines()[:2]
    assert head == ["From: Harbour Practice <zoë@example.org>".encode(), "To: zoë@example.org".encode()]


@pytest.mark.parametrize("header", [("X", "a\r\nBcc: b"), ("X", "a\nb"), ("X Y", "a"), ("X:", "a"), ("X", "a\x7f")])
def test_a_header_cannot_break_out_of_its_line(header: tuple[str, str]) -> None:
    with pytest.raises(CannotEncode, match="header"):
        message_bytes(replace(PLAIN, headers=(header,)))


def test_every_kind_of_line_end_becomes_the_one_that_mail_has() -> None:
    assert quoted_printable("a\nb\r\nc\rd \n") == b"a\r\nb\r\nc\r\nd=20\r\n"
    assert b"\n" not in message_bytes(replace(PLAIN, body=PlainBody("long " * 60, "x"))).replace(b"\r\n", b"")
