"""The dashboard's list of conversations, and the form that writes down when one is."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select

from funnel.adapters.memory import MemoryAdapter
from funnel.conversations.asking import ask_for_another_time, book
from funnel.conversations.changing import cancel
from funnel.conversations.values import BookingText, WantedConversation
from funnel.models import BookingRequest, Delivery, DeliveryKind, Lead
from funnel.wiring import Service
from tests.journey.steps import join, rows, work
from tests.web.conftest import on_one_database

from .conftest import Browser, text_of

pytestmark = on_one_database


@pytest.fixture
def booked(service: Service, outbox: MemoryAdapter) -> BookingRequest:
    """What Fay, who lives in Sydney, asked for."""
    join(service, "fay@example.org", name="Fay", zone="Australia/Sydney")
    work(service)
    intro = service.library.practice.bookings["intro"]
    wanted = WantedConversation(intro, BookingText("<b>Hello</b>", "01 555"))
    with service.db.read() as session:
        fay = session.scalars(select(Lead.id)).one()
    assert book(service, fay, rows(service, "fay@example.org")[-1].id, service.clock.now(), wanted)
    return the_booking(service)


def the_booking(service: Service) -> BookingRequest:
    with service.db.read() as session:
        return session.scalars(select(BookingRequest).order_by(BookingRequest.id)).first() or BookingRequest()


def write_down(browser: Browser, booking: BookingRequest, at: str) -> str:
    answer = browser.send("/dashboard/bookings", f"/dashboard/bookings/{booking.id}/time", at=at)
    assert answer.status_code == 303
    return text_of(browser.get(answer.location))


def test_a_time_is_written_down_on_the_practices_clock_and_read_on_hers(
    signed_in: Browser, service: Service, outbox: MemoryAdapter, booked: BookingRequest
) -> None:
    page = signed_in.get("/dashboard/bookings")
    assert "&lt;b&gt;Hello" in page.get_data(as_text=True)
    assert "The time you agreed on (Europe/Dublin)" in text_of(page)
    shown = write_down(signed_in, booked, "2027-06-01T09:30")
    assert "on Tue 1 Jun 2027, 09:30" in shown
    assert the_booking(service).starts_at == datetime(2027, 6, 1, 8, 30, tzinfo=UTC)
    work(service)
    text = " ".join(outbox.mails[-1].text.split())
    assert "on Tuesday 1 June 2027 at 18:30 (Sydney time)" in text
    assert "Where we are, that is Tuesday 1 June 2027 at 09:30 (Dublin time)" in text


@pytest.mark.parametrize(
    "at", ["", "tomorrow", "2027-01-04T08:59", "2031-01-01T09:00", "2027-02-30T09:00", "0001-01-01T00:00"]
)
def test_what_is_no_time_ahead_changes_nothing(
    signed_in: Browser, service: Service, booked: BookingRequest, at: str
) -> None:
    assert "Nothing has changed." in write_down(signed_in, booked, at)
    assert the_booking(service).starts_at is None
    with service.db.read() as session:
        sent = session.scalars(select(Delivery.kind).where(Delivery.kind == DeliveryKind.BOOKING)).all()
    assert len(sent) == 1


def test_the_list_says_what_became_of_it(signed_in: Browser, service: Service, booked: BookingRequest) -> None:
    ask_for_another_time(service, booked.ref, BookingText(good_time="Fridays"), service.clock.now())
    cancel(service, booked.ref, service.clock.now())
    page = text_of(signed_in.get("/dashboard/bookings"))
    for said in ("asks for another time", "Fridays", "cancelled it", "A first conversation cancelled"):
        assert said in page
    assert "The time you agreed on" not in page
    assert "This conversation was cancelled meanwhile." in write_down(signed_in, booked, "2027-06-01T09:30")
    assert "cancelled it" in text_of(signed_in.get(f"/dashboard/people/{booked.lead_id}"))
    missing = signed_in.send("/dashboard/bookings", f"/dashboard/bookings/{booked.id + 99}/time", at="2027-06-01T09:30")
    assert missing.status_code == 303
    with service.db.read() as session:
        assert session.scalars(select(Lead.booked_at)).one() is None


def mark(browser: Browser, booking: BookingRequest, **fields: str) -> str:
    answer = browser.send("/dashboard/bookings", f"/dashboard/bookings/{booking.id}/answered", **fields)
    assert answer.status_code == 303
    return text_of(browser.get(answer.location))


def test_who_asks_waits_for_an_answer_until_that_is_noted(
    signed_in: Browser, service: Service, booked: BookingRequest, time: time_machine.Traveller
) -> None:
    assert "1 person asked for a conversation" in text_of(signed_in.get("/dashboard"))
    seen = service.clock.now().isoformat()
    assert "Noted as answered." in mark(signed_in, booked, seen=seen, only="open")
    assert "It was answered already." in mark(signed_in, booked, seen=seen)
    assert "Everybody is answered." in text_of(signed_in.get("/dashboard/bookings?only=open"))
    assert "1 person asked for a conversation" not in text_of(signed_in.get("/dashboard"))
    time.shift(timedelta(minutes=1))
    ask_for_another_time(service, booked.ref, BookingText(good_time="Fridays"), service.clock.now())
    assert "She has done something since this page was made." in mark(signed_in, booked, seen=seen)
    assert "To answer (1)" in text_of(signed_in.get("/dashboard/bookings"))
    write_down(signed_in, booked, "2027-06-01T09:30")
    assert "To answer (0)" in text_of(signed_in.get("/dashboard/bookings"))


def test_a_booking_names_the_letter_that_led_there(signed_in: Browser, booked: BookingRequest) -> None:
    assert re.search(r"A first conversation from “[^”]+”", text_of(signed_in.get("/dashboard/bookings?only=open")))
