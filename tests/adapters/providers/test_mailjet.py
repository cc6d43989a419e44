"""Mailjet: batches answered mail by mail, whatever the status, and its table of error codes."""

from __future__ import annotations

import pytest

from funnel.mail import OutcomeKind
from tests.adapters.examples import mail_to, outcomes, send_one
from tests.adapters.providers.apis import MailjetApi
from tests.adapters.providers.common import UNCHANGED, kinds, lesson, readers, send_many
from tests.adapters.providers.conftest import Connect, Start
from tests.adapters.providers.server import say

K = OutcomeKind
CODES = [
    (
        400,
        "send-0003",
        "At least HTMLPart or TextPart must be provided.",
        ["HTMLPart", "TextPart"],
        K.PERMANENT_MESSAGE,
    ),
    (403, "send-0006", "The API key may not use Sender.", ["SenderID"], K.AUTH_CONFIG),
    (403, "send-0008", '"hello@" is not an authorized sender email address.', ["From"], K.AUTH_CONFIG),
    (400, "send-0011", "Header cannot be customized.", ["Headers"], K.PERMANENT_MESSAGE),
    (401, "mj-0001", "The API key is suspended.", [], K.AUTH_CONFIG),
    (400, "mj-0004", "Type mismatch.", ["TextPart"], K.PERMANENT_MESSAGE),
    (400, "mj-0013", '"ada@example" is an invalid email address.', ["To[0].Email"], K.PERMANENT_RECIPIENT),
    (400, "mj-0013", '"hello@" is an invalid email address.', ["From.Email"], K.AUTH_CONFIG),
    (400, "mj-0013", '"answers@" is an invalid email address.', ["ReplyTo.Email"], K.PERMANENT_MESSAGE),
]


@pytest.mark.parametrize(("status", "code", "message", "related", "kind"), CODES)
def test_a_code_for_one_mail_decides_about_that_mail(
    connect: Connect, status: int, code: str, message: str, related: list[str], kind: OutcomeKind
) -> None:
    api = MailjetApi()
    api.refused["ada@example.org"] = (status, code, message, related)
    mixed = outcomes(connect(api), [mail_to("ada@example.org", "1"), mail_to("fay@example.org", "2")])
    assert kinds(mixed) == {"1": kind.value, "2": "accepted"}
    alone = send_one(connect(api), mail_to("ada@example.org"))
    assert alone.kind is kind
    assert code in alone.detail


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (401, "mj-0015", K.AUTH_CONFIG),
        (401, "mj-0001", K.AUTH_CONFIG),
        (400, "mj-0002", K.PERMANENT_MESSAGE),
        (400, "mj-0011", K.PERMANENT_MESSAGE),
        (429, "", K.RATE),
        (500, "", K.TEMPORARY),
    ],
)
def test_a_code_for_the_whole_call_decides_about_all(
    connect: Connect, status: int, code: str, kind: OutcomeKind
) -> None:
    api = MailjetApi()
    api.next.extend([say({"ErrorCode": code, "StatusCode": status, "ErrorMessage": "no"}, status)] * 3)
    assert set(kinds(outcomes(connect(api), readers(2))).values()) == {kind.value}


@pytest.mark.parametrize("one", [{}, None, {"Status": "error"}, {"Status": "error", "Errors": []}, {"Status": 1}])
def test_a_result_that_says_nothing_leaves_its_mail_unknown(connect: Connect, one: object) -> None:
    api = MailjetApi()
    api.next.append(say({"Messages": [one]}))
    assert send_one(connect(api), mail_to()).kind is OutcomeKind.AMBIGUOUS


def test_the_fields_are_mailjets_without_headers_it_refuses(connect: Connect) -> None:
    api = MailjetApi()
    mail = lesson()
    assert send_one(connect(api), mail).kind is OutcomeKind.ACCEPTED
    assert api.taken[0].fields == {
        "From": {"Email": "hello@harbour.example.org", "Name": "Harbour Practice"},
        "To": [{"Email": "ada@example.org", "Name": "Ada"}],
        "ReplyTo": {"Email": "answers@harbour.example.org", "Name": "Harbour Practice"},
        "Subject": "Week 1: für dich",
        "TextPart": mail.text,
        "HTMLPart": mail.html,
        "Headers": UNCHANGED,
        "CustomID": "4711",
        "EventPayload": '{"delivery":"4711"}',
        "TrackOpens": "disabled",
        "TrackClicks": "disabled",
    }


def test_ten_thousand_mails_go_in_two_hundred_calls(connect: Connect, start: Start) -> None:
    api = MailjetApi()
    send_many(api, connect, start, 10_000)
    assert api.sizes == [50] * 200
