"""Which addresses are one mailbox, and when one may be written to again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from funnel.curriculum.mailboxes import counted_mailbox, next_turn, own_mailbox

NOON = datetime(2027, 1, 4, 12, tzinfo=UTC)
ONE_MAILBOX = [
    ("ada.lovelace@gmail.com", "Ada.L.ovelace+letters@GoogleMail.com", "adalovelace@googlemail.com"),
    ("ada.lovelace@outlook.com", "ada.lovelace+a@outlook.com"),
    ("ada@hotmail.co.uk", "ada+a+b@hotmail.co.uk"),
    ("ada@icloud.com", "ada+x@me.com", "ada@mac.com"),
    ("ada.l@proton.me", "a-d_a.l+x@proton.me"),
    ("ada@fastmail.com", "ada+x@fastmail.com", "anything@ada.fastmail.com"),
    ("ada-l@yandex.ru", "ada.l+x@ya.ru", "ada.l@yandex.com"),
    ("ada@zoho.eu", "ada+x@zoho.eu"),
    ("ada@posteo.de", "ada+x@posteo.de"),
]
TWO_MAILBOXES = [
    ("ada.lovelace@outlook.com", "adalovelace@outlook.com"),
    ("ada@outlook.com", "ada@hotmail.com"),
    ("a.da@example.org", "ada@example.org"),
    ("ada-x@yahoo.com", "ada@yahoo.com"),
    ("ada@gmail.com.example.org", "ada@gmail.com"),
    ("ada@x.gmail.com", "ada@gmail.com"),
    ("ada@icloud.com", "ben@icloud.com"),
    ("+ada@example.org", "+ben@example.org"),
]


@pytest.mark.parametrize("addresses", ONE_MAILBOX)
def test_what_a_provider_delivers_to_one_mailbox_is_one(addresses: tuple[str, ...]) -> None:
    assert len(set(map(own_mailbox, addresses))) == 1
    assert len(set(map(counted_mailbox, addresses))) == 1


@pytest.mark.parametrize(("one", "other"), TWO_MAILBOXES)
def test_what_may_be_two_people_stays_two(one: str, other: str) -> None:
    assert own_mailbox(one) != own_mailbox(other)
    assert counted_mailbox(one) != counted_mailbox(other)


def test_a_plus_at_an_unknown_domain_shares_only_the_limit() -> None:
    assert counted_mailbox("ada+x@example.org") == counted_mailbox("ADA@example.org")
    assert own_mailbox("ada+x@example.org") != own_mailbox("ada@example.org")


def test_nothing_is_left_of_no_name() -> None:
    for address in ("...@gmail.com", "+x@gmail.com", "._-@proton.me"):
        assert own_mailbox(address).rpartition("@")[0]
        assert counted_mailbox(address).rpartition("@")[0]


def test_there_are_never_more_than_one_an_hour_and_three_a_day() -> None:
    turns: list[datetime] = []
    for minutes in range(0, 60 * 24 * 4, 7):
        at = next_turn(turns, NOON + timedelta(minutes=minutes))
        if at <= NOON + timedelta(minutes=minutes):
            turns.append(at)
    assert all(later - sooner >= timedelta(hours=1) for sooner, later in pairwise(turns))
    assert all(later - first >= timedelta(days=1) for first, later in zip(turns, turns[3:], strict=False))
    assert len(turns) == 12


def test_who_has_confirmed_waits_for_the_day_but_not_the_hour() -> None:
    turns = [NOON, NOON, NOON]
    assert next_turn(turns[:2], NOON, spaced=False) == NOON
    assert next_turn(turns, NOON, spaced=False) == NOON + timedelta(days=1)
