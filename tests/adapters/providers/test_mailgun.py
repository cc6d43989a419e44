"""Mailgun: the message as it is, errors that have only words, and the greeting on a wrong path."""

from __future__ import annotations

import pytest

from funnel.mail import OutcomeKind
from funnel.mime import message_bytes
from tests.adapters.examples import mail_to, send_one
from tests.adapters.providers.apis import MailgunApi
from tests.adapters.providers.common import lesson, send_many
from tests.adapters.providers.conftest import Connect, Start
from tests.adapters.providers.server import Say, say

K = OutcomeKind
DOMAIN = "Domain mg.example.org is not allowed to send: "


@pytest.mark.parametrize(
    ("status", "message", "kind"),
    [
        (400, "'to' parameter is not a valid address. please check documentation", K.PERMANENT_RECIPIENT),
        (400, "to parameter is not a valid address. please check documentation", K.PERMANENT_RECIPIENT),
        (400, "'from' parameter is not a valid address. please check documentation", K.AUTH_CONFIG),
        (400, "Need at least one of 'text' or 'html' parameters specified", K.PERMANENT_MESSAGE),
        (400, DOMAIN + "recipient limit exceeded", K.QUOTA),
        (400, DOMAIN + "You are sending too fast. Your account is on probation.", K.RATE),
        (401, "Forbidden", K.AUTH_CONFIG),
        (402, "Payment required", K.QUOTA),
        (403, DOMAIN + "Sandbox subdomains are for test purposes only.", K.AUTH_CONFIG),
        (403, DOMAIN + "Account disabled", K.AUTH_CONFIG),
        (404, "Domain not found: mg.example.org", K.AUTH_CONFIG),
        (413, "Request Entity Too Large", K.PERMANENT_MESSAGE),
        (420, DOMAIN + "recipient limit exceeded", K.QUOTA),
        (429, "Too many requests", K.RATE),
        (500, "Internal Server Error", K.TEMPORARY),
    ],
)
def test_status_and_words_decide_about_the_mail(connect: Connect, status: int, message: str, kind: OutcomeKind) -> None:
    api = MailgunApi()
    api.refused["ada@example.org"] = (status, message)
    outcome = send_one(connect(api), mail_to())
    assert outcome.kind is kind
    assert message in outcome.detail


def test_the_greeting_on_a_wrong_path_is_no_success(connect: Connect) -> None:
    api = MailgunApi()
    api.next.append(Say(200, b"Mailgun Magnificent API"))
    assert send_one(connect(api), mail_to()).kind is OutcomeKind.AUTH_CONFIG


def test_a_limit_says_when_it_ends(connect: Connect) -> None:
    api = MailgunApi()
    message = DOMAIN + "recipient limit exceeded, try again after Mon, 25 Aug 2025 07:00:31 UTC"
    api.next.append(say({"message": message}, 420, Date="Mon, 25 Aug 2025 06:59:01 GMT"))
    outcome = send_one(connect(api), mail_to())
    assert outcome.kind is OutcomeKind.QUOTA
    assert outcome.retry_after is not None
    assert outcome.retry_after.total_seconds() == 90


def test_the_message_goes_as_it_is_with_mailgun_s_tracking_off(connect: Connect) -> None:
    api = MailgunApi()
    mail = lesson()
    send_one(connect(api), mail)
    (taken,) = api.taken
    assert taken.raw == message_bytes(mail)
    fields = {name: value.decode() for name, value in taken.fields.items() if name != "message"}
    assert fields == {
        "to": "ada@example.org",
        "o:tracking": "no",
        "o:tracking-clicks": "no",
        "o:tracking-opens": "no",
        "v:delivery": "4711",
    }


def test_many_mails_go_one_by_one_over_a_few_connections(connect: Connect, start: Start) -> None:
    send_many(MailgunApi(), connect, start, 500)
