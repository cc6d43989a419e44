"""No mail says anything of the topic before its reader could choose; nor does any to who chose so."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from funnel.adapters.memory import MemoryAdapter
from funnel.conversations.asking import book
from funnel.conversations.changing import agree_on, cancel
from funnel.conversations.sessions import SessionWish, ask_for_session
from funnel.links import Purpose, RowRef
from funnel.models import AddressChange, BookingRequest, Delivery, DeliveryKind, Lead
from funnel.privacy.new_address import ask_new_address, confirm_new_address
from funnel.privacy.own_data import mail_own_link_to
from funnel.publishing.publish import publish
from funnel.subscription.confirming import confirm
from funnel.subscription.reminding import remind
from funnel.wiring import Service
from tests.journey.steps import work
from tests.subscription.test_discretion import BEN, LATER, TOPIC, ask, on_the_screen
from tests.subscription.test_discretion import pages as pages
from tests.subscription.test_discretion import quiet as quiet
from tests.web.conftest import Pages

GUS, NEW = "gus@example.org", "ben.new@example.org"
# Whoever reads these need not have asked for anything. A new kind of mail belongs into one of the two.
BEFORE = {DeliveryKind.CONFIRMATION, DeliveryKind.REMINDER, DeliveryKind.SESSION, DeliveryKind.NEW_ADDRESS}
AFTER = {
    DeliveryKind.LESSON, DeliveryKind.ASSET, DeliveryKind.BOOKING, DeliveryKind.OWN_DATA, DeliveryKind.OLD_ADDRESS,
    DeliveryKind.ROUND, DeliveryKind.NIGHT_ANSWER,
}  # fmt: skip
TO_THE_PRACTICE = {DeliveryKind.SIGN_IN, DeliveryKind.NOTICE, DeliveryKind.TEST}


def ask_session(service: Service) -> RowRef:
    assert service.library.sessions is not None
    wish = SessionWish(service.library.sessions.sessions[0], GUS)
    assert ask_for_session(service, wish, service.clock.now())
    work(service)
    with service.db.read() as session:
        return session.scalars(select(BookingRequest)).one().ref


def says_nothing(outbox: MemoryAdapter, *addresses: str) -> int:
    """How many mails came to these; none says anything on the screen."""
    mails = [mail for mail in outbox.mails if mail.recipient.address in addresses]
    for mail in mails:
        assert TOPIC.search(on_the_screen(mail)) is None, on_the_screen(mail)
        assert mail.sender.name == "Anna"
    return len(mails)


def test_every_kind_of_mail_is_sent_before_or_after_a_choice() -> None:
    assert set(DeliveryKind) == BEFORE | AFTER | TO_THE_PRACTICE


@pytest.mark.parametrize("offer", ["course", "ebook", "training", "quiz"])
def test_the_one_reminder_says_nothing(
    quiet: Service, outbox: MemoryAdapter, time: time_machine.Traveller, offer: str
) -> None:
    practice = replace(quiet.library.practice, remind=True)
    reminding = quiet.as_if(replace(quiet.library, practice=practice))
    publish(reminding, reminding.library, "tests", quiet.clock.now())
    reminding.channel.use(outbox)
    ask(reminding, offer)
    time.shift(timedelta(days=2))
    for _ in range(24):
        time.shift(timedelta(hours=1))
        remind(reminding, reminding.clock.now())
    work(reminding)
    assert says_nothing(outbox, BEN) == 2


def test_all_about_a_session_of_a_guest_says_nothing(
    quiet: Service, outbox: MemoryAdapter, pages: Pages, time: time_machine.Traveller
) -> None:
    ref = ask_session(quiet)
    agree_on(quiet, ref.number, quiet.clock.now() + timedelta(days=7), quiet.clock.now())
    work(quiet)
    file = pages.client.get(f"/booking/{quiet.links.token(Purpose.BOOKING, ref)}/appointment.ics")
    name = file.headers["Content-Disposition"].partition("filename=")[2]
    assert TOPIC.search(f"{name} {re.findall('SUMMARY.*', file.text)}") is None
    time.shift(LATER)
    cancel(quiet, ref, quiet.clock.now())
    work(quiet)
    assert says_nothing(outbox, GUS) == 3


@pytest.mark.parametrize("discreet", [False, True])
def test_a_mailbox_that_is_asked_for_the_first_time_is_told_nothing(
    quiet: Service, outbox: MemoryAdapter, discreet: bool
) -> None:
    confirm(quiet, ask(quiet, "ebook", discreet=discreet), quiet.clock.now())
    with quiet.db.read() as session:
        lead = session.scalars(select(Lead)).one()
    ask_new_address(quiet, lead.id, NEW, quiet.clock.now())
    work(quiet)
    assert says_nothing(outbox, NEW) == 1


def test_who_chose_so_is_told_nothing_by_any_mail(quiet: Service, outbox: MemoryAdapter) -> None:
    confirm(quiet, ask(quiet, "ebook", discreet=True), quiet.clock.now())
    work(quiet)
    with quiet.db.read() as session:
        lead = session.scalars(select(Lead)).one()
        lesson = session.scalars(select(Delivery).where(Delivery.kind == DeliveryKind.LESSON)).first()
    assert lesson is not None
    book(quiet, lead.id, lesson.id, quiet.clock.now())
    assert mail_own_link_to(quiet, lead.id, quiet.clock.now())
    ask_new_address(quiet, lead.id, NEW, quiet.clock.now())
    work(quiet)
    with quiet.db.read() as session:
        change = session.scalars(select(AddressChange)).one()
    confirm_new_address(quiet, change.ref, quiet.clock.now())
    work(quiet)
    with quiet.db.read() as session:
        kinds = set(session.scalars(select(Delivery.kind).where(Delivery.lead_id == lead.id)))
    assert {DeliveryKind.BOOKING, DeliveryKind.OWN_DATA, DeliveryKind.OLD_ADDRESS} <= kinds
    assert says_nothing(outbox, lead.email, NEW) >= 6
