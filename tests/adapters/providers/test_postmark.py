"""Postmark: batches answered mail by mail with 200, and its table of error codes."""

from __future__ import annotations

import pytest

from funnel.mail import OutcomeKind
from tests.adapters.examples import mail_to, outcomes, send_one
from tests.adapters.providers.apis import PostmarkApi
from tests.adapters.providers.common import LESSON_HEADERS, UNCHANGED, kinds, lesson, readers, send_many
from tests.adapters.providers.conftest import Connect, Start
from tests.adapters.providers.server import say

K = OutcomeKind
CODES = [
    (100, "Maintenance", K.TEMPORARY),
    (300, "Invalid 'To' address: 'ada@example.org'.", K.PERMANENT_RECIPIENT),
    (300, "Error parsing 'To': Illegal email domain 'example' in address 'ada@example'.", K.PERMANENT_RECIPIENT),
    (300, "Invalid 'From' address: 'hello@harbour.example.org'.", K.AUTH_CONFIG),
    (300, "Invalid metadata content.", K.PERMANENT_MESSAGE),
    (10, "Bad or missing API token", K.AUTH_CONFIG),
    (400, "Sender Signature not found", K.AUTH_CONFIG),
    (401, "Sender signature not confirmed", K.AUTH_CONFIG),
    (402, "Invalid JSON", K.PERMANENT_MESSAGE),
    (403, "Incompatible JSON", K.PERMANENT_MESSAGE),
    (405, "Not allowed to send", K.AUTH_CONFIG),
    (406, "You tried to send to a recipient that has been marked as inactive.", K.PERMANENT_RECIPIENT),
    (411, "Forbidden attachment type", K.PERMANENT_MESSAGE),
    (412, "Account is Pending", K.AUTH_CONFIG),
    (413, "Account May Not Send", K.AUTH_CONFIG),
    (429, "Rate Limit Exceeded", K.RATE),
    (1235, "The message stream 'x' was not found on this server", K.AUTH_CONFIG),
]


@pytest.mark.parametrize(("code", "message", "kind"), CODES)
def test_a_code_for_one_mail_decides_about_that_mail(
    connect: Connect, code: int, message: str, kind: OutcomeKind
) -> None:
    api = PostmarkApi()
    api.refused["ada@example.org"] = {"ErrorCode": code, "Message": message}
    found = outcomes(connect(api), [mail_to("ada@example.org", "1"), mail_to("fay@example.org", "2")])
    assert kinds(found) == {"1": kind.value, "2": "accepted"}
    assert found["1"].detail.startswith(f"200 {code} ")
    assert "ada@" not in found["1"].detail
    assert (found["1"].listed is not None) is (code == 406)


@pytest.mark.parametrize(("code", "message", "kind"), CODES)
def test_a_code_for_the_whole_call_decides_about_all(
    connect: Connect, code: int, message: str, kind: OutcomeKind
) -> None:
    api = PostmarkApi()
    status = {10: 401, 100: 503, 429: 429}.get(code, 422)
    api.next.extend([say({"ErrorCode": code, "Message": message}, status)] * 3)
    assert set(kinds(outcomes(connect(api), readers(2))).values()) == {kind.value}


def test_a_mail_that_is_taken_late_is_taken(connect: Connect) -> None:
    api = PostmarkApi()
    late = {"Message": "Message accepted, but delivery may be delayed.", "MessageID": "b7bc2f4a"}
    api.refused["ada@example.org"] = late
    outcome = send_one(connect(api), mail_to())
    assert (outcome.kind, outcome.provider_id) == (OutcomeKind.ACCEPTED, "b7bc2f4a")


def test_a_list_of_another_length_leaves_all_its_mails_unknown(connect: Connect) -> None:
    api = PostmarkApi()
    api.next.append(say([{"ErrorCode": 0, "Message": "OK", "MessageID": "1"}]))
    assert set(kinds(outcomes(connect(api), readers(2))).values()) == {"ambiguous"}


@pytest.mark.parametrize(
    "one", [{}, {"ErrorCode": 0}, {"ErrorCode": "0x"}, None, 7, {"MessageID": "1", "ErrorCode": []}]
)
def test_a_result_that_says_nothing_leaves_its_mail_unknown(connect: Connect, one: object) -> None:
    api = PostmarkApi()
    api.next.append(say([one]))
    assert send_one(connect(api), mail_to()).kind is OutcomeKind.AMBIGUOUS


def test_the_fields_are_postmark_s(connect: Connect) -> None:
    api = PostmarkApi()
    mail = lesson()
    send_one(connect(api, stream="broadcast"), mail)
    (taken,) = api.taken
    fields = dict(taken.fields)
    headers = {header["Name"]: header["Value"] for header in fields.pop("Headers")}
    assert fields == {
        "From": "Harbour Practice <hello@harbour.example.org>",
        "To": "Ada <ada@example.org>",
        "Subject": "Week 1: für dich",
        "TextBody": mail.text,
        "HtmlBody": mail.html,
        "ReplyTo": "Harbour Practice <answers@harbour.example.org>",
        "Metadata": {"delivery": "4711"},
        "MessageStream": "broadcast",
        "TrackOpens": False,
        "TrackLinks": "None",
    }
    given = dict(LESSON_HEADERS)
    assert headers == UNCHANGED | {
        "Message-ID": given["Message-ID"],
        "List-Id": given["List-Id"],
        "X-PM-KeepID": "true",
    }


def test_ten_thousand_mails_go_in_a_hundred_calls(connect: Connect, start: Start) -> None:
    api = PostmarkApi()
    send_many(api, connect, start, 10_000)
    assert api.sizes == [100] * 100
