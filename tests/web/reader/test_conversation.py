"""A reader's own booking: another time, cancelling and taking that back, by a link that opens nothing else."""

from __future__ import annotations

import re
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default

import pytest
import time_machine
from sqlalchemy import select

from funnel.adapters.memory import MemoryAdapter
from funnel.conversations.asking import book
from funnel.conversations.changing import agree_on
from funnel.conversations.values import BookingChange
from funnel.links import Purpose, number_of
from funnel.mime import message_bytes
from funnel.models import (
    BookingRequest,
    Delivery,
    DeliveryKind,
    Enrolment,
    EnrolmentState,
    Event,
    EventKind,
    Lead,
    LeadState,
    Signup,
)
from funnel.privacy.erase import erase_lead
from funnel.privacy.export import export
from funnel.publishing.publish import publish
from funnel.wiring import Service
from tests.journey.steps import work
from tests.web.conftest import Pages, Reader, on_one_database, text_of

TIME = datetime(2027, 1, 12, 14, 0, tzinfo=UTC)


def asked(pages: Pages, ada: Reader, **said: str) -> str:
    """Ada asks for a conversation; the path of her booking's page, from the mail she gets."""
    token = pages.token(Purpose.BOOK, ada.delivery_id, number_of("intro"))
    answer = pages.client.post(f"/book/{token}", data=said)
    found = re.search(r'href="https://letters\.example\.org(/booking/[^"]+)"', answer.text)
    assert found is not None
    return found[1]


def press(pages: Pages, path: str, do: str, **said: str) -> str:
    answer = pages.client.post(path, data={"do": do, **said})
    assert answer.status_code == 200
    return text_of(answer)


def mails(pages: Pages, kind: DeliveryKind) -> int:
    return sum(row.kind == kind for row in pages.rows(Delivery))


def booking(pages: Pages) -> BookingRequest:
    row = pages.rows(BookingRequest)[0]
    assert isinstance(row, BookingRequest)
    return row


def lead(pages: Pages) -> Lead:
    row = pages.rows(Lead)[0]
    assert isinstance(row, Lead)
    return row


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
    assert "<title>Your appointment" in pages.client.get(path).text


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


@on_one_database
def test_only_its_own_link_opens_a_booking(pages: Pages, ada: Reader, service: Service) -> None:
    path = asked(pages, ada)
    token = path.rpartition("/")[2]
    ref = booking(pages).ref
    links = service.links
    wrong = [
        links.token(Purpose.BOOK, ref), links.token(Purpose.AGAIN, ref), links.dated_token(Purpose.BOOKING, ref, TIME),
        token[:-1] + ("0" if token[-1] != "0" else "1"), pages.token(Purpose.BOOK, ada.delivery_id, number_of("intro")),
    ]  # fmt: skip
    for each in wrong:
        assert pages.client.get(f"/booking/{each}").status_code == 404
        assert pages.client.post(f"/booking/{each}", data={"do": "cancel"}).status_code == 404
        assert pages.client.get(f"/booking/{each}/appointment.ics").status_code == 404
    assert pages.client.get(f"/book/{token}").status_code == 404
    gone = links.token(Purpose.BOOKING, ref._replace(number=77))
    other = links.token(Purpose.BOOKING, ref._replace(nonce="0123abcd"))
    for each in (gone, other):
        assert pages.client.post(f"/booking/{each}", data={"do": "cancel"}).status_code == 410
    assert pages.client.post(path, data={"do": "everything"}).status_code == 400
    assert pages.client.post(path).status_code == 400
    assert booking(pages).cancelled_at is None


@on_one_database
def test_who_is_given_a_letter_learns_no_link_of_a_booking_that_was_there(pages: Pages, ada: Reader) -> None:
    asked(pages, ada, words="I sleep badly")
    token = pages.token(Purpose.BOOK, ada.delivery_id, number_of("intro"))
    for answer in (pages.client.get(f"/book/{token}"), pages.client.post(f"/book/{token}")):
        assert "/booking/" not in answer.text
        assert "I sleep badly" not in answer.text
    assert "open the link in the mail about it" in text_of(answer)


@on_one_database
def test_a_calendar_elsewhere_is_opened_after_saying_what_it_learns(
    pages: Pages, ada: Reader, service: Service, outbox: MemoryAdapter
) -> None:
    before = service.library
    intro = replace(before.practice.bookings["intro"], url="https://cal.example.org/ada/first")
    practice = replace(before.practice, bookings={"intro": intro})
    publish(service, replace(before, practice=practice), "ada", service.clock.now())
    token = pages.token(Purpose.BOOK, ada.delivery_id, number_of("intro"))
    assert "cal.example.org" not in pages.client.get(f"/book/{token}").text
    done = pages.client.post(f"/book/{token}")
    said = text_of(done)
    assert said.index("it learns your internet address") < said.index("Choose a time on cal.example.org")
    assert 'href="https://cal.example.org/ada/first" rel="noreferrer"' in done.text
    assert done.headers["Referrer-Policy"] == "no-referrer"
    work(service)
    to_her = next(mail for mail in outbox.mails if mail.subject == "You asked for a conversation")
    assert "cal.example.org" not in to_her.text
    path = re.search(r"/booking/\S+", to_her.text)
    assert path is not None
    assert "it learns your internet address" in text_of(pages.client.get(path[0]))


@on_one_database
@pytest.mark.parametrize("state", [LeadState.LEFT, LeadState.ERASED])
def test_who_left_is_not_mailed_and_has_the_link_on_the_page(
    pages: Pages, ada: Reader, service: Service, state: LeadState
) -> None:
    with service.db.write() as session:
        session.get_one(Lead, ada.lead_id).state = state
    token = pages.token(Purpose.BOOK, ada.delivery_id, number_of("intro"))
    answer = pages.client.post(f"/book/{token}")
    if state is LeadState.ERASED:
        assert answer.status_code == 404
    else:
        assert "so please keep it" in text_of(answer)
        assert "/booking/" in answer.text
    assert mails(pages, DeliveryKind.BOOKING) == 0


@on_one_database
def test_erasing_takes_it_all_and_an_export_tells_it(pages: Pages, ada: Reader, service: Service) -> None:
    path = asked(pages, ada, words="I sleep badly", phone="+353 1 555 0100")
    agree_on(service, booking(pages).id, TIME, service.clock.now())
    press(pages, path, "cancel")
    copy = export(service, lead(pages), service.clock.now())
    assert copy.startswith(b"PK")
    erase_lead(service, ada.lead_id, service.clock.now())
    assert pages.rows(BookingRequest) == []
    assert pages.client.get(path).status_code == 410
    assert pages.client.post(path, data={"do": "keep"}).status_code == 410
    assert pages.rows(BookingRequest) == []


@on_one_database
def test_letters_that_ended_are_said_not_to_go_on_and_only_where_some_did(
    pages: Pages, ada: Reader, service: Service
) -> None:
    path = asked(pages, ada)
    assert "do not go on by themselves" not in press(pages, path, "cancel")
    with service.db.write() as session:
        for enrolment in session.scalars(select(Enrolment)):
            enrolment.state, enrolment.reason, enrolment.due_at = EnrolmentState.STOPPED, "booked", None
    answer = pages.client.get(path)
    assert "do not go on by themselves" in text_of(answer)
    assert "/again/" in answer.text
    assert "do not go on" not in press(pages, path, "keep")
    assert pages.rows(Signup)[0].booked_at is not None
