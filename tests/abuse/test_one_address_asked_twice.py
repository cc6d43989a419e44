"""Several who name one mailbox, as where they sign up or as their new address: nobody's mail is another's."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from funnel.adapters.memory import MemoryAdapter
from funnel.models import Lead
from funnel.privacy.new_address import AddressWish, ask_new_address
from funnel.wiring import Service
from tests.journey.steps import ask, join, live, work
from tests.privacy.new_address_steps import ADA, BEN, NEW, last_to, link_in
from tests.web.conftest import Pages, on_one_database
from tests.web.conftest import app as app
from tests.web.conftest import pages as pages

pytestmark = on_one_database


@pytest.fixture(autouse=True)
def asked_once(service: Service, outbox: MemoryAdapter, time: time_machine.Traveller) -> None:
    """Ada and Ben have confirmed, and a stranger has just typed the address that both will name."""
    for address in (ADA, BEN):
        join(service, address)
    time.shift(timedelta(days=2))
    ask(service, NEW, "course")
    work(service)


def wish(service: Service, address: str) -> None:
    with service.db.read() as session:
        lead_id = session.scalars(select(Lead.id).where(Lead.email == address)).one()
    assert ask_new_address(service, lead_id, NEW, service.clock.now()) is AddressWish.ASKED


def questions(outbox: MemoryAdapter) -> int:
    return sum(mail.recipient.address == NEW and "/new-address/" in mail.html for mail in outbox.mails)


def test_each_who_wants_it_is_asked_about(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    wish(service, BEN)
    wish(service, ADA)
    live(service, time, 1)
    assert questions(outbox) == 2


def test_who_says_never_is_not_asked_by_a_wish_that_waits(
    service: Service, pages: Pages, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    wish(service, BEN)
    assert pages.client.post(link_in(last_to(outbox, NEW), "not-me")).status_code == 200
    live(service, time, 1)
    assert questions(outbox) == 0
