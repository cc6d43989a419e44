"""What counts is what the confirmed sign-up said: name, zone and text, whoever typed the address since."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from funnel.adapters.memory import MemoryAdapter
from funnel.links import Purpose
from funnel.mail import Mail
from funnel.models import Consent, Lead, Signup
from funnel.publishing.publish import publish
from funnel.subscription.not_me import say_never
from funnel.subscription.signup import SignupRequest, ask_again, sign_up
from funnel.wiring import Service
from tests.journey.steps import join, rows, work
from tests.web.conftest import Pages, text_of
from tests.web.conftest import app as app
from tests.web.conftest import pages as pages

ADA = "ada@example.org"
LATER = timedelta(minutes=61)  # so that asking again brings a mail of its own
NEW_WORDS = "Please e-mail me four letters, and a parcel."


@pytest.fixture
def mails(service: Service, outbox: MemoryAdapter) -> list[Mail]:
    """The mails that ask, oldest first."""
    return outbox.mails


def typed(service: Service, name: str, zone: str | None = None) -> None:
    request = SignupRequest("ebook", ADA, name, zone, consent=True)
    sign_up(service, request, service.clock.now())
    work(service)


def path_in(mail: Mail) -> str:
    start = mail.text.index(f"/{Purpose.CONFIRM.value}/")
    return mail.text[start:].split()[0]


def press(pages: Pages, mail: Mail) -> None:
    assert pages.client.post(path_in(mail)).status_code == 200


def reader(pages: Pages) -> tuple[str, str | None]:
    (lead,) = pages.rows(Lead)
    return lead.first_name, lead.zone


def last_consent(pages: Pages, kind: str) -> Consent:
    found: list[Consent] = [row for row in pages.rows(Consent) if row.kind == kind]
    return max(found, key=lambda row: row.id)


def reword(service: Service) -> None:
    """The practice publishes another sentence to agree to."""
    library = service.library
    offers = {**library.offers, "ebook": replace(library.offers["ebook"], consent=NEW_WORDS)}
    publish(service, replace(library, offers=offers), "tests", service.clock.now())


def test_a_stranger_who_types_last_does_not_name_the_owner(
    service: Service, mails: list[Mail], pages: Pages, time: time_machine.Traveller
) -> None:
    typed(service, "Ada", "Europe/Dublin")
    time.shift(LATER)
    typed(service, "Win", "Asia/Tokyo")
    press(pages, mails[0])
    assert reader(pages) == ("Ada", "Europe/Dublin")


def test_the_pressed_mail_decides_though_a_stranger_came_first(
    service: Service, mails: list[Mail], pages: Pages, time: time_machine.Traveller
) -> None:
    typed(service, "Win", "Asia/Tokyo")
    time.shift(LATER)
    typed(service, "Ada", "Europe/Dublin")
    press(pages, mails[1])
    assert reader(pages) == ("Ada", "Europe/Dublin")


def test_what_shares_a_mail_and_disagrees_does_not_count_for_it(
    service: Service, mails: list[Mail], pages: Pages, time: time_machine.Traveller
) -> None:
    typed(service, "Ada", "Europe/Dublin")
    time.shift(timedelta(minutes=5))
    typed(service, "Win", "Europe/Dublin")
    time.shift(LATER)
    typed(service, "Eve", "Asia/Tokyo")
    assert len(mails) == 2
    press(pages, mails[0])
    assert reader(pages) == ("", "Europe/Dublin")


def test_who_said_it_was_not_her_is_not_called_what_was_typed(
    service: Service, mails: list[Mail], pages: Pages
) -> None:
    typed(service, "Win", "Asia/Tokyo")
    assert say_never(service, rows(service, ADA)[0].id, service.clock.now())
    press(pages, mails[0])
    assert reader(pages) == ("", None)


def test_an_old_link_still_confirms_and_names_its_own_asking(
    service: Service, mails: list[Mail], pages: Pages, time: time_machine.Traveller
) -> None:
    typed(service, "Ada", "Europe/Dublin")
    (signup,) = pages.rows(Signup)
    old = service.links.dated_token(Purpose.CONFIRM, signup.ref, service.clock.now())
    shown = last_consent(pages, "asked").text
    time.shift(LATER)
    reword(service)
    assert shown in text_of(pages.client.get(f"/confirm/{old}"))
    assert pages.client.post(f"/confirm/{old}").status_code == 200
    assert last_consent(pages, "confirmed").text == shown


def test_a_link_cannot_name_anothers_asking_or_a_later_one(
    service: Service, mails: list[Mail], pages: Pages, time: time_machine.Traveller
) -> None:
    typed(service, "Ada", "Europe/Dublin")
    sent_at = service.clock.now()
    sign_up(service, SignupRequest("ebook", "ben@example.org", "Ben", None, consent=True), service.clock.now())
    bens = last_consent(pages, "asked").id
    time.shift(LATER)
    typed(service, "Win", "Asia/Tokyo")
    ada = min(pages.rows(Signup), key=lambda row: row.id)
    for number in (bens, last_consent(pages, "asked").id, 4711):
        path = service.links.to_confirm(ada.ref, sent_at, number).removeprefix("https://letters.example.org")
        page = text_of(pages.client.get(path))
        assert "Win" not in page
        assert "One press to begin" in page
    assert pages.client.post(path).status_code == 200
    lead = min(pages.rows(Lead), key=lambda row: row.id)
    assert (lead.first_name, lead.zone) == ("", None)


def test_consent_is_to_the_words_that_stood_beside_the_box(
    service: Service, mails: list[Mail], pages: Pages, time: time_machine.Traveller
) -> None:
    typed(service, "Ada")
    shown = last_consent(pages, "asked").text
    assert service.library.offers["ebook"].consent in shown
    reword(service)
    page = text_of(pages.client.get(path_in(mails[0])))
    assert f"What you agree to: {shown}" in page
    assert NEW_WORDS not in page
    press(pages, mails[0])
    assert last_consent(pages, "confirmed").text == shown


def test_each_mail_brings_the_words_of_its_own_asking(
    service: Service, mails: list[Mail], pages: Pages, time: time_machine.Traveller
) -> None:
    sign_up(service, SignupRequest("ebook", ADA, "", None, consent=True), service.clock.now())
    reword(service)
    work(service)  # the mail is made after the change, for what was agreed before it
    time.shift(LATER)
    typed(service, "Ada")
    first, second = (" ".join(mail.text.split()) for mail in mails)
    assert NEW_WORDS not in first
    assert NEW_WORDS in second
    press(pages, mails[0])
    assert NEW_WORDS not in last_consent(pages, "confirmed").text


def test_who_returns_by_an_old_link_agrees_to_what_is_sent_now(
    service: Service, mails: list[Mail], pages: Pages, time: time_machine.Traveller
) -> None:
    typed(service, "Ada")
    press(pages, mails[0])
    work(service)
    ref = rows(service, ADA)[-1].ref
    pages.client.post(f"/u/{service.links.unsubscribe_token(ref, ADA)}")
    reword(service)
    assert NEW_WORDS in text_of(pages.client.get(path_in(mails[0])))
    assert pages.client.post(path_in(mails[0]), data={"comes-back": "yes"}).status_code == 200
    assert NEW_WORDS in last_consent(pages, "confirmed").text


def test_asking_again_keeps_the_name_and_the_words_of_that_day(
    service: Service, mails: list[Mail], pages: Pages, time: time_machine.Traveller
) -> None:
    typed(service, "Ada", "Europe/Dublin")
    time.shift(timedelta(days=40))
    reword(service)
    (signup,) = pages.rows(Signup)
    assert ask_again(service, signup.id, service.clock.now())
    work(service)
    press(pages, mails[-1])
    assert reader(pages) == ("Ada", "Europe/Dublin")
    assert NEW_WORDS in last_consent(pages, "confirmed").text


def test_who_has_a_name_keeps_it_whatever_is_confirmed(
    service: Service, mails: list[Mail], pages: Pages, time: time_machine.Traveller
) -> None:
    join(service, ADA, "course", name="Ada", zone="Europe/Dublin")
    time.shift(LATER)
    typed(service, "Win", "Asia/Tokyo")
    press(pages, mails[-1])
    assert reader(pages) == ("Ada", "Europe/Dublin")
    with service.db.read() as session:
        assert session.scalars(select(Lead.tracking)).all() == [None]


def test_asking_again_by_her_link_takes_nothing_strangers_typed(
    service: Service, mails: list[Mail], pages: Pages, time: time_machine.Traveller
) -> None:
    typed(service, "", "Europe/Dublin")
    time.shift(timedelta(days=20))
    typed(service, "Win", "Europe/Dublin")
    time.shift(LATER)
    (signup,) = pages.rows(Signup)
    assert ask_again(service, signup.id, service.clock.now())
    work(service)
    press(pages, mails[-1])
    assert reader(pages) == ("", "Europe/Dublin")
