"""Who opens the page of a booking and what it tells: its own link, a calendar elsewhere, whoever left or is erased."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from sqlalchemy import select, update

from funnel.adapters.memory import MemoryAdapter
from funnel.conversations.changing import agree_on
from funnel.links import Purpose, number_of
from funnel.models import (
    BookingRequest,
    DeliveryKind,
    Enrolment,
    EnrolmentState,
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
from tests.web.reader.conversation_steps import TIME, asked, booking, lead, mails, press


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


@on_one_database
def test_a_booking_can_be_left_at_once_and_tells_nobody(pages: Pages, ada: Reader, service: Service) -> None:
    path = asked(pages, ada)
    page = pages.client.get(path).text
    assert re.search(r'href="https://[^"]+" rel="nofollow noreferrer" data-exit>Leave quickly<', page)
    assert "<title>…</title>" not in page
    with service.db.write() as session:
        session.execute(update(Lead).values(discreet=True))
    for answer in (pages.client.get(path), pages.client.post(path, data={"do": "cancel"})):
        assert "<title>…</title>" in answer.text
        assert "icon.svg" not in answer.text.split("</head>")[0]
