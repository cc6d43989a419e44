"""Waits, words and places in answers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from funnel.adapters.http.answers import HttpReply, outcome_of, requested_pause, tidy
from funnel.adapters.http.fields import headers_of, mark, reply_to
from funnel.adapters.http.json_path import get_path, get_text
from funnel.mail import Outcome, OutcomeKind
from tests.adapters.examples import mail_to

DATE = "Mon, 04 Jan 2027 08:00:00 GMT"
NOW = datetime(2027, 1, 4, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "value", "seconds"),
    [
        ("retry-after", "37", 37),
        ("retry-after", "0", 1),
        ("retry-after", "1.5", 1.5),
        ("retry-after", "Mon, 04 Jan 2027 08:02:00 GMT", 120),
        ("retry-after", "Mon, 04 Jan 2027 07:00:00 GMT", 1),
        ("retry-after", "99999999", 86400),
        ("ratelimit-reset", "2", 2),
        ("x-ratelimit-reset", str(int(NOW.timestamp()) + 30), 30),
        ("x-ratelimit-reset", str(int(NOW.timestamp() + 30) * 1000), 30),
        ("x-sib-ratelimit-reset", "3600", 3600),
        ("retry-after", "soon", None),
        ("retry-after", "-5", None),
        ("retry-after", "", None),
        ("retry-after", "9" * 40, None),
        ("other", "5", None),
    ],
)
def test_a_wait_is_read_in_every_form_and_bounded(name: str, value: str, seconds: float | None) -> None:
    found = requested_pause(HttpReply(429, {name: value, "date": DATE}, b""))
    assert found == (None if seconds is None else timedelta(seconds=seconds))


WINDOWS = {"ratelimit-reset": "1", "x-ratelimit-reset": "3600", "x-sib-ratelimit-reset": "3600", "date": DATE}


@pytest.mark.parametrize(
    ("kind", "headers", "seconds"),
    [
        (OutcomeKind.RATE, {"retry-after": "soon", "ratelimit-reset": "7"}, 7),
        (OutcomeKind.RATE, {"retry-after": "", "x-sib-ratelimit-reset": "7"}, 7),
        (OutcomeKind.RATE, {"retry-after": "30", **WINDOWS}, 30),
        # Every answer of Resend says when its second of calls is over: that renews no quota of a day.
        (OutcomeKind.QUOTA, WINDOWS, None),
        (OutcomeKind.QUOTA, {"retry-after": "1", **WINDOWS}, None),
        (OutcomeKind.QUOTA, {"retry-after": "7200", **WINDOWS}, 7200),
        # And every answer of Brevo says when its hour is over: a server in trouble is tried again before that.
        (OutcomeKind.TEMPORARY, WINDOWS, None),
        (OutcomeKind.TEMPORARY, {"retry-after": "120", **WINDOWS}, 120),
    ],
)
def test_the_named_window_counts_only_where_we_were_too_fast(
    kind: OutcomeKind, headers: dict[str, str], seconds: float | None
) -> None:
    status = {OutcomeKind.RATE: 429, OutcomeKind.QUOTA: 402, OutcomeKind.TEMPORARY: 503}[kind]
    outcome = outcome_of((), HttpReply(status, headers, b""))
    assert outcome.kind is kind
    assert outcome.retry_after == (None if seconds is None else timedelta(seconds=seconds))


def test_every_status_means_something_and_none_alone_is_success() -> None:
    for status in range(100, 1000):
        outcome = outcome_of((), HttpReply(status, {}, b"words"))
        assert outcome.kind is not OutcomeKind.ACCEPTED
        assert str(status) in outcome.detail


@given(st.text(), st.integers(200, 599))
@settings(max_examples=200)
def test_words_are_one_line_of_at_most_500_characters(said: str, status: int) -> None:
    detail = tidy(outcome_of((), HttpReply(status, {}, b""), words=said * 30).detail)
    assert len(detail) <= 500
    assert detail.isprintable()


@pytest.mark.parametrize(
    "said",
    [
        "Invalid 'To' address: 'ada@example.org'.",
        "inactive addresses: ada@example.org, ADA@EXAMPLE.ORG.",
        'mailbox "ada@example.org" <ada@example.org>',
        "to=ada@example.org;x",
        "(ada@example.org)[ada@example.org]",
    ],
)
def test_addresses_are_taken_out_but_for_our_own(said: str) -> None:
    told = tidy(f"{said} from hello@harbour.example.org", ours=("Hello@harbour.example.org",))
    assert "ada@" not in told.lower()
    assert "[address]" in told
    assert "hello@harbour.example.org" in told


def test_secrets_are_taken_out() -> None:
    assert tidy("the key se.cret+1 is wrong", ("se.cret+1",)) == "the key [key] is wrong"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(JSON, st.lists(st.text(max_size=5) | st.integers(-3, 5), max_size=4))
@settings(max_examples=150)
def test_no_place_in_any_json_is_a_surprise(data: object, path: list[str | int]) -> None:
    get_path(data, *path)
    assert isinstance(get_text(data, *path), str)


def test_places_and_words() -> None:
    data = {"a": [{"b": 7, "c": "x", "d": True, "e": None}]}
    assert get_path(data, "a", 0, "b") == 7
    assert get_path(data, "a", 1) is None
    assert [get_text(data, "a", 0, name) for name in "bcde"] == ["7", "x", "", ""]


def test_headers_keep_their_values_but_those_a_provider_sets_go() -> None:
    mail = mail_to(headers=(("List-Id", "<x.example.org>"), ("DATE", "now"), ("X-A", "1"), ("X-A", "2")))
    assert headers_of(mail) == {"List-Id": "<x.example.org>", "X-A": "1, 2"}


@pytest.mark.parametrize(
    ("value", "name", "address"),
    [
        ("answers@example.org", "", "answers@example.org"),
        ("=?utf-8?q?F=C3=BCr_dich?= <answers@example.org>", "Für dich", "answers@example.org"),
        ("=?nonsense?q?x?= <answers@example.org>", "", "answers@example.org"),
    ],
)
def test_the_address_to_answer_to_is_read_from_its_header(value: str, name: str, address: str) -> None:
    found = reply_to(mail_to(headers=(("reply-to", value),)))
    assert found is not None
    assert (found.name, found.address) == (name, address)


def test_without_an_address_to_answer_to_there_is_none() -> None:
    assert reply_to(mail_to()) is None
    assert reply_to(mail_to(headers=(("Reply-To", "nobody"),))) is None


def test_a_mark_is_safe_in_every_tag_and_tells_keys_apart() -> None:
    assert mark("4711") == "4711"
    assert mark("a/b") != mark("a.b")
    assert mark("x" * 81, 80).startswith("sha256-")
    assert len(mark("x" * 900)) < 80
    assert isinstance(outcome_of((), HttpReply(500, {}, b"")), Outcome)
