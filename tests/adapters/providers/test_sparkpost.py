"""SparkPost: the message as it is, its error codes, and a 200 that took nothing."""

from __future__ import annotations

import pytest

from funnel.mail import OutcomeKind
from funnel.mime import message_bytes
from tests.adapters.examples import mail_to, send_one
from tests.adapters.providers.apis import SparkPostApi
from tests.adapters.providers.common import lesson, send_many
from tests.adapters.providers.conftest import Connect, Start
from tests.adapters.providers.server import say

K = OutcomeKind
SUPPRESSED = "recipient address was suppressed due to customer policy"


@pytest.mark.parametrize(
    ("status", "code", "message", "description", "kind"),
    [
        (401, "", "Unauthorized.", "", K.AUTH_CONFIG),
        (403, "1100", "permission denied", "", K.AUTH_CONFIG),
        (403, "1601", "No license", "", K.AUTH_CONFIG),
        (400, "7001", "Invalid domain", "Unconfigured Sending Domain <harbour.example.org>", K.AUTH_CONFIG),
        (400, "7000", "Sending domain blacklisted", "", K.AUTH_CONFIG),
        (400, "2010", "Unverified tracking domain", "", K.AUTH_CONFIG),
        (420, "2101", "Exceed Sending Limit (hourly)", "", K.QUOTA),
        (420, "2102", "Exceed Sending Limit (daily)", "", K.QUOTA),
        (420, "", "Exceed Sending Limit", "", K.QUOTA),
        (429, "", "Too many requests", "", K.RATE),
        (400, "1502", "Server resources unavailable", "", K.TEMPORARY),
        (503, "1900", "Message generation module not available", "", K.TEMPORARY),
        (500, "1500", "Failed to update database", "", K.TEMPORARY),
        (400, "1902", "Message generation rejected", SUPPRESSED, K.PERMANENT_RECIPIENT),
        (400, "1902", "Message generation rejected", "other", K.PERMANENT_MESSAGE),
        (422, "3020", "template mime parsing error", "", K.PERMANENT_MESSAGE),
        (400, "5002", "No valid recipients in list", "", K.PERMANENT_MESSAGE),
        (413, "", "Request Entity Too Large", "", K.PERMANENT_MESSAGE),
    ],
)
def test_a_code_decides_about_the_mail(
    connect: Connect, status: int, code: str, message: str, description: str, kind: OutcomeKind
) -> None:
    api = SparkPostApi()
    api.refused["ada@example.org"] = (status, code, message, description)
    outcome = send_one(connect(api), mail_to())
    assert outcome.kind is kind
    assert message in outcome.detail
    assert (outcome.listed is not None) is (description == SUPPRESSED)


@pytest.mark.parametrize(
    ("results", "kind"),
    [
        ({"total_rejected_recipients": 1, "total_accepted_recipients": 0, "id": "1"}, K.PERMANENT_MESSAGE),
        (
            {
                "total_rejected_recipients": 1,
                "total_accepted_recipients": 0,
                "id": "1",
                "rcpt_to_errors": [{"message": "required field is missing", "code": "1400"}],
            },
            K.PERMANENT_MESSAGE,
        ),
        ({"total_accepted_recipients": 1}, K.AMBIGUOUS),
        ({"id": "1"}, K.AMBIGUOUS),
        ({"total_accepted_recipients": 2, "id": "1"}, K.AMBIGUOUS),
    ],
)
def test_a_200_is_looked_into(connect: Connect, results: object, kind: OutcomeKind) -> None:
    api = SparkPostApi()
    api.next.append(say({"results": results}))
    assert send_one(connect(api), mail_to()).kind is kind


def test_the_message_goes_unchanged_with_nothing_tracked(connect: Connect) -> None:
    api = SparkPostApi()
    mail = lesson()
    send_one(connect(api), mail)
    (taken,) = api.taken
    assert taken.raw == message_bytes(mail)
    fields = dict(taken.fields)
    fields.pop("content")
    assert fields == {
        "options": {"open_tracking": False, "click_tracking": False, "perform_substitutions": False},
        "metadata": {"delivery": "4711"},
        "recipients": [{"address": {"email": "ada@example.org"}}],
    }


def test_many_mails_go_one_by_one_over_a_few_connections(connect: Connect, start: Start) -> None:
    send_many(SparkPostApi(), connect, start, 500)
