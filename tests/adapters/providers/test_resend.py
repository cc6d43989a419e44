"""Resend: batches told by place, its error names, and calls made again under the same key."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from funnel.mail import OutcomeKind
from tests.adapters.examples import mail_to, outcomes, send_one
from tests.adapters.providers.apis import ResendApi
from tests.adapters.providers.common import LESSON_HEADERS, UNCHANGED, kinds, lesson, readers, send_many
from tests.adapters.providers.conftest import Connect, Start
from tests.adapters.providers.server import Answer, HangUp, Heard, Say, say

K = OutcomeKind
NAMES = [
    (401, "missing_api_key", "", K.AUTH_CONFIG),
    (401, "restricted_api_key", "This API key is restricted to only send emails", K.AUTH_CONFIG),
    (403, "invalid_api_key", "API key is invalid", K.AUTH_CONFIG),
    (403, "validation_error", "The harbour.example.org domain is not verified.", K.AUTH_CONFIG),
    (422, "invalid_from_address", "Invalid from field.", K.AUTH_CONFIG),
    (422, "validation_error", "Invalid `from` field.", K.AUTH_CONFIG),
    (422, "validation_error", "Invalid `to` field. The email address needs to follow a format.", K.PERMANENT_RECIPIENT),
    (422, "validation_error", "Missing `subject` field.", K.PERMANENT_MESSAGE),
    (451, "security_error", "We may have found a security issue with the request.", K.PERMANENT_MESSAGE),
    (429, "rate_limit_exceeded", "Too many requests.", K.RATE),
    (429, "daily_quota_exceeded", "You have reached your daily email sending quota.", K.QUOTA),
    (429, "monthly_quota_exceeded", "You have reached your monthly email sending quota.", K.QUOTA),
    (400, "invalid_idempotency_key", "The key must be between 1-256 chars.", K.PERMANENT_MESSAGE),
    (409, "invalid_idempotent_request", "Same key with another payload.", K.PERMANENT_MESSAGE),
    (409, "concurrent_idempotent_requests", "Same key while the first is in progress.", K.TEMPORARY),
    (500, "application_error", "An unexpected error occurred.", K.TEMPORARY),
    (405, "method_not_allowed", "", K.AUTH_CONFIG),
]


@pytest.mark.parametrize(("status", "name", "message", "kind"), NAMES)
@pytest.mark.parametrize("count", [1, 3])
def test_an_error_name_decides_about_the_call(
    connect: Connect, status: int, name: str, message: str, kind: OutcomeKind, count: int
) -> None:
    api = ResendApi()
    api.next.extend([ResendApi.error(status, name, message)] * 5)
    found = outcomes(connect(api), readers(count))
    assert set(kinds(found).values()) == {kind.value}


def test_bad_mails_of_a_batch_are_told_by_their_place(connect: Connect) -> None:
    api = ResendApi()
    api.refused = {
        "reader1@example.org": "Invalid `to` field.",
        "reader3@example.org": "The `html` field is too large.",
    }
    found = outcomes(connect(api), readers(5))
    assert [found[str(number)].kind.value for number in range(5)] == [
        "accepted",
        "permanent_recipient",
        "accepted",
        "permanent_message",
        "accepted",
    ]
    assert len({found[key].provider_id for key in "024"}) == 3


@pytest.mark.parametrize(
    "data",
    [
        {"data": [{"id": "1"}]},
        {"data": [{"id": "1"}, {}]},
        {"data": [{"id": "1"}], "errors": [{"index": 7, "message": "x"}]},
        {"data": [{"id": "1"}], "errors": [{"index": "a", "message": "x"}]},
        {"data": [{"id": "1"}], "errors": [{}]},
        {"data": [{"id": "1"}], "errors": {"index": 1}},
        {"data": [{"id": "1"}], "errors": [{"index": [1], "message": "x"}]},
    ],
)
def test_a_batch_that_does_not_add_up_leaves_its_mails_unknown(connect: Connect, data: object) -> None:
    api = ResendApi()
    api.next.extend([say(data)] * 2)
    assert set(kinds(outcomes(connect(api), readers(2))).values()) == {"ambiguous"}


def test_each_mail_has_one_key_for_every_attempt(connect: Connect, start: Start) -> None:
    api = ResendApi()
    server = start(api)
    mail = lesson()
    for one in (mail, mail, replace(mail, key="4712"), replace(mail, recipient=mail_to("fay@example.org").recipient)):
        assert send_one(connect(api, server), one).kind is OutcomeKind.ACCEPTED
    first, again, other, moved = [heard.headers["idempotency-key"] for heard in server.heard]
    assert first == again
    assert len({first, other, moved}) == 3
    assert max(map(len, (first, other))) <= 256
    assert api.count() == {"4711": 2, "4712": 1}


def test_an_unanswered_call_is_repeated_and_takes_no_mail_twice(connect: Connect, start: Start) -> None:
    """The answer is lost after the mails were taken: the same call under the same key brings it back."""
    for count in (1, 7):
        for loss in (HangUp(), Say(502, b"gateway"), Say(200, b'{"da')):
            api = ResendApi()
            lost = [loss]

            def forgetful(heard: Heard, api: ResendApi = api, lost: list[Answer] = lost) -> Answer:  # type: ignore[assignment]
                answer = api(heard)
                return lost.pop() if lost else answer

            found = outcomes(connect(api, start(forgetful)), readers(count))
            assert set(kinds(found).values()) == {"accepted"}
            assert set(api.count().values()) == {1}


@pytest.mark.parametrize(
    "second",
    [
        ResendApi.error(429, "rate_limit_exceeded", "Too many requests."),
        ResendApi.error(409, "concurrent_idempotent_requests", "The first is in progress."),
        ResendApi.error(500, "application_error", "Oops."),
        ResendApi.error(401, "invalid_api_key", "No."),
        HangUp(),
    ],
)
def test_a_failed_second_call_leaves_the_first_unknown(connect: Connect, second: Answer) -> None:
    api = ResendApi()
    api.next.extend([HangUp(), second])
    found = outcomes(connect(api, batch=2), readers(3))
    assert (found["0"].kind, found["1"].kind) == (OutcomeKind.AMBIGUOUS, OutcomeKind.AMBIGUOUS)


def test_the_fields_are_resend_s(connect: Connect) -> None:
    api = ResendApi()
    mail = replace(lesson(), sender=lesson().sender._replace(name='Practice, "Harbour" für alle'))
    send_one(connect(api), mail)
    given = dict(LESSON_HEADERS)
    assert api.taken[0].fields == {
        "from": "Practice Harbour für alle <hello@harbour.example.org>",
        "to": ["Ada <ada@example.org>"],
        "reply_to": "Harbour Practice <answers@harbour.example.org>",
        "subject": "Week 1: für dich",
        "html": mail.html,
        "text": mail.text,
        "headers": UNCHANGED | {"Message-ID": given["Message-ID"], "List-Id": given["List-Id"]},
        "tags": [{"name": "delivery", "value": "4711"}],
    }
    assert json.dumps(api.taken[0].fields).isascii()


def test_ten_thousand_mails_go_in_a_hundred_calls(connect: Connect, start: Start) -> None:
    api = ResendApi()
    send_many(api, connect, start, 10_000)
    assert api.sizes == [100] * 100
