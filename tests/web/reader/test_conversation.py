"""A reader's own booking: another time, cancelling and taking that back, by a link that opens nothing else."""

from __future__ import annotations

import re
import threading
from datetime import timedelta
from email import message_from_bytes
from email.policy import default

import time_machine

from funnel.adapters.memory import MemoryAdapter
from funnel.conversations.asking import book
from funnel.conversations.changing import agree_on
from funnel.conversations.values import BookingChange
from funnel.mime import message_bytes
from funnel.models import (
    BookingRequest,
    DeliveryKind,
    Event,
    EventKind,
    Lead,
)
from funnel.wiring import Service
from tests.journey.steps import work
from tests.web.conftest import Pages, Reader, on_one_database, text_of
from tests.web.reader.conversation_steps import TIME, asked, booking, lead, mails, press


def test_who_asks_gets_a_mail_with_the_link_that_changes_it(
    pages: Pages, ada: Reader, service: Service, outbox: MemoryAdapter
) -> None:
    path = asked(pages, ada)
    work(service)
    (mail,) = [mail for mail in outbox.mails if mail.subject == "You asked for a conversation"]
    assert mail.recipient.address == "ada@example.org"
    assert f"https://letters.example.org{path}" in mail.text
    assert f'href="https://letters.example.org{path}"' in mail.html
    assert "You asked for it on Monday 4 January 2027" in text_of(pages.client.get(path))


def test_cancelling_frees_everything_and_can_be_taken_back(
    pages: Pages, ada: Reader, service: Service, outbox: MemoryAdapter
) -> None:
    path = asked(pages, ada, words="I sleep badly")
    assert lead(pages).booked_at is not None
    pages.client.get(path)
    assert booking(pages).cancelled_at is None  # looking changes nothing
    said = press(pages, path, "cancel")
    assert "It is cancelled, and the practice is told." in said
    assert "I sleep badly" not in said
    assert lead(pages).booked_at is None
    assert "It was cancelled before. Nothing more has happened." in press(pages, path, "cancel")
    work(service)
    notice = next(mail for mail in outbox.mails if mail.subject == "Ada cancels a conversation")
    assert message_from_bytes(message_bytes(notice), policy=default)["Reply-To"] == "ada@example.org"
    assert [mail.subject for mail in outbox.mails].count("Your conversation is cancelled") == 1
    assert "Your cancelling is taken back" in press(pages, path, "keep")
    assert lead(pages).booked_at is not None
    assert "It is not cancelled. Nothing has happened." in press(pages, path, "keep")
    work(service)
    assert outbox.mails[-1].subject == "Ada wants the conversation after all"
    assert mails(pages, DeliveryKind.NOTICE) == 3
    # She is one reader who booked, however often she changes her mind.
    assert [event.kind for event in pages.rows(Event)].count(EventKind.BOOKED) == 1


@on_one_database
def test_it_can_be_taken_back_for_a_day_and_asked_for_anew_after_that(
    pages: Pages, ada: Reader, time: time_machine.Traveller
) -> None:
    path = asked(pages, ada)
    press(pages, path, "cancel")
    time.shift(timedelta(days=1, minutes=1))
    assert "Take that back" not in text_of(pages.client.get(path))
    assert "That can be taken back for a day only" in press(pages, path, "keep")
    assert booking(pages).cancelled_at is not None
    assert "The practice is told that you would like another time." in press(pages, path, "again", words="In spring?")
    assert booking(pages).cancelled_at is None
    assert lead(pages).booked_at is not None
    assert pages.rows(BookingRequest)[-1].words == "In spring?"


@on_one_database
def test_a_time_that_is_written_down_goes_out_with_a_calendar_file(
    pages: Pages, ada: Reader, service: Service, outbox: MemoryAdapter
) -> None:
    path = asked(pages, ada)
    assert pages.client.get(f"{path}/appointment.ics").status_code == 404
    assert agree_on(service, booking(pages).id, TIME, service.clock.now()) is BookingChange.DONE
    assert agree_on(service, booking(pages).id, TIME, service.clock.now()) is BookingChange.ALREADY
    work(service)
    assert outbox.mails[-1].subject == "The time of our conversation"
    assert "on Tuesday 12 January 2027 at 14:00 (Dublin time)" in " ".join(outbox.mails[-1].text.split())
    assert "It is on Tuesday 12 January 2027 at 14:00 (Dublin time)" in text_of(pages.client.get(path))
    file = pages.client.get(f"{path}/appointment.ics")
    assert (file.mimetype, file.headers["Content-Disposition"]) == (
        "text/calendar", 'attachment; filename="appointment.ics"',
    )  # fmt: skip
    assert "DTSTART:20270112T140000Z\r\nDTEND:20270112T143000Z\r\n" in file.text
    assert "SUMMARY:A first conversation\\, Harbour Practice\r\n" in file.text
    assert "SEQUENCE:0\r\n" in file.text
    uid = re.search(r"UID:(.+)\r\n", file.text)
    agree_on(service, booking(pages).id, TIME + timedelta(hours=1), service.clock.now())
    later = pages.client.get(f"{path}/appointment.ics").text
    assert uid is not None
    assert uid[0] in later
    assert "SEQUENCE:1\r\n" in later
    assert "DTSTART:20270112T150000Z" in later
    press(pages, path, "cancel")
    assert pages.client.get(f"{path}/appointment.ics").status_code == 404
    assert agree_on(service, booking(pages).id, TIME, service.clock.now()) is BookingChange.GONE


@on_one_database
def test_who_is_discreet_has_it_in_no_calendar_and_no_subject(
    pages: Pages, ada: Reader, service: Service, outbox: MemoryAdapter
) -> None:
    with service.db.write() as session:
        session.get_one(Lead, ada.lead_id).discreet = True
    path = asked(pages, ada)
    agree_on(service, booking(pages).id, TIME, service.clock.now())
    work(service)
    to_her = [mail for mail in outbox.mails if mail.recipient.address == "ada@example.org"]
    assert {mail.subject for mail in to_her[-2:]} == {"About your appointment"}
    file = pages.client.get(f"{path}/appointment.ics").text
    assert "SUMMARY:Appointment\r\n" in file
    assert not re.search("conversation|harbour|letters", file, re.I)
    assert "<title>…</title>" in pages.client.get(path).text


@on_one_database
def test_another_time_leaves_the_agreed_one_until_there_is_one(
    pages: Pages, ada: Reader, service: Service, outbox: MemoryAdapter
) -> None:
    path = asked(pages, ada)
    agree_on(service, booking(pages).id, TIME, service.clock.now())
    for _ in range(2):
        press(pages, path, "again", **{"good-time": "Fridays"})
    assert booking(pages).starts_at == TIME
    assert mails(pages, DeliveryKind.NOTICE) == 2
    work(service)
    (notice,) = [mail for mail in outbox.mails if mail.subject == "Ada asks for another time"]
    assert "Fridays" in notice.text
    assert "stands until you write down another" in notice.text
    assert "has been told that already" in press(pages, path, "again")


@on_one_database
def test_what_has_passed_is_neither_cancelled_nor_kept(
    pages: Pages, ada: Reader, service: Service, time: time_machine.Traveller
) -> None:
    path = asked(pages, ada)
    for wrong in (service.clock.now(), TIME + timedelta(days=400)):
        assert agree_on(service, booking(pages).id, wrong, service.clock.now()) is BookingChange.TOO_LATE
    agree_on(service, booking(pages).id, TIME, service.clock.now())
    time.move_to(TIME)
    assert "It was on Tuesday 12 January 2027" in text_of(pages.client.get(path))
    assert "Its time has passed" in press(pages, path, "cancel")
    assert lead(pages).booked_at is not None
    # The link in an old letter asks for a new one.
    other = asked(pages, ada)
    assert other != path


@on_one_database
def test_nobody_is_kept_from_cancelling_and_nobody_floods_the_practice(pages: Pages, ada: Reader) -> None:
    path = asked(pages, ada)
    for number in range(6):
        press(pages, path, "again", words=f"at {number}?")
    assert mails(pages, DeliveryKind.NOTICE) == 5
    assert "It is cancelled" in press(pages, path, "cancel")
    assert "could not be saved" in press(pages, path, "keep")
    assert booking(pages).cancelled_at is not None


def test_presses_at_once_make_one_booking(pages: Pages, ada: Reader, service: Service) -> None:
    now = service.clock.now()
    presses = [threading.Thread(target=book, args=(service, ada.lead_id, ada.delivery_id, now)) for _ in range(4)]
    for each in presses:
        each.start()
    for each in presses:
        each.join()
    assert len(pages.rows(BookingRequest)) == 1
    assert mails(pages, DeliveryKind.NOTICE) == mails(pages, DeliveryKind.BOOKING) == 1
