"""Whoever reads a mailbox that is a reader's no more: the links that lie there decide nothing for her."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from funnel.adapters.memory import MemoryAdapter
from funnel.links import Purpose, number_of
from funnel.models import Consent, ConsentKind, DeliveryKind, Lead, Signup
from funnel.people.mailboxes import never_asked
from funnel.subscription.unsubscribe import leave
from funnel.wiring import Service
from tests.journey.steps import COURSE, ask, join, live, rows, work
from tests.privacy.new_address_steps import ADA, NEW, changed, joined, last_to, link_in
from tests.refs import ref_of
from tests.web.conftest import Pages, on_one_database
from tests.web.conftest import app as app
from tests.web.conftest import pages as pages

pytestmark = on_one_database


@pytest.fixture
def undo(service: Service, pages: Pages, outbox: MemoryAdapter, time: time_machine.Traveller) -> str:
    """Ada gets her letters, was asked about a second offer, and has another address since: the way back."""
    joined(service)
    time.shift(timedelta(hours=2))
    ask(service, ADA, "ebook")
    work(service)
    time.shift(timedelta(minutes=1))
    return changed(service, pages, outbox)


def confirmed(service: Service) -> list[str | None]:
    with service.db.read() as session:
        return list(session.scalars(select(Consent.offer).where(Consent.kind == ConsentKind.CONFIRMED)))


def asking_mail(outbox: MemoryAdapter, address: str, path: str) -> str:
    mails = [mail for mail in outbox.mails if mail.recipient.address == address and f"/{path}/" in mail.html]
    return link_in(mails[-1], path)


def test_a_press_there_confirms_nothing(service: Service, pages: Pages, outbox: MemoryAdapter, undo: str) -> None:
    button = asking_mail(outbox, ADA, "confirm")
    for answer in (pages.client.get(button), pages.client.post(button, data={"comes-back": "yes"})):
        assert answer.status_code == 410
        assert NEW not in answer.text
    assert confirmed(service) == ["course"]


def test_nor_does_it_bring_her_back(service: Service, pages: Pages, outbox: MemoryAdapter, undo: str) -> None:
    button = asking_mail(outbox, ADA, "confirm")
    assert leave(service, rows(service, NEW)[-1].ref, service.clock.now(), "page")
    assert 'name="comes-back"' not in pages.client.get(button).text
    pages.client.post(button, data={"comes-back": "yes"})
    work(service)
    assert confirmed(service) == ["course"]


def test_once_undone_a_press_at_the_other_address_confirms_nothing(
    service: Service, pages: Pages, outbox: MemoryAdapter, undo: str, time: time_machine.Traveller
) -> None:
    time.shift(timedelta(hours=2))
    ask(service, NEW, "training")
    work(service)
    button = asking_mail(outbox, NEW, "confirm")
    time.shift(timedelta(hours=2))
    assert pages.client.post(undo).status_code == 200
    assert pages.client.post(button).status_code == 410
    assert confirmed(service) == ["course"]
    # What was asked at the address that is hers again works once more.
    assert pages.client.post(asking_mail(outbox, ADA, "confirm")).status_code == 200
    assert confirmed(service) == ["course", "ebook"]


def test_a_link_asked_for_anew_goes_to_her_and_works(
    service: Service, pages: Pages, outbox: MemoryAdapter, undo: str, time: time_machine.Traveller
) -> None:
    time.shift(timedelta(hours=2))
    ask(service, NEW, "ebook")
    work(service)
    assert pages.client.post(link_in(last_to(outbox, NEW), "confirm")).status_code == 200
    assert confirmed(service) == ["course", "ebook"]


def test_a_link_in_a_letter_there_begins_nothing(
    service: Service, pages: Pages, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    join(service, ADA, "ebook")
    live(service, time, 2)
    letter = [row for row in rows(service, ADA) if row.kind == DeliveryKind.LESSON][-1]
    link = f"/begin/{service.links.token(Purpose.BEGIN, letter.ref, number_of(COURSE))}"
    page = pages.client.get(link).text
    assert "Yes, send it to me" in page
    assert "If somebody passed it on to you" in page
    changed(service, pages, outbox)
    for answer in (pages.client.get(link), pages.client.post(link)):
        assert "the letters go to another address" in answer.text
        assert "Yes, send it to me" not in answer.text
    assert confirmed(service) == ["ebook"]


def test_it_was_not_me_is_said_of_the_mailbox_it_came_to(
    service: Service, pages: Pages, outbox: MemoryAdapter, undo: str
) -> None:
    path = asking_mail(outbox, ADA, "not-me")
    assert pages.client.post(path).status_code == 200
    with service.db.read() as session:
        assert never_asked(session, service.links, [ADA, NEW]) == {ADA}
    assert "You have told us" in pages.client.get(path).text
    assert pages.client.post(path, data={"do": "ask"}).status_code == 200
    with service.db.read() as session:
        assert never_asked(session, service.links, [ADA, NEW]) == set()


def test_nor_does_her_room_open(service: Service, pages: Pages, outbox: MemoryAdapter, undo: str) -> None:
    room = asking_mail(outbox, ADA, "p")
    for answer in (pages.client.get(room), pages.client.post(room, data={"do": "pause:4"})):
        assert answer.status_code == 410
        assert "The letters go to another address now" in answer.text
        assert "anxious" not in answer.text
        assert NEW not in answer.text
    with service.db.read() as session:
        assert session.scalars(select(Lead.paused_until)).one() is None
    assert pages.client.get(room).text.count('href="/u/') == 1


def test_her_room_opens_again_once_the_change_is_undone(
    service: Service, pages: Pages, outbox: MemoryAdapter, undo: str
) -> None:
    room = asking_mail(outbox, ADA, "p")
    assert pages.client.post(undo).status_code == 200
    assert pages.client.get(room).status_code == 200


def test_nor_does_the_page_of_what_she_has_had(
    service: Service, pages: Pages, outbox: MemoryAdapter, undo: str
) -> None:
    signup = ref_of(service, Signup, 1)
    links, before = service.links, len(outbox.mails)
    for token in (links.token(Purpose.AGAIN, signup), links.again_token(signup, ADA)):
        again = f"/again/{token}"
        for answer in (
            pages.client.get(again),
            *(pages.client.post(again, data={"do": do}) for do in ("anew", "read")),
        ):
            assert answer.status_code == 410
            assert "the letters go to another address" in answer.text
            assert NEW not in answer.text
    work(service)
    assert len(outbox.mails) == before
    assert pages.client.get(f"/again/{links.again_token(signup, NEW)}").status_code == 200


def test_pages_opened_there_lead_to_no_such_page(
    service: Service, pages: Pages, outbox: MemoryAdapter, undo: str
) -> None:
    for path in ("u", "confirm"):
        page = pages.client.get(asking_mail(outbox, ADA, path)).text
        for again in re.findall(r"/again/[^\"]+", page):
            assert pages.client.get(again).status_code == 410


def test_what_is_asked_for_there_comes_to_where_she_is(
    service: Service, pages: Pages, outbox: MemoryAdapter, undo: str, time: time_machine.Traveller
) -> None:
    time.shift(timedelta(hours=2))
    signup = ref_of(service, Signup, 2)
    answer = pages.client.post(f"/again/{service.links.token(Purpose.AGAIN, signup)}", data={"do": "ask"})
    assert answer.headers["Location"] == "/offers/ebook/thanks"
    work(service)
    assert outbox.mails[-1].recipient.address == NEW
