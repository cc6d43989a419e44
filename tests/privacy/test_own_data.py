"""A reader's own data: by a fresh link that is mailed to her, never by the links that every mail holds."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest
import time_machine
from sqlalchemy import select

from funnel.adapters.memory import MemoryAdapter
from funnel.links import Purpose
from funnel.models import Lead
from funnel.subscription.unsubscribe import leave
from funnel.web.app import create_app
from funnel.wiring import Service
from tests.journey.steps import join, live, rows, work
from tests.web.conftest import Pages, on_one_database, text_of

ADA = "ada@example.org"
ERASE = {"do": "erase"}


def preferences(service: Service, pages: Pages) -> str:
    return f"/p/{pages.token(Purpose.PREFERENCES, rows(service, ADA)[0].id)}"


def ask_for_link(service: Service, pages: Pages) -> str:
    """What the page says after the button was pressed."""
    pressed = pages.client.post(preferences(service, pages), data={"do": "own-data"}, follow_redirects=True)
    assert pressed.status_code == 200
    return text_of(pressed)


def mailed_link(outbox: MemoryAdapter) -> str:
    found = re.search(r'href="https://letters\.example\.org(/your-data/[^"]+)"', outbox.mails[-1].html)
    assert found
    return unescape(found[1])


def state(service: Service) -> str:
    with service.db.read() as session:
        return session.scalars(select(Lead.state).order_by(Lead.id)).one()


def test_a_mailed_link_shows_a_button_and_only_a_press_erases(
    service: Service, pages: Pages, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    join(service, ADA)
    work(service)
    assert "on its way to your address" in ask_for_link(service, pages)
    work(service)
    assert "What we keep of you" in text_of(pages.client.get(preferences(service, pages)))
    link = mailed_link(outbox)
    shown = pages.client.get(link)
    assert (shown.status_code, shown.headers["Cache-Control"]) == (200, "no-store")
    assert ADA in text_of(shown)
    assert state(service) == "confirmed"
    assert "Everything is erased" in text_of(pages.client.post(link, data=ERASE))
    assert state(service) == "erased"
    assert pages.client.get(link).status_code == 410
    assert pages.client.post(link, data=ERASE).status_code == 410
    before = len(outbox.mails)
    live(service, time, 30)
    assert len(outbox.mails) == before


@on_one_database
def test_the_link_works_for_a_day_and_then_says_so(
    service: Service, pages: Pages, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    join(service, ADA)
    work(service)
    ask_for_link(service, pages)
    work(service)
    link = mailed_link(outbox)
    time.shift(timedelta(days=1, seconds=1))
    old = pages.client.post(link, data=ERASE)
    assert old.status_code == 410
    assert "works for a day" in text_of(old)
    assert state(service) == "confirmed"


@on_one_database
def test_however_fast_a_story_runs_the_day_of_the_link_is_that_of_who_opens_it(
    make_service: Callable[..., Service], time: time_machine.Traveller
) -> None:
    service, outbox = make_service(time_lapse="56d/60s"), MemoryAdapter()
    service.channel.use(outbox)
    pages = Pages(create_app(service).test_client(use_cookies=False), service)
    join(service, ADA)
    work(service)
    time.shift(timedelta(seconds=30))  # four weeks of the story
    ask_for_link(service, pages)
    work(service)
    link = mailed_link(outbox)
    time.shift(timedelta(seconds=10))  # and more than a week
    assert pages.client.get(link).status_code == 200
    time.shift(timedelta(days=1))
    assert pages.client.get(link).status_code == 410


@on_one_database
@pytest.mark.parametrize(
    ("typed", "name", "says"),
    [
        ("  Adélaïde ", "Adélaïde", "We call you Adélaïde from"),
        ("", "", "We call you by no name from"),
        ("WIN http://x.example", "", "We call you by no name from"),
    ],
)
def test_by_the_mailed_link_she_is_called_what_she_likes(
    typed: str, name: str, says: str, service: Service, pages: Pages, outbox: MemoryAdapter
) -> None:
    join(service, ADA)
    work(service)
    ask_for_link(service, pages)
    work(service)
    link = mailed_link(outbox)
    assert 'value="Ada"' in pages.client.get(link).text
    answer = pages.client.post(link, data={"do": "name", "name": typed})
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    assert says in text_of(answer)
    (lead,) = pages.rows(Lead)
    assert (lead.first_name, lead.state) == (name, "confirmed")


@on_one_database
@pytest.mark.parametrize("content_type", ["text/plain", "application/json", "application/x-www-form-urlencoded"])
def test_only_a_form_that_says_so_erases(
    content_type: str, service: Service, pages: Pages, outbox: MemoryAdapter
) -> None:
    join(service, ADA)
    work(service)
    ask_for_link(service, pages)
    work(service)
    for body in ("", "do=", "name=Ada", '{"do": "erase"}'):
        assert pages.client.post(mailed_link(outbox), data=body, content_type=content_type).status_code == 400
    assert state(service) == "confirmed"


@on_one_database
def test_a_name_is_not_changed_by_old_links_or_once_erased(
    service: Service, pages: Pages, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    join(service, ADA)
    work(service)
    ask_for_link(service, pages)
    work(service)
    link = mailed_link(outbox)
    for token in (preferences(service, pages).removeprefix("/p/"), "none"):
        assert pages.client.post(f"/your-data/{token}", data={"do": "name", "name": "Eve"}).status_code == 404
    assert pages.client.get(link, query_string={"do": "name", "name": "Eve"}).status_code == 200
    time.shift(timedelta(days=1, seconds=1))
    assert pages.client.post(link, data={"do": "name", "name": "Eve"}).status_code == 410
    assert [lead.first_name for lead in pages.rows(Lead)] == ["Ada"]


@on_one_database
def test_no_link_of_another_mail_opens_it(service: Service, pages: Pages, outbox: MemoryAdapter) -> None:
    join(service, ADA)
    work(service)
    mail = rows(service, ADA)[0].id
    for purpose in (Purpose.PREFERENCES, Purpose.UNSUBSCRIBE, Purpose.WEB_COPY, Purpose.NOT_ME):
        token = pages.dated(purpose, mail)
        assert pages.client.get(f"/your-data/{token}").status_code == 404
        assert pages.client.post(f"/your-data/{token}", data=ERASE).status_code == 404
    assert state(service) == "confirmed"


@on_one_database
def test_three_links_a_day_are_mailed_and_no_more(
    service: Service, pages: Pages, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    join(service, ADA)
    work(service)
    for _ in range(3):
        assert "on its way" in ask_for_link(service, pages)
    assert "several times today" in ask_for_link(service, pages)
    work(service)
    assert sum("Your data" in mail.subject for mail in outbox.mails) == 3
    time.shift(timedelta(days=1))
    assert "on its way" in ask_for_link(service, pages)


@on_one_database
def test_who_has_left_may_still_ask_and_erase(service: Service, pages: Pages, outbox: MemoryAdapter) -> None:
    join(service, ADA)
    work(service)
    leave(service, rows(service, ADA)[0].ref, service.clock.now(), "page")
    ask_for_link(service, pages)
    work(service)
    assert "Everything is erased" in text_of(pages.client.post(mailed_link(outbox), data=ERASE))
    assert state(service) == "erased"


@on_one_database
def test_an_old_stop_link_still_stops_who_came_back_once_erased(
    service: Service, pages: Pages, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    join(service, ADA)
    work(service)
    old = f"/u/{pages.leaving(rows(service, ADA)[0].id)}"
    ask_for_link(service, pages)
    work(service)
    pages.client.post(mailed_link(outbox), data=ERASE)
    time.shift(86_400)
    join(service, ADA)
    assert pages.client.get(old).status_code == 200
    assert pages.client.post(old).status_code == 200
    with service.db.read() as session:
        assert session.scalars(select(Lead.state).order_by(Lead.id)).all() == ["erased", "left"]
