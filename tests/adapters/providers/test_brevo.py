"""Brevo: its error codes, and a key under which the same mail is taken once."""

from __future__ import annotations

import uuid
from dataclasses import replace

import pytest

from funnel.mail import OutcomeKind
from tests.adapters.examples import mail_to, send_one
from tests.adapters.providers.apis import BrevoApi
from tests.adapters.providers.common import LESSON_HEADERS, UNCHANGED, lesson, send_many
from tests.adapters.providers.conftest import Connect, Start
from tests.adapters.providers.server import Answer, HangUp, Heard, say

K = OutcomeKind


@pytest.mark.parametrize(
    ("status", "code", "message", "kind"),
    [
        (401, "unauthorized", "Key not found", K.AUTH_CONFIG),
        (403, "permission_denied", "Your SMTP account is not yet activated.", K.AUTH_CONFIG),
        (402, "account_under_validation", "Your account is under validation.", K.AUTH_CONFIG),
        (402, "not_enough_credits", "You do not have enough credits.", K.QUOTA),
        (400, "not_enough_credits", "You do not have enough credits.", K.QUOTA),
        (400, "invalid_parameter", "email is not valid in to", K.PERMANENT_RECIPIENT),
        (400, "invalid_parameter", "sender email is not valid", K.AUTH_CONFIG),
        (400, "missing_parameter", "sender name is missing", K.AUTH_CONFIG),
        (400, "missing_parameter", "subject is missing", K.PERMANENT_MESSAGE),
        (400, "out_of_range", "too long", K.PERMANENT_MESSAGE),
        (400, "duplicate_parameter", "idempotencyKey was used before", K.AMBIGUOUS),
        (429, "too_many_requests", "API rate limit exceeded", K.RATE),
        (500, "internal", "Oops", K.TEMPORARY),
    ],
)
def test_a_code_decides_about_the_mail(
    connect: Connect, status: int, code: str, message: str, kind: OutcomeKind
) -> None:
    api = BrevoApi()
    api.refused["ada@example.org"] = (status, code, message)
    outcome = send_one(connect(api), mail_to())
    assert outcome.kind is kind
    assert code in outcome.detail


def test_the_wait_is_read_from_brevo_s_own_header(connect: Connect) -> None:
    api = BrevoApi()
    api.next.append(say({"code": "too_many_requests"}, 429, x_sib_ratelimit_reset="1800"))
    outcome = send_one(connect(api), mail_to())
    assert outcome.retry_after is not None
    assert outcome.retry_after.total_seconds() == 1800


def test_the_key_is_one_uuid_on_every_attempt(connect: Connect, start: Start) -> None:
    api = BrevoApi()
    server = start(api)
    for mail in (lesson(), lesson(), replace(lesson(), key="4712")):
        send_one(connect(api, server), mail)
    first, again, other = [heard.json()["headers"]["idempotencyKey"] for heard in server.heard]
    assert first == again != other
    assert str(uuid.UUID(first)) == first
    assert api.count() == {"4711": 1, "4712": 1}


def test_a_mail_whose_answer_was_lost_is_known_to_be_taken(connect: Connect, start: Start) -> None:
    api = BrevoApi()
    lost = [True]

    def forgetful(heard: Heard) -> Answer:
        answer = api(heard)
        return HangUp() if lost and lost.pop() else answer

    assert send_one(connect(api, start(forgetful)), mail_to()).kind is OutcomeKind.ACCEPTED
    assert set(api.count().values()) == {1}


def test_a_mail_lost_on_its_way_is_taken_at_the_second_call(connect: Connect) -> None:
    api = BrevoApi()
    api.next.append(HangUp())
    assert send_one(connect(api), mail_to()).kind is OutcomeKind.ACCEPTED
    assert set(api.count().values()) == {1}


def test_the_fields_are_brevo_s(connect: Connect) -> None:
    api = BrevoApi()
    mail = lesson()
    send_one(connect(api), mail)
    fields = dict(api.taken[0].fields)
    headers = fields.pop("headers")
    assert headers.pop("idempotencyKey")
    given = dict(LESSON_HEADERS)
    assert headers == UNCHANGED | {
        "Message-ID": given["Message-ID"],
        "List-Id": given["List-Id"],
        "X-Mailin-custom": '{"delivery":"4711"}',
    }
    assert fields == {
        "sender": {"email": "hello@harbour.example.org", "name": "Harbour Practice"},
        "to": [{"email": "ada@example.org", "name": "Ada"}],
        "replyTo": {"email": "answers@harbour.example.org", "name": "Harbour Practice"},
        "subject": "Week 1: für dich",
        "htmlContent": mail.html,
        "textContent": mail.text,
        "tags": ["4711"],
    }


def test_many_mails_go_one_by_one_over_a_few_connections(connect: Connect, start: Start) -> None:
    send_many(BrevoApi(), connect, start, 500)
