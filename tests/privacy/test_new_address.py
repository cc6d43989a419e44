"""Another address: the new one confirms, the old one is told and may undo it, and no two leads have one address."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from funnel.adapters.memory import MemoryAdapter
from funnel.models import Lead, Signup, SuppressionReason
from funnel.people.suppression import Grounds, suppress
from funnel.privacy.new_address import AddressWish, ask_new_address
from funnel.wiring import Service
from tests.journey.steps import ask, join, live, work
from tests.privacy.new_address_steps import ADA, BEN, NEW, ask_for, changed, joined, last_to, lead_of, link_in
from tests.web.conftest import Pages, on_one_database, text_of


@pytest.fixture
def ada(service: Service, outbox: MemoryAdapter) -> Lead:
    return joined(service)


def test_the_new_address_confirms_and_the_old_one_is_told(
    service: Service, pages: Pages, outbox: MemoryAdapter, ada: Lead, time: time_machine.Traveller
) -> None:
    path = ask_for(service, outbox)
    asking = last_to(outbox, NEW)
    for hers in (ADA, "Ada", "anxious"):
        assert hers not in asking.text + asking.subject, "anybody may have typed that address"
    assert "Is this your address?" in text_of(pages.client.get(path))
    assert lead_of(service, ADA) is not None, "a GET changes nothing"
    assert "This is your address from now on" in text_of(pages.client.post(path))
    assert "This is your address already" in text_of(pages.client.post(path))
    lead = lead_of(service, NEW)
    assert lead is not None
    assert lead.id == ada.id
    work(service)
    assert NEW not in last_to(outbox, ADA).text, "the old mailbox may be read by somebody else"
    before = len(outbox.mails)
    live(service, time, 8)
    assert {mail.recipient.address for mail in outbox.mails[before:]} == {NEW}


def test_the_old_address_undoes_it_for_seven_days(
    service: Service, pages: Pages, outbox: MemoryAdapter, ada: Lead, time: time_machine.Traveller
) -> None:
    undo = changed(service, pages, outbox)
    time.shift(timedelta(days=6, hours=23))
    assert pages.client.get(undo).status_code == 200
    assert lead_of(service, NEW) is not None
    assert "The change is taken back" in text_of(pages.client.post(undo))
    assert lead_of(service, ADA) is not None
    assert "taken back before" in text_of(pages.client.post(undo))


@on_one_database
def test_after_seven_days_it_stays(
    service: Service, pages: Pages, outbox: MemoryAdapter, ada: Lead, time: time_machine.Traveller
) -> None:
    undo = changed(service, pages, outbox)
    time.shift(timedelta(days=7, seconds=5))
    for answer in (pages.client.get(undo), pages.client.post(undo)):
        assert answer.status_code == 410
        assert "Nothing was changed now" in text_of(answer)
    assert lead_of(service, NEW) is not None


def test_undoing_the_first_of_several_goes_back_to_the_first(
    service: Service, pages: Pages, outbox: MemoryAdapter, ada: Lead
) -> None:
    """Whoever took the room over and moved on from there has gained nothing."""
    undo = changed(service, pages, outbox)
    assert ask_new_address(service, ada.id, BEN, service.clock.now()) is AddressWish.ASKED
    work(service)
    onwards = link_in(last_to(outbox, BEN), "new-address")
    assert pages.client.post(onwards).status_code == 200
    work(service)
    second = link_in(last_to(outbox, NEW), "old-address")
    assert ask_new_address(service, ada.id, "third@example.org", service.clock.now()) is AddressWish.ASKED
    work(service)
    third = link_in(last_to(outbox, "third@example.org"), "new-address")
    assert pages.client.post(undo).status_code == 200
    assert lead_of(service, ADA) is not None
    assert "taken back before" in text_of(pages.client.post(second))
    assert pages.client.post(third).status_code == 410
    assert lead_of(service, ADA) is not None


def test_only_the_last_address_asked_for_can_confirm(
    service: Service, pages: Pages, outbox: MemoryAdapter, ada: Lead
) -> None:
    first = ask_for(service, outbox)
    second = ask_for(service, outbox, BEN)
    assert pages.client.post(first).status_code == 410
    assert lead_of(service, ADA) is not None
    assert pages.client.post(second).status_code == 200
    assert lead_of(service, BEN) is not None


def test_a_reader_who_has_that_address_keeps_it(
    service: Service, pages: Pages, outbox: MemoryAdapter, ada: Lead, time: time_machine.Traveller
) -> None:
    join(service, BEN)
    work(service)
    time.shift(timedelta(hours=1))  # a mailbox is asked once an hour
    answer = pages.client.post(ask_for(service, outbox, BEN))
    assert (answer.status_code, "Two readers cannot have one address" in text_of(answer)) == (410, True)
    assert lead_of(service, ADA) is not None
    assert lead_of(service, BEN) is not None


def test_a_sign_up_that_was_never_confirmed_goes_along(
    service: Service, pages: Pages, outbox: MemoryAdapter, ada: Lead, time: time_machine.Traveller
) -> None:
    ask(service, BEN, "ebook", name="Ben")
    work(service)
    time.shift(timedelta(hours=1))
    ask(service, BEN, "course", name="Ben")
    work(service)
    time.shift(timedelta(hours=1))
    button = link_in(last_to(outbox, BEN), "confirm")
    path = ask_for(service, outbox, BEN)
    assert pages.client.post(path).status_code == 200
    with service.db.read() as session:
        hers = {row.offer for row in session.scalars(select(Signup).where(Signup.lead_id == ada.id))}
        states = sorted(session.scalars(select(Lead.state)))
    assert hers == {"course", "ebook"}
    assert states == ["confirmed", "erased"]
    assert pages.client.post(button).status_code in (200, 410)
    ebook = link_in(next(mail for mail in outbox.mails if mail.recipient.address == BEN), "confirm")
    assert "Thank you. It is on its way" in text_of(pages.client.post(ebook))
    lead = lead_of(service, BEN)
    assert lead is not None
    assert (lead.id, lead.first_name) == (ada.id, "Ada")


def test_who_signed_up_at_the_old_address_since_keeps_it_and_the_other_is_stopped(
    service: Service, pages: Pages, outbox: MemoryAdapter, ada: Lead, time: time_machine.Traveller
) -> None:
    undo = changed(service, pages, outbox)
    join(service, ADA)
    work(service)
    assert "No more letters go to the other address" in text_of(pages.client.post(undo))
    work(service)
    before = len(outbox.mails)
    live(service, time, 20)
    assert {mail.recipient.address for mail in outbox.mails[before:]} == {ADA}


def test_a_suppressed_address_is_neither_asked_nor_taken(
    service: Service, pages: Pages, outbox: MemoryAdapter, ada: Lead
) -> None:
    path = ask_for(service, outbox)
    with service.db.write() as session:
        suppress(session, service.links, NEW, Grounds(SuppressionReason.COMPLAINED, service.clock.now()))
    answer = pages.client.post(path)
    assert (answer.status_code, "We do not write to this address" in text_of(answer)) == (410, True)
    before = len(outbox.mails)
    assert ask_new_address(service, ada.id, NEW, service.clock.now()) is AddressWish.ASKED, "who asks learns nothing"
    work(service)
    assert len(outbox.mails) == before


@on_one_database
def test_who_did_not_ask_is_not_asked_again(service: Service, pages: Pages, outbox: MemoryAdapter, ada: Lead) -> None:
    path = ask_for(service, outbox)
    assert "do not ask here again" in text_of(pages.client.post(path, data={"do": "never"}))
    assert pages.client.post(path).status_code == 410
    before = len(outbox.mails)
    ask_new_address(service, ada.id, NEW, service.clock.now())
    work(service)
    assert len(outbox.mails) == before


@on_one_database
def test_three_addresses_a_day_are_asked_and_no_more(service: Service, outbox: MemoryAdapter, ada: Lead) -> None:
    now = service.clock.now()
    told = [ask_new_address(service, ada.id, f"x{n}@example.org", now) for n in range(4)]
    assert told == [AddressWish.ASKED] * 3 + [AddressWish.TOO_OFTEN]
    for typed, answer in (
        ("", AddressWish.NO_ADDRESS),
        ("ada", AddressWish.NO_ADDRESS),
        ("ADA@example.org", AddressWish.SAME),
    ):
        assert ask_new_address(service, ada.id, typed, now) is answer
