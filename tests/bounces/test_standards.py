"""The standards: RFC 3464 reports, RFC 5965 complaints, RFC 3834 answers; and our own token in each."""

from __future__ import annotations

import json

import pytest

from funnel.bounces import TooLarge, read_bounce
from funnel.links import Links, RowRef
from funnel.replies import BounceKind
from tests.bounces.steps import bounce, complaint

LINKS = Links("https://letters.example.org", ("a-secret-only-for-tests-0123456789abcdef",))
ID = LINKS.message_id(RowRef(42, "0a1b2c3d"), "harbour.example.org")
TOKEN = ID.strip("<>").partition("@")[0]


def test_a_report_says_who_why_and_whether_for_good() -> None:
    reading = read_bounce(bounce("letters@harbour.example.org"))
    (dan,) = reading.recipients
    assert reading.is_bounce
    assert (dan.address, dan.status, dan.reply_code, dan.reason) == ("dan@example.org", "5.1.1", "550", "userunknown")
    assert (dan.kind, dan.hard, dan.confidence > 0.9) == (BounceKind.HARD, True, True)


def test_a_delayed_mail_is_no_bounce() -> None:
    reading = read_bounce(bounce("x@harbour.example.org", said="450 4.2.0 busy", action="delayed"))
    assert (reading.is_bounce, reading.is_delay, reading.recipients[0].hard) == (False, True, False)


def test_a_delivered_mail_is_no_bounce() -> None:
    reading = read_bounce(bounce("x@harbour.example.org", said="250 2.0.0 ok", action="relayed"))
    assert (reading.is_bounce, reading.recipients[0].reason) == (False, "delivered")


def test_a_forwarded_mails_original_address_is_kept() -> None:
    raw = bounce(
        "x@harbour.example.org", address="dan@new.example.org", more="Original-Recipient: rfc822;dan@example.org\n"
    )
    (dan,) = read_bounce(raw).recipients
    assert (dan.address, dan.original) == ("dan@new.example.org", "dan@example.org")


@pytest.mark.parametrize(
    "raw",
    [
        bounce(f"bounces+{TOKEN}@harbour.example.org"),
        bounce(f"BOUNCES+{TOKEN.upper()}@harbour.example.org"),
        bounce("letters@harbour.example.org", returned=f"Message-ID: {ID}"),
        bounce("letters@harbour.example.org", returned=f"Return-Path: <bounces+{TOKEN}@harbour.example.org>"),
        b"Delivered-To: bounces+" + TOKEN.encode() + b"@harbour.example.org\n" + bounce("letters@harbour.example.org"),
        b"References: <other@example.org>\n\t" + ID.encode() + b"\n" + bounce("letters@harbour.example.org"),
        complaint(f"Message-ID: {ID}\nTo: redacted@example.org"),
    ],
    ids=["to", "upper case", "message id", "return path", "delivered-to", "references", "complaint"],
)
def test_our_token_is_found_wherever_a_mail_may_carry_it(raw: bytes) -> None:
    reading = read_bounce(raw, LINKS.open_message_id)
    assert reading.delivery_id == 42
    assert reading.token is not None
    assert reading.token.lower() == TOKEN


def test_a_token_of_another_delivery_or_key_does_not_open() -> None:
    stranger = Links(LINKS.site_url, ("another-secret-for-tests-0123456789abcd",))
    for forged in (
        TOKEN.replace("16-", "17-"),
        TOKEN.replace("-0a", "-1a"),
        TOKEN[:-1] + "x",
        stranger.message_id(RowRef(42, "0a1b2c3d"), "x").strip("<>")[:-2],
        "16",
        "",
    ):
        assert read_bounce(bounce(f"bounces+{forged}@harbour.example.org"), LINKS.open_message_id).delivery_id is None


def test_a_complaint_names_who_complained() -> None:
    reading = read_bounce(complaint("To: redacted@example.org"))
    assert (reading.is_complaint, reading.is_bounce, reading.feedback) == (True, False, "abuse")
    assert [(each.address, each.reason) for each in reading.recipients] == [("gus@example.org", "feedback")]


@pytest.mark.parametrize(
    ("feedback", "is_one"), [("fraud", True), ("opt-out", True), ("not-spam", False), ("auth-failure", False)]
)
def test_only_some_feedback_is_a_complaint(feedback: str, is_one: bool) -> None:
    assert read_bounce(complaint("To: gus@example.org", feedback)).is_complaint is is_one


@pytest.mark.parametrize(
    "head",
    [
        "Auto-Submitted: auto-replied",
        "X-Autoreply: yes",
        "Precedence: auto_reply",
        "Subject: Automatic reply: A lesson",
        "Subject: Abwesenheitsnotiz",
    ],
)
def test_an_out_of_office_answer_is_no_bounce(head: str) -> None:
    people = "From: Ada <ada@example.org>\nTo: letters@harbour.example.org\n"
    raw = f"{people}{head}\n\nI cannot be reached. User unknown? No.\n"
    reading = read_bounce(raw.encode())
    assert (reading.is_auto_reply, reading.is_bounce) == (True, False)
    assert [(each.address, each.reason, each.hard) for each in reading.recipients] == [
        ("ada@example.org", "vacation", False)
    ]


def test_a_letter_from_a_reader_is_nothing_of_the_kind() -> None:
    head = b"From: Ada <ada@example.org>\nTo: letters@harbour.example.org\nSubject: Thank you\n\n"
    raw = head + b"The last mail could not be delivered to my sister, dan@example.org.\n"
    assert read_bounce(raw).understood is False


def test_amazon_s_notification_as_an_e_mail_is_read() -> None:
    told = {
        "notificationType": "Complaint",
        "complaint": {"complainedRecipients": [{"emailAddress": "gus@example.org"}]},
    }
    head = "From: no-reply@sns.amazonaws.com\nSubject: AWS Notification Message\n\n"
    raw = head + json.dumps({"Message": json.dumps(told)})
    reading = read_bounce(raw.encode())
    assert (reading.is_complaint, reading.recipients[0].address) == (True, "gus@example.org")


def test_more_than_ten_megabytes_are_refused() -> None:
    with pytest.raises(TooLarge, match="more than"):
        read_bounce(b"x" * (10 * 1024 * 1024 + 1))
