"""Erasing a day after she asked: nothing comes in between, and until then she may take it back."""

from __future__ import annotations

from datetime import datetime, timedelta

import time_machine

from funnel.adapters.memory import MemoryAdapter
from funnel.links import Purpose
from funnel.models import Lead
from funnel.privacy.erase_later import erase_due, erase_later, keep_after_all
from funnel.sending.scheduler import TickResult, tick
from funnel.wiring import Service
from tests.journey.steps import join, live, next_due, rows, work
from tests.web.conftest import Pages, on_one_database, text_of
from workers.stopping import Stop
from workers.ticker import run_clock

ADA = "ada@example.org"


def room(pages: Pages, service: Service) -> str:
    return f"/me/{pages.dated(Purpose.OWN_DATA, rows(service, ADA)[-1].id)}"


def lead(pages: Pages) -> Lead:
    (found,) = pages.rows(Lead)
    assert isinstance(found, Lead)
    return found


def test_a_day_later_she_is_erased_and_no_mail_came_in_between(
    service: Service, pages: Pages, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    join(service, ADA)
    live(service, time, 6.5)
    before = len(outbox.mails)
    said = text_of(pages.client.post(room(pages, service), data={"do": "erase:later"}))
    assert "Everything is erased on Monday 11 January 2027, a day after you asked." in said
    at = lead(pages).erase_at
    assert at == service.clock.now() + timedelta(hours=24)
    time.shift(timedelta(hours=23, minutes=59))
    work(service)
    assert erase_due(service, service.clock.now()) == 0
    assert len(outbox.mails) == before
    time.shift(timedelta(minutes=1))
    assert erase_due(service, service.clock.now()) == 1
    assert (lead(pages).state, lead(pages).email, lead(pages).erase_at) == ("erased", "", None)
    live(service, time, 30)
    assert len(outbox.mails) == before


def test_taken_back_everything_goes_on_where_it_was(
    service: Service, pages: Pages, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    join(service, ADA)
    work(service)
    planned = next_due(service)
    path = room(pages, service)
    assert "Keep it after all" in text_of(pages.client.post(path, data={"do": "erase:later"}))
    said = text_of(pages.client.post(path, data={"do": "keep"}))
    assert "Nothing is erased. Your mails go on as before." in said
    assert "Nothing was to be erased." in text_of(pages.client.post(path, data={"do": "keep"}))
    assert next_due(service) == planned
    time.shift(timedelta(days=2))
    assert erase_due(service, service.clock.now()) == 0
    assert lead(pages).state == "confirmed"


@on_one_database
def test_asked_twice_it_is_the_first_time_that_counts(
    service: Service, pages: Pages, time: time_machine.Traveller
) -> None:
    join(service, ADA)
    first = erase_later(service, lead(pages).id, service.clock.now())
    time.shift(timedelta(hours=5))
    assert erase_later(service, lead(pages).id, service.clock.now()) == first
    time.shift(timedelta(hours=19))
    assert not keep_after_all(service, lead(pages).id, service.clock.now()), "it may be under way"


@on_one_database
def test_from_any_mail_it_is_told_and_cannot_be_taken_back(
    service: Service, pages: Pages, outbox: MemoryAdapter
) -> None:
    join(service, ADA)
    work(service)
    erase_later(service, lead(pages).id, service.clock.now())
    limited = f"/me/{pages.token(Purpose.PREFERENCES, rows(service, ADA)[-1].id)}"
    assert "Everything we keep of you is erased on" in text_of(pages.client.get(limited))
    for do in ("keep", "erase:later", "erase:now"):
        assert pages.client.post(limited, data={"do": do}).status_code == 403
    assert lead(pages).erase_at is not None


@on_one_database
def test_who_confirms_anew_meanwhile_is_kept(service: Service, pages: Pages, time: time_machine.Traveller) -> None:
    join(service, ADA)
    work(service)
    erase_later(service, lead(pages).id, service.clock.now())
    time.shift(timedelta(hours=2))
    join(service, ADA, "ebook")
    assert (lead(pages).erase_at, lead(pages).paused_until) == (None, None)
    time.shift(timedelta(days=2))
    assert erase_due(service, service.clock.now()) == 0


@on_one_database
def test_the_clock_does_it_by_itself(service: Service, pages: Pages, time: time_machine.Traveller) -> None:
    join(service, ADA)
    erase_later(service, lead(pages).id, service.clock.now() - timedelta(days=2))
    stop = Stop()

    def once(service: Service, now: datetime) -> TickResult:
        stop.request()
        return tick(service, now)

    run_clock(service, stop, once)
    assert lead(pages).state == "erased"
