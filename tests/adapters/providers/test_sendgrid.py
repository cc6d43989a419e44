"""SendGrid: a status without a body for what is taken, and errors told by field."""

from __future__ import annotations

import pytest

from funnel.mail import OutcomeKind
from tests.adapters.examples import mail_to, send_one
from tests.adapters.providers.apis import SendGridApi
from tests.adapters.providers.common import LESSON_HEADERS, UNCHANGED, lesson, send_many
from tests.adapters.providers.conftest import Connect, Start
from tests.adapters.providers.server import Say, say

K = OutcomeKind


@pytest.mark.parametrize(
    ("status", "message", "field", "kind"),
    [
        (400, "Does not contain a valid address.", "personalizations.0.to.0.email", K.PERMANENT_RECIPIENT),
        (400, "Does not contain a valid address.", "from.email", K.AUTH_CONFIG),
        (400, "Bad Request", None, K.PERMANENT_MESSAGE),
        (400, "The content value must be a string at least one character in length.", "content.0", K.PERMANENT_MESSAGE),
        (401, "The provided authorization grant is invalid, expired, or revoked", None, K.AUTH_CONFIG),
        (401, "Maximum credits exceeded", None, K.QUOTA),
        (403, "The from address does not match a verified Sender Identity.", "from", K.AUTH_CONFIG),
        (403, "access forbidden", None, K.AUTH_CONFIG),
        (413, "payload too large", None, K.PERMANENT_MESSAGE),
        (429, "too many requests", None, K.RATE),
        (451, "Unavailable due to data residency restrictions", None, K.AUTH_CONFIG),
        (500, "internal server error", None, K.TEMPORARY),
        (503, "service not available", None, K.TEMPORARY),
    ],
)
def test_status_field_and_words_decide_about_the_mail(
    connect: Connect, status: int, message: str, field: str | None, kind: OutcomeKind
) -> None:
    api = SendGridApi()
    api.refused["ada@example.org"] = (status, message, field)
    outcome = send_one(connect(api), mail_to())
    assert outcome.kind is kind
    assert message in outcome.detail


def test_errors_in_plain_words_are_understood(connect: Connect) -> None:
    api = SendGridApi()
    api.next.append(say({"errors": ["Maximum credits exceeded"], "message": "error"}, 401))
    assert send_one(connect(api), mail_to()).kind is OutcomeKind.QUOTA


def test_the_status_alone_says_that_a_mail_was_taken(connect: Connect) -> None:
    api = SendGridApi()
    api.next.append(Say(202, b"\x00 whatever", {"X-Message-Id": "14c5d75ce93"}))
    outcome = send_one(connect(api), mail_to())
    assert (outcome.kind, outcome.provider_id) == (OutcomeKind.ACCEPTED, "14c5d75ce93")


def test_a_rehearsal_is_not_taken_for_the_real_thing(connect: Connect) -> None:
    api = SendGridApi()
    api.next.append(Say(200, b""))
    assert send_one(connect(api), mail_to()).kind is OutcomeKind.AMBIGUOUS


def test_the_wait_may_be_given_as_unix_time(connect: Connect) -> None:
    api = SendGridApi()
    date = {"Date": "Mon, 04 Jan 2027 08:00:00 GMT", "X-RateLimit-Reset": "1799049645"}
    api.next.append(Say(429, b"{}", date))
    outcome = send_one(connect(api), mail_to())
    assert outcome.retry_after is not None
    assert outcome.retry_after.total_seconds() == 45


def test_the_fields_are_sendgrid_s(connect: Connect) -> None:
    api = SendGridApi()
    mail = lesson()
    send_one(connect(api), mail)
    given = dict(LESSON_HEADERS)
    assert api.taken[0].fields == {
        "personalizations": [
            {"to": [{"email": "ada@example.org", "name": "Ada"}], "custom_args": {"delivery": "4711"}},
        ],
        "from": {"email": "hello@harbour.example.org", "name": "Harbour Practice"},
        "reply_to": {"email": "answers@harbour.example.org", "name": "Harbour Practice"},
        "subject": "Week 1: für dich",
        "content": [{"type": "text/plain", "value": mail.text}, {"type": "text/html", "value": mail.html}],
        "headers": UNCHANGED | {"Message-ID": given["Message-ID"], "List-Id": given["List-Id"]},
        "tracking_settings": {
            "click_tracking": {"enable": False, "enable_text": False},
            "open_tracking": {"enable": False},
            "subscription_tracking": {"enable": False},
            "ganalytics": {"enable": False},
        },
    }


def test_a_name_with_a_comma_stays_one_name(connect: Connect) -> None:
    api = SendGridApi()
    send_one(connect(api), mail_to(name='Lovelace, "Ada"'))
    assert api.taken[0].fields["personalizations"][0]["to"][0]["name"] == '"Lovelace, \\"Ada\\""'


def test_many_mails_go_one_by_one_over_a_few_connections(connect: Connect, start: Start) -> None:
    send_many(SendGridApi(), connect, start, 500)
