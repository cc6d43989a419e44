"""What tells a person from a machine at a page of ours: pressing something there, never merely loading it."""

from __future__ import annotations

from datetime import timedelta

import time_machine

from funnel.links import Purpose
from funnel.models import Delivery, Event
from funnel.tracking.classify import classify
from funnel.tracking.tracking import store
from funnel.wiring import Service
from tests.absent import without_tables
from tests.tracking.steps import burst
from tests.web.conftest import Pages, Reader, on_one_database

PRESSED = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-User": "?1"}


def kinds(pages: Pages) -> list[tuple[str, str]]:
    return [(event.kind, event.actor) for event in pages.rows(Event) if event.kind in ("chose", "read")]


def preferences(pages: Pages, ada: Reader) -> str:
    return f"/p/{pages.token(Purpose.PREFERENCES, ada.delivery_id)}"


def test_a_press_in_preferences_makes_the_earlier_click_human(
    pages: Pages, service: Service, ada: Reader, time: time_machine.Traveller
) -> None:
    (mail,) = [row for row in pages.rows(Delivery) if row.id == ada.delivery_id]
    store(service, burst(service, mail, 4))
    time.shift(timedelta(minutes=3))
    assert pages.client.post(preferences(pages, ada), data={"do": "pause", "weeks": "1"}).status_code == 200
    assert kinds(pages) == [("chose", "human")]
    done = classify(service, service.clock.now() - timedelta(days=1))
    assert done.turned == {("machine", "human"): 1}
    assert done.rules["sign-of-life"] == 1


@on_one_database
def test_going_from_page_to_page_is_noted_once_a_minute(
    pages: Pages, ada: Reader, time: time_machine.Traveller
) -> None:
    path = preferences(pages, ada)
    for _ in range(3):
        assert pages.fetch(path, **PRESSED).status_code == 200
    assert kinds(pages) == [("read", "human")]
    time.shift(timedelta(minutes=1))
    assert pages.fetch(f"/u/{pages.leaving(ada.delivery_id)}", **PRESSED).status_code == 200
    assert kinds(pages) == [("read", "human")] * 2


@on_one_database
def test_a_page_that_is_merely_loaded_is_no_sign(pages: Pages, ada: Reader) -> None:
    path = preferences(pages, ada)
    pages.fetch(path)
    for name, value in (("Sec-Fetch-Site", "none"), ("Sec-Fetch-Mode", "no-cors"), ("Sec-Fetch-User", "")):
        pages.fetch(path, **(PRESSED | {name: value}))
    pages.client.head(path, headers=PRESSED)
    assert kinds(pages) == []


@on_one_database
def test_of_a_reader_who_is_not_measured_nothing_is_noted(pages: Pages, ada: Reader) -> None:
    path = preferences(pages, ada)
    pages.client.post(path, data={"do": "save", "tracking": "none"})
    pages.fetch(path, **PRESSED)
    assert kinds(pages) == []


@on_one_database
def test_an_event_that_cannot_be_noted_stops_nobody(pages: Pages, service: Service, ada: Reader) -> None:
    with without_tables(service.db, "event"):
        answer = pages.client.post(preferences(pages, ada), data={"do": "pause", "weeks": "1"})
        assert answer.status_code == 200
