"""A token opens one purpose only, and says nothing about the reader."""

from __future__ import annotations

import hmac
from datetime import UTC, datetime, timedelta
from hashlib import blake2b

import pytest
from hypothesis import given
from hypothesis import strategies as st

from funnel.links import EXPIRES, ClickToken, Links, Purpose, RowRef
from funnel.signing import base36

LINKS = Links("https://letters.example.org", ("the-newest-key-0123456789abcdefghij",))
TWO_KEYS = Links("https://letters.example.org", ("b" * 100, "a" * 32))
NOW = datetime(2027, 1, 4, 9, 0, tzinfo=UTC)


NUMBER = st.integers(min_value=0, max_value=2**53)
NONCE = st.integers(0, 2**32 - 1).map("{:08x}".format)
ROW, OLD = RowRef(101, "0a1b2c3d"), RowRef(101)


@given(st.builds(RowRef, NUMBER, st.none() | NONCE), st.lists(NUMBER, max_size=4))
def test_a_token_gives_back_its_row_and_its_numbers(row: RowRef, numbers: list[int]) -> None:
    token = LINKS.token(Purpose.AGAIN, row, *numbers)
    assert LINKS.open(Purpose.AGAIN, token, len(numbers)) == (row, numbers)


@pytest.mark.parametrize("row", [ROW, OLD])
@pytest.mark.parametrize("made", list(Purpose))
@pytest.mark.parametrize("tried", list(Purpose))
def test_a_token_opens_no_other_purpose(made: Purpose, tried: Purpose, row: RowRef) -> None:
    opened = LINKS.open(tried, LINKS.token(made, row))
    assert opened == ((row, []) if made is tried else None)


def test_a_token_without_a_nonce_names_no_row_that_has_one() -> None:
    text, _, signature = LINKS.token(Purpose.WEB_COPY, OLD).partition(".")
    assert LINKS.open(Purpose.WEB_COPY, f"{text}.{signature}") == (OLD, [])
    assert LINKS.open(Purpose.WEB_COPY, f"{text}-0a1b2c3d.{signature}") is None
    assert LINKS.open(Purpose.WEB_COPY, f"{text}-0a1b2c3d.{signature[:24]}") is None
    assert LINKS.open(Purpose.WEB_COPY, f"{text}.{signature[:24]}") is None


@given(NONCE, NONCE)
def test_the_same_number_with_another_nonce_is_another_row(one: str, other: str) -> None:
    first, second = (LINKS.token(Purpose.CONFIRM, RowRef(5, nonce)) for nonce in (one, other))
    assert (first == second) == (one == other)


def test_a_stop_link_names_its_address_by_a_digest() -> None:
    token = LINKS.unsubscribe_token(ROW, "ada@example.org")
    assert LINKS.open_unsubscribe(token) == (ROW, LINKS.short_digest("ada@example.org"))
    assert LINKS.open_unsubscribe(LINKS.token(Purpose.UNSUBSCRIBE, ROW)) is None, "without one it is not ours"
    assert LINKS.open_unsubscribe(LINKS.unsubscribe_token(OLD, "ada@example.org")) == (OLD, None)
    other = LINKS.unsubscribe_token(ROW, "ben@example.org")
    assert LINKS.open_unsubscribe(other.rpartition(".")[0] + "." + token.rpartition(".")[2]) is None


def test_a_booking_is_opened_by_tokens_of_every_age() -> None:
    assert LINKS.open_booking(LINKS.token(Purpose.BOOK, ROW, 12)) == (ROW, 12)
    assert LINKS.open_booking(LINKS.token(Purpose.BOOK, RowRef(11), 101, 12)) == (OLD, 12)
    assert LINKS.open_booking(LINKS.token(Purpose.BOOK, RowRef(11), 101)) == (OLD, None)
    assert LINKS.open_booking(LINKS.token(Purpose.BOOK, ROW)) is None


@given(st.text(max_size=300))
def test_what_we_did_not_sign_opens_nothing(text: str) -> None:
    assert LINKS.open(Purpose.OPEN, text) is None


def test_every_changed_letter_breaks_a_token() -> None:
    token = LINKS.unsubscribe_token(RowRef(4711, "0000000f"), "ada@example.org")
    for place in range(len(token)):
        changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        assert LINKS.open_unsubscribe(changed) is None


def test_an_old_key_still_opens_and_only_the_new_one_signs() -> None:
    old = Links("https://letters.example.org", ("the-oldest-key-0123456789abcdefghij",))
    both = Links("https://letters.example.org", ("the-newest-key-0123456789abcdefghij", *old.keys))
    for purpose in Purpose:
        assert both.open(purpose, old.token(purpose, ROW)) == (ROW, [])
        assert old.open(purpose, both.token(purpose, ROW)) is None


def test_a_new_key_does_not_forget_who_must_not_be_mailed() -> None:
    old = Links("https://letters.example.org", ("the-oldest-key-0123456789abcdefghij",))
    both = Links("https://letters.example.org", ("the-newest-key-0123456789abcdefghij", *old.keys))
    assert both.address_digest("gus@example.org") == old.address_digest("gus@example.org")
    assert both.message_id(ROW, "example.org") == old.message_id(ROW, "example.org")
    assert both.short_digest("gus@example.org") == old.short_digest("gus@example.org")
    kept = hmac.new(old.keys[0].encode(), b"address:gus@example.org", "sha256").hexdigest()
    assert old.address_digest("gus@example.org") == kept


def test_a_dated_link_ends_and_still_says_whose_it_was() -> None:
    token = LINKS.dated_token(Purpose.CONFIRM, ROW, NOW)
    last = NOW + EXPIRES[Purpose.CONFIRM]
    assert LINKS.open_dated(Purpose.CONFIRM, token, last) == (ROW, True)
    assert LINKS.open_dated(Purpose.CONFIRM, token, last + timedelta(seconds=1)) == (ROW, False)
    assert LINKS.open_dated(Purpose.DOWNLOAD, token, NOW) == (None, False)


def test_no_address_of_a_reader_stands_in_a_link() -> None:
    assert LINKS.to(Purpose.OPEN, RowRef(3, "89abcdef")).startswith("https://letters.example.org/o/3-89abcdef.")
    assert LINKS.to(Purpose.OPEN, RowRef(3, "89abcdef")).endswith(".gif")


OLD_FORM, FORM = (OLD, "2t", "funnel.", 16), (ROW, "2t-0a1b2c3d", "funnel.nonce.", 12)


@pytest.mark.parametrize(("row", "name", "use", "size"), [OLD_FORM, FORM])
def test_a_signature_is_blake2b_with_a_key_for_its_purpose(row: RowRef, name: str, use: str, size: int) -> None:
    for purpose in (Purpose.CONFIRM, Purpose.DOWNLOAD, Purpose.WATCH, Purpose.BOOK, Purpose.SIGN_IN):
        signature = _signature(f"{use}{purpose.name}", f"{name}-7".encode(), size=size)
        assert TWO_KEYS.token(purpose, row, 7) == f"{name}-7.{signature}"


@pytest.mark.parametrize(("row", "name", "use", "size"), [OLD_FORM, FORM])
def test_each_purpose_has_its_own_quarter_of_one_signature(row: RowRef, name: str, use: str, size: int) -> None:
    together = _signature(f"{use}every-mail", name.encode(), size=4 * size)
    ends = TWO_KEYS.in_every_mail(row, "ada@example.org")
    for at, purpose in enumerate((Purpose.OPEN, Purpose.UNSUBSCRIBE, Purpose.PREFERENCES, Purpose.WEB_COPY)):
        if purpose is Purpose.UNSUBSCRIBE and row.nonce is not None:
            assert ends[at] == TWO_KEYS.unsubscribe_token(row, "ada@example.org")
            continue
        assert TWO_KEYS.token(purpose, row) == f"{name}.{together[2 * size * at : 2 * size * (at + 1)]}"
        assert TWO_KEYS.start(purpose) + ends[at] == TWO_KEYS.to(purpose, row)


@pytest.mark.parametrize(("row", "name", "use", "size"), [OLD_FORM, FORM])
def test_four_links_of_a_lesson_share_one_signature_in_quarters(row: RowRef, name: str, use: str, size: int) -> None:
    for n in range(40):
        four = _signature(f"{use}four-links", f"{name}-7-{n // 4}".encode(), size=4 * size)
        quarter = four[2 * size * (n % 4) : 2 * size * (n % 4 + 1)]
        assert TWO_KEYS.token(Purpose.CLICK, row, 7, n) == f"{name}-7-{base36(n)}.{quarter}"


def test_the_signature_of_one_link_opens_no_other() -> None:
    signatures = {TWO_KEYS.token(Purpose.CLICK, ROW, 7, 9, n).rpartition(".")[2] for n in range(40)}
    assert len(signatures) == 40
    own = TWO_KEYS.token(Purpose.CLICK, ROW, 7, 9, 3)
    assert TWO_KEYS.open_click(own) == ClickToken(ROW, 7, 9, 3)
    others = [f"2t-0a1b2c3d-7-9-{base36(n)}" for n in range(40) if n != 3]
    wrong = (
        "2t-0a1b2c3d-8-9-3",
        "2u-0a1b2c3d-7-9-3",
        "2t-1a1b2c3d-7-9-3",
        "2t-0a1b2c3d-7-8-3",
        "2t-0a1b2c3d-7-9",
        "2t-0a1b2c3d-7-9-3-3",
        "3",
        "2t-0a1b2c3d-7-9-03",
    )
    for text in (*others, *wrong, "2t-0a1b2c3d-7-9-+3", "2t-0a1b2c3d-7-9- 3", "2t-0a1b2c3d-7-9-3\n"):
        assert TWO_KEYS.open_click(f"{text}.{own.rpartition('.')[2]}") is None


@pytest.mark.parametrize("key", ["a" * 32, "b" * 100])
def test_mail_older_than_shared_signatures_still_opens(key: str) -> None:
    for purpose in Purpose:
        token = f"2t.{_signature(f'funnel.{purpose.name}', b'2t', key=key)}"
        if purpose is not Purpose.CLICK:
            assert TWO_KEYS.open(purpose, token) == (OLD, [])
    token = f"2t-7-3.{_signature('funnel.CLICK', b'2t-7-3', key=key)}"
    assert TWO_KEYS.open_click(token) == ClickToken(OLD, 7, None, 3)


def test_the_links_of_a_lesson_are_made_as_each_would_be() -> None:
    links = Links("https://letters.example.org", ("a" * 32,))
    clicks = [links.start(Purpose.CLICK) + end for end in links.clicks(ROW, 7, 9, 40)]
    assert clicks == [links.to(Purpose.CLICK, ROW, 7, 9, n) for n in range(40)]
    assert links.clicks(OLD, 7, 9, 1) == [links.token(Purpose.CLICK, OLD, 7, 0)]


def _signature(use: str, text: bytes, *, size: int = 16, key: str = "b" * 100) -> str:
    derived = hmac.new(key.encode(), use.encode(), "sha256").digest()
    return blake2b(text, key=derived, digest_size=size).hexdigest()


BEHIND = [*".)]>”’\"',;:!?*_/\\ \n\u00a0\u200b=…。\ufffd\x00", "%20", "&gt;", ">.", ").", ") and more"]


@pytest.mark.parametrize("behind", BEHIND)
@pytest.mark.parametrize("purpose", list(Purpose))
def test_what_a_mail_program_adds_after_a_token_does_no_harm(purpose: Purpose, behind: str) -> None:
    for row in (ROW, OLD):
        assert LINKS.open(purpose, LINKS.token(purpose, row, 3) + behind, 1) == (row, [3])


@pytest.mark.parametrize("behind", ["a", "0", "A", "Z9", "." * 300])
def test_a_token_that_goes_on_is_not_ours(behind: str) -> None:
    for row in (ROW, OLD):
        assert LINKS.open(Purpose.UNSUBSCRIBE, LINKS.token(Purpose.UNSUBSCRIBE, row) + behind) is None
