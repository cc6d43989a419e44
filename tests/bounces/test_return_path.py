"""The return path of each mail: the address that a bounce comes back to says which mail it was (VERP)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from funnel.adapters.memory import MemoryAdapter
from funnel.adapters.message import prepare_envelope
from funnel.bounces import read_bounce
from funnel.links import Links, Purpose, RowRef
from funnel.mime import message_bytes
from funnel.settings import SettingsError, load_settings
from funnel.subscription.signup import SignupRequest, sign_up
from funnel.wiring import Service
from tests.bounces.steps import bounce
from tests.conftest import SECRET
from tests.journey.steps import join, rows, work

ADDRESS = "bounces@bounce.example.org"
LINKS = Links("https://letters.example.org", (SECRET,), ADDRESS)
# Of numbers that a database gives, none is larger in a million years.
LARGEST = RowRef(36**12 - 1, "ffffffff")


@pytest.fixture
def service(make_service: Callable[..., Service], time: object) -> Service:
    return make_service(bounce_address=ADDRESS)


def path_of(links: Links, delivery: RowRef) -> str:
    found = links.return_path(links.message_id(delivery, "harbour.example.org"))
    assert found is not None
    return found


def test_every_mail_to_a_reader_leaves_with_its_own_return_path(service: Service, outbox: MemoryAdapter) -> None:
    join(service, "ada@example.org")
    work(service)
    request = SignupRequest("ebook", "ben@example.org", "Ben", None, consent=True, origin="203.0.113.0")
    sign_up(service, request, service.clock.now())
    work(service)
    assert len(outbox.mails) > 1
    open_token = service.links.open_message_id
    for mail in outbox.mails:
        local, _, domain = mail.envelope_from.partition("@")
        assert domain == "bounce.example.org"
        opened = open_token(local.removeprefix("bounces+"))
        assert opened is not None
        assert opened.number == int(mail.key)
        assert mail.sender.address != mail.envelope_from
        assert prepare_envelope(mail, utf8=False).sender == mail.envelope_from
        assert mail.envelope_from.encode() not in message_bytes(mail)


def test_without_a_bounce_address_returns_go_to_the_sender(make_service: Callable[..., Service], time: object) -> None:
    service = make_service()
    outbox = MemoryAdapter()
    service.channel.use(outbox)
    join(service, "ada@example.org")
    work(service)
    assert {mail.envelope_from for mail in outbox.mails} == {service.library.practice.from_address}


def test_a_bounce_to_the_return_path_finds_its_mail(service: Service, outbox: MemoryAdapter) -> None:
    join(service, "dan@example.org")
    work(service)
    lesson = rows(service, "dan@example.org")[-1]
    mail = next(mail for mail in outbox.mails if mail.key == str(lesson.id))
    for spelt in (mail.envelope_from, mail.envelope_from.upper(), f"prvs=1234abcd={mail.envelope_from}"):
        assert read_bounce(bounce(spelt), service.links.open_message_id).delivery_id == lesson.id


def test_it_fits_into_what_an_address_may_have() -> None:
    """RFC 5321, 4.5.3.1.1: 64 octets before the @; the longest address that the settings allow, the largest number."""
    longest = load_settings({}, bounce_address="b" * 28 + "@bounce.example.org").bounce_address
    path = path_of(Links("https://letters.example.org", (SECRET,), longest), LARGEST)
    local = path.rpartition("@")[0]
    assert len(local) <= 64
    assert LINKS.open_message_id(local.partition("+")[2]) == LARGEST


def test_a_bounce_token_and_tokens_of_other_uses_do_not_mix() -> None:
    open_token, ours = LINKS.open_message_id, path_of(LINKS, RowRef(12, "0a1b2c3d")).partition("+")[2].partition("@")[0]
    assert open_token(ours) == RowRef(12, "0a1b2c3d")
    for purpose in Purpose:
        assert open_token(LINKS.token(purpose, RowRef(12, "0a1b2c3d"))) is None
        for count in (0, 1, 2, 3):
            assert LINKS.open(purpose, ours, count) is None
    for changed in ("d" + ours[1:], ours[:-1], ours + "0", ours.replace(".", ""), f"0{ours}", "", ".", ours[1:]):
        assert open_token(changed) is None


@pytest.mark.parametrize("address", ["bounces", "a+b@example.org", "b" * 29 + "@example.org", "ä@example.org", "a@b"])
def test_an_address_that_cannot_carry_a_token_stops_the_start(address: str) -> None:
    with pytest.raises(SettingsError, match="FUNNEL_BOUNCE_ADDRESS is wrong: write one plain address"):
        load_settings({}, bounce_address=address)
