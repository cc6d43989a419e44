"""Nobody can fill somebody else's mailbox by typing its address, and its owner can end it with one press."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise

import pytest
import time_machine
from sqlalchemy import select

from funnel.adapters.memory import MemoryAdapter
from funnel.links import Purpose
from funnel.models import AskedMailbox, Delivery, DeliveryState, Lead, Signup
from funnel.people.mailboxes import MOST_WAITING, forget_mailboxes
from funnel.subscription.signup import SignupRequest, sign_up
from funnel.subscription.unsubscribe import leave
from funnel.wiring import Service
from tests.journey.steps import ask, join, live, rows, work
from tests.refs import ref_of
from tests.web.conftest import Pages, on_one_database, text_of
from tests.web.conftest import app as app
from tests.web.conftest import pages as pages

ADA = "ada@gmail.com"
OFFERS = ("ebook", "training", "course")


def sent_to(outbox: MemoryAdapter, *addresses: str) -> list[str]:
    return [mail.recipient.address for mail in outbox.mails if not addresses or mail.recipient.address in addresses]


def test_sixty_at_once_by_variants_of_one_address_send_one_mail(service: Service, outbox: MemoryAdapter) -> None:
    def one(n: int) -> None:
        address = f"{'a.da' if n % 2 else 'ada'}+{n}@{'gmail' if n % 3 else 'googlemail'}.com"
        sign_up(service, SignupRequest(OFFERS[n % 3], address, "", None, consent=True), service.clock.now())

    with ThreadPoolExecutor(60) as threads:
        list(threads.map(one, range(60)))
    work(service)
    assert len(outbox.mails) == 1
    with service.db.read() as session:
        states = [mail.state for mail in session.scalars(select(Delivery))]
    assert len(states) == 60
    assert states.count(DeliveryState.WAITING) == MOST_WAITING
    assert states.count(DeliveryState.SKIPPED) == 60 - 1 - MOST_WAITING


def test_three_a_day_and_one_an_hour_for_days_on_end(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    times = []
    for n in range(48 * 3):
        ask(service, f"ada+{n % 7}@gmail.com", OFFERS[n % 3])
        before = len(outbox.mails)
        work(service)
        times += [service.clock.now()] * (len(outbox.mails) - before)
        time.shift(timedelta(minutes=30))
    assert len(times) == 9
    assert all(later - sooner >= timedelta(hours=1) for sooner, later in pairwise(times))


def test_who_has_unsubscribed_is_not_bombed_either(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    join(service, ADA, "course")
    work(service)
    leave(service, rows(service, ADA)[-1].ref, service.clock.now(), "page")
    before = len(outbox.mails)
    for n in range(60):
        ask(service, ADA, OFFERS[n % 3])
        time.shift(timedelta(minutes=10))
        work(service)
    assert len(outbox.mails) - before == 2  # with the one she asked for herself these are the three of that day


def test_who_has_confirmed_gets_no_more_than_three_a_day(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    join(service, ADA, "ebook")
    work(service)
    before = len(outbox.mails)
    for _ in range(60):
        ask(service, ADA, "ebook")
        time.shift(timedelta(minutes=10))
        work(service)
    assert len(outbox.mails) - before == 2


def test_what_is_held_back_goes_later_and_is_dated_by_then(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    began = service.clock.now()
    for offer in OFFERS:
        ask(service, ADA, offer)
    live(service, time, 0.1)
    assert len(outbox.mails) == 3
    mails = rows(service, ADA)
    assert sorted(mail.created_at - began for mail in mails) == [timedelta(hours=n) for n in range(3)]
    titles = [service.library.offers[offer].title for offer in OFFERS]
    said = [" ".join(mail.text.split()) for mail in outbox.mails]
    assert [sum(f"for “{title}”" in text for text in said) for title in titles] == [1, 1, 1]


def test_a_stranger_who_came_first_delays_the_owner_by_no_days(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    for n in range(30):
        ask(service, f"ada+{n}@gmail.com", "ebook")
    ask(service, ADA, "course")
    live(service, time, 0.05)
    assert sent_to(outbox, ADA) == [ADA]


def test_asking_again_for_what_waits_sends_it_once_and_next(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    ask(service, "ada+1@gmail.com")
    ask(service, ADA, "ebook")
    ask(service, "ada+2@gmail.com")
    time.shift(timedelta(minutes=20))
    ask(service, ADA, "ebook")
    live(service, time, 0.1)
    assert sent_to(outbox) == ["ada+1@gmail.com", ADA, "ada+2@gmail.com"]


def test_what_waits_is_not_sent_once_the_button_is_pressed(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    ask(service, ADA, "ebook")
    work(service)
    time.shift(timedelta(minutes=11))
    ask(service, ADA, "ebook")
    join(service, ADA, "ebook")
    live(service, time, 0.5)
    assert [row.kind for row in rows(service, ADA) if row.state == DeliveryState.ACCEPTED] == ["confirmation", "lesson"]


def test_two_mailboxes_do_not_wait_for_each_other(service: Service, outbox: MemoryAdapter) -> None:
    for address in (ADA, "ben@gmail.com", "a.d.a@example.org", "ada@example.org"):
        ask(service, address)
    work(service)
    assert len(outbox.mails) == 4


def not_me(outbox: MemoryAdapter) -> str:
    """The path behind "It was not me" in the newest mail; text and HTML have the same."""
    mail = outbox.mails[-1]
    start = mail.text.index(f"/{Purpose.NOT_ME.value}/")
    path = mail.text[start:].split()[0]
    assert path in mail.html
    return path


def test_one_press_and_nobody_is_asked_again_whoever_types_it(
    service: Service, outbox: MemoryAdapter, pages: Pages, time: time_machine.Traveller
) -> None:
    ask(service, "ada+1@gmail.com")
    ask(service, "ada+2@gmail.com", name="Win")
    work(service)
    path = not_me(outbox)
    assert "never ask again" in text_of(pages.client.get(path))
    work(service)
    assert pages.client.get(path).status_code == 200
    others = [pages.sign_up(offer, email=f"{offer}@example.org") for offer in OFFERS]
    work(service)
    assert "We will not ask you again" in text_of(pages.client.post(path))
    before = len(outbox.mails)
    for n, address in enumerate((ADA, "ada+1@gmail.com", "a.d.a+9@googlemail.com")):
        answer = pages.sign_up(OFFERS[n], email=address)
        assert (answer.status_code, answer.data) == (303, others[n].data)
        assert pages.send_json({"email": address, "consent": True}).status_code == 202
    live(service, time, 3)
    assert len(outbox.mails) == before
    assert "You have told us that it was not you" in text_of(pages.client.get(path))


def test_she_can_change_her_mind_by_the_same_link(
    service: Service, outbox: MemoryAdapter, pages: Pages, time: time_machine.Traveller
) -> None:
    ask(service, ADA)
    work(service)
    path = not_me(outbox)
    pages.client.post(path)
    pages.client.get(path)
    ask(service, ADA, "ebook")
    time.shift(timedelta(hours=1))
    assert "can be asked again" in text_of(pages.client.post(path, data={"do": "ask"}))
    ask(service, ADA, "ebook")
    work(service)
    assert sent_to(outbox) == [ADA, ADA]


def test_at_an_unknown_domain_her_word_stands_for_nobody_else(
    service: Service, outbox: MemoryAdapter, pages: Pages, time: time_machine.Traveller
) -> None:
    ask(service, "info+ada@example.org")
    work(service)
    pages.client.post(not_me(outbox))
    time.shift(timedelta(hours=1))
    ask(service, "info+ben@example.org")
    ask(service, "info+ada@example.org", "ebook")
    work(service)
    assert sent_to(outbox)[1:] == ["info+ben@example.org"]


def test_her_lessons_go_on_and_her_own_link_still_asks(
    service: Service, outbox: MemoryAdapter, pages: Pages, time: time_machine.Traveller
) -> None:
    signup = join(service, ADA).signup_id
    ask(service, ADA, "ebook")
    live(service, time, 0.1)
    confirmation = next(mail for mail in reversed(outbox.mails) if f"/{Purpose.NOT_ME.value}/" in mail.text)
    outbox.mails.append(confirmation)
    pages.client.post(not_me(outbox))
    before = len(outbox.mails)
    live(service, time, 8)
    assert len(outbox.mails) > before
    leave(service, rows(service, ADA)[-1].ref, service.clock.now(), "page")
    before = len(outbox.mails)
    pages.client.post(
        f"/again/{service.links.token(Purpose.AGAIN, ref_of(service, Signup, signup))}", data={"do": "ask"}
    )
    work(service)
    assert len(outbox.mails) == before + 1


@on_one_database
def test_the_link_opens_this_and_nothing_else(service: Service, outbox: MemoryAdapter, pages: Pages) -> None:
    ask(service, ADA)
    work(service)
    number = rows(service, ADA)[0].id
    for purpose in (Purpose.UNSUBSCRIBE, Purpose.PREFERENCES, Purpose.AGAIN):
        assert pages.client.post(f"/not-me/{pages.token(purpose, number)}").status_code == 404
    assert pages.client.post(f"/u/{pages.token(Purpose.NOT_ME, number)}").status_code == 404
    assert pages.client.post(f"/not-me/{pages.token(Purpose.NOT_ME, number + 1)}").status_code == 410


def test_no_address_is_kept_for_it_and_old_counts_are_forgotten(
    service: Service, outbox: MemoryAdapter, pages: Pages, time: time_machine.Traveller
) -> None:
    ask(service, ADA)
    ask(service, "ben@example.org")
    work(service)
    never = next(n for n, mail in enumerate(outbox.mails) if mail.recipient.address == ADA)
    outbox.mails.append(outbox.mails[never])
    pages.client.post(not_me(outbox))
    with service.db.read() as session:
        kept = "".join(f"{box.digest}{box.turns}" for box in session.scalars(select(AskedMailbox)))
        assert len(session.scalars(select(Lead)).all()) == 2
    assert "@" not in kept
    assert "gmail" not in kept
    time.shift(timedelta(days=1, seconds=1))
    with service.db.write() as session:
        forget_mailboxes(session, service.clock.now())
    with service.db.read() as session:
        assert [box.never_at is not None for box in session.scalars(select(AskedMailbox))] == [True]


@pytest.mark.parametrize("address", [ADA, "never.seen@example.org"])
def test_the_thanks_page_says_how_often_a_mailbox_is_written_to(pages: Pages, address: str) -> None:
    answer = pages.sign_up(email=address)
    said = text_of(pages.client.get(answer.location))
    assert "at most one such mail an hour and three a day" in said
