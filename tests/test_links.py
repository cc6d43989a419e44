"""A token opens one purpose only, and says nothing about the reader."""

from __future__ import annotations

import hmac
from datetime import UTC, datetime, timedelta
from hashlib import blake2b

import pytest
from hypothesis import given
from hypothesis import strategies as st

from funnel.links import EXPIRES, Links, Purpose, _base36

LINKS = Links("https://letters.example.org", ("the-newest-key-0123456789abcdefghij",))
TWO_KEYS = Links("https://letters.example.org", ("b" * 100, "a" * 32))
NOW = datetime(2027, 1, 4, 9, 0, tzinfo=UTC)


@given(st.lists(st.integers(min_value=0, max_value=2**53), min_size=1, max_size=4))
def test_a_token_gives_back_its_numbers(numbers: list[int]) -> None:
    token = LINKS.token(Purpose.CLICK, *numbers)
    assert LINKS.open(Purpose.CLICK, token, len(numbers)) == tuple(numbers)


@pytest.mark.parametrize("made", list(Purpose))
@pytest.mark.parametrize("tried", list(Purpose))
def test_a_token_opens_no_other_purpose(made: Purpose, tried: Purpose) -> None:
    opened = LINKS.open(tried, LINKS.token(made, 7), 1)
    assert opened == ((7,) if made is tried else None)


@given(st.text(max_size=300))
def test_what_we_did_not_sign_opens_nothing(text: str) -> None:
    assert LINKS.open(Purpose.OPEN, text, 1) is None


def test_every_changed_letter_breaks_a_token() -> None:
    token = LINKS.token(Purpose.UNSUBSCRIBE, 4711)
    for place in range(len(token)):
        changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        assert LINKS.open(Purpose.UNSUBSCRIBE, changed, 1) is None


def test_an_old_key_still_opens_what_it_signed_and_the_new_one_signs() -> None:
    old = Links("https://letters.example.org", ("the-oldest-key-0123456789abcdefghij",))
    both = Links("https://letters.example.org", ("the-newest-key-0123456789abcdefghij", *old.keys))
    assert both.open(Purpose.UNSUBSCRIBE, old.token(Purpose.UNSUBSCRIBE, 5), 1) == (5,)
    assert old.open(Purpose.UNSUBSCRIBE, both.token(Purpose.UNSUBSCRIBE, 5), 1) is None


def test_a_new_key_does_not_forget_who_must_not_be_mailed() -> None:
    old = Links("https://letters.example.org", ("the-oldest-key-0123456789abcdefghij",))
    both = Links("https://letters.example.org", ("the-newest-key-0123456789abcdefghij", *old.keys))
    assert both.address_digest("gus@example.org") == old.address_digest("gus@example.org")
    assert both.message_id(9, "example.org") == old.message_id(9, "example.org")
    kept = hmac.new(old.keys[0].encode(), b"address:gus@example.org", "sha256").hexdigest()
    assert old.address_digest("gus@example.org") == kept


def test_a_dated_link_ends_and_still_says_whose_it_was() -> None:
    token = LINKS.dated_token(Purpose.CONFIRM, 12, NOW)
    last = NOW + EXPIRES[Purpose.CONFIRM]
    assert LINKS.open_dated(Purpose.CONFIRM, token, last) == (12, True)
    assert LINKS.open_dated(Purpose.CONFIRM, token, last + timedelta(seconds=1)) == (12, False)
    assert LINKS.open_dated(Purpose.DOWNLOAD, token, NOW) == (None, False)


def test_no_address_of_a_reader_stands_in_a_link() -> None:
    assert LINKS.to(Purpose.OPEN, 3).startswith("https://letters.example.org/o/3.")
    assert LINKS.to(Purpose.OPEN, 3).endswith(".gif")


def test_a_signature_is_keyed_blake2b_with_a_key_for_its_purpose() -> None:
    for purpose in (Purpose.CONFIRM, Purpose.DOWNLOAD, Purpose.WATCH, Purpose.BOOK, Purpose.SIGN_IN):
        assert TWO_KEYS.token(purpose, 101, 7) == f"2t-7.{_signature(f'funnel.{purpose.name}', b'2t-7')}"


def test_each_purpose_of_every_mail_has_its_own_quarter_of_one_signature() -> None:
    together = _signature("funnel.every-mail", b"2t", size=64)
    for at, purpose in enumerate((Purpose.OPEN, Purpose.UNSUBSCRIBE, Purpose.PREFERENCES, Purpose.WEB_COPY)):
        assert TWO_KEYS.token(purpose, 101) == f"2t.{together[32 * at : 32 * (at + 1)]}"
        assert TWO_KEYS.start(purpose) + TWO_KEYS.in_every_mail(101)[at] == TWO_KEYS.to(purpose, 101)


def test_each_four_links_of_a_lesson_have_a_quarter_of_one_signature_each() -> None:
    for n in range(40):
        four = _signature("funnel.four-links", f"2t-7-{n // 4}".encode(), size=64)
        assert TWO_KEYS.token(Purpose.CLICK, 101, 7, n) == f"2t-7-{_base36(n)}.{four[32 * (n % 4) : 32 * (n % 4 + 1)]}"


def test_the_signature_of_one_link_opens_no_other() -> None:
    signatures = {TWO_KEYS.token(Purpose.CLICK, 101, 7, n).rpartition(".")[2] for n in range(40)}
    assert len(signatures) == 40
    own = TWO_KEYS.token(Purpose.CLICK, 101, 7, 3)
    assert TWO_KEYS.open(Purpose.CLICK, own, 3) == (101, 7, 3)
    others = [f"2t-7-{_base36(n)}" for n in range(40) if n != 3]
    for text in (*others, "2t-8-3", "2u-7-3", "2t-7", "2t-7-3-3", "3", "2t-7-03", "2t-7-+3", "2t-7- 3", "2t-7-3\n"):
        assert TWO_KEYS.open(Purpose.CLICK, f"{text}.{own.rpartition('.')[2]}", 3) is None


@pytest.mark.parametrize("key", ["a" * 32, "b" * 100])
def test_mail_that_left_before_tokens_were_signed_together_still_opens(key: str) -> None:
    numbers = {Purpose.CLICK: (101, 7, 3)}
    for purpose in Purpose:
        wanted = numbers.get(purpose, (101,))
        text = "2t-7-3" if purpose is Purpose.CLICK else "2t"
        token = f"{text}.{_signature(f'funnel.{purpose.name}', text.encode(), key=key)}"
        assert TWO_KEYS.open(purpose, token, len(wanted)) == wanted


def test_the_links_of_a_lesson_are_made_as_each_would_be() -> None:
    links = Links("https://letters.example.org", ("a" * 32,))
    clicks = [links.start(Purpose.CLICK) + end for end in links.clicks(101, 7, 40)]
    assert clicks == [links.to(Purpose.CLICK, 101, 7, n) for n in range(40)]


def _signature(use: str, text: bytes, *, size: int = 16, key: str = "b" * 100) -> str:
    derived = hmac.new(key.encode(), use.encode(), "sha256").digest()
    return blake2b(text, key=derived, digest_size=size).hexdigest()


BEHIND = [*".)]>”’\"',;:!?*_/\\ \n\u00a0\u200b=…。\ufffd\x00", "%20", "&gt;", ">.", ").", ") and more"]


@pytest.mark.parametrize("behind", BEHIND)
@pytest.mark.parametrize("purpose", list(Purpose))
def test_what_a_mail_program_takes_along_behind_a_token_does_no_harm(purpose: Purpose, behind: str) -> None:
    numbers = (101, 7, 3) if purpose is Purpose.CLICK else (101,)
    assert LINKS.open(purpose, LINKS.token(purpose, *numbers) + behind, len(numbers)) == numbers


@pytest.mark.parametrize("behind", ["a", "0", "A", "Z9", "." * 300])
def test_a_token_that_goes_on_is_not_ours(behind: str) -> None:
    assert LINKS.open(Purpose.UNSUBSCRIBE, LINKS.token(Purpose.UNSUBSCRIBE, 101) + behind, 1) is None
