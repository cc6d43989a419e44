"""A session without a list: somebody asks on the site, the practice is told, and nobody becomes a reader by it."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import text as sql

from funnel.adapters.memory import MemoryAdapter
from funnel.conversations.changing import agree_on
from funnel.conversations.queries import may_act
from funnel.curriculum.sessions import SessionList
from funnel.insight import bookings_page, session_counts
from funnel.mail import Mail
from funnel.models import (
    BookingAct,
    BookingRequest,
    Consent,
    Delivery,
    DeliveryKind,
    DeliveryState,
    Enrolment,
    Lead,
    LeadState,
    SessionCount,
    Signup,
    SuppressionReason,
)
from funnel.people.suppression import Grounds, suppress
from funnel.privacy.erase import erase
from funnel.privacy.export import export
from funnel.privacy.sweep import Sweeper, count_old
from funnel.publishing.publish import publish
from funnel.subscription.confirming import confirm
from funnel.wiring import Service
from tests.journey.steps import work
from tests.web.conftest import Pages, Reader, on_one_database, text_of

ADA = "ada@example.org"
SAID = {"email": ADA, "name": "Ada Quick", "words": "We quarrel.\nOften.", "phone": "01 555", "good-time": "mornings"}


def ask(pages: Pages, slug: str = "individual", **said: str) -> int:
    return pages.client.post(f"/sessions/{slug}", data=SAID | said).status_code


def sent(service: Service, outbox: MemoryAdapter) -> list[Mail]:
    work(service)
    return outbox.mails


def path_in(mail: Mail, what: str) -> str:
    found = re.search(rf"https://letters\.example\.org(/{what}/\S+)", mail.text)
    assert found is not None, mail.text
    return found[1]


def lead(pages: Pages) -> Lead:
    (found,) = pages.rows(Lead)
    assert isinstance(found, Lead)
    return found


def test_who_asks_is_on_no_list_and_the_practice_is_told(pages: Pages, service: Service, outbox: MemoryAdapter) -> None:
    assert ask(pages, **{"from": "about"}) == 303
    assert (pages.rows(Consent), pages.rows(Signup), pages.rows(Enrolment)) == ([], [], [])
    assert (lead(pages).state, lead(pages).first_name, lead(pages).booked_at) == (LeadState.GUEST, "", None)
    notice, receipt = sorted(sent(service, outbox), key=lambda mail: mail.recipient.address == ADA)
    assert dict(notice.headers)["Reply-To"] == ADA
    for words in ("Ada Quick has asked for a session (A session for one)", "We quarrel.\nOften.", "01 555", "mornings"):
        assert words in notice.text
    assert "pages/about" in notice.text
    assert "on no list" in notice.text
    assert receipt.recipient.address == ADA
    assert receipt.subject == "About your appointment"
    assert "List-Unsubscribe" not in dict(receipt.headers)
    for typed in ("Ada", "Quick", "quarrel", "555", "mornings"):
        assert typed not in receipt.text.replace(ADA, "")
        assert typed not in receipt.html.replace(ADA, "")
    assert "You are on no list by this" in " ".join(receipt.text.split())


def test_the_same_asked_again_is_one_request(pages: Pages, service: Service, outbox: MemoryAdapter) -> None:
    assert [ask(pages), ask(pages)] == [303, 303]
    assert [row.act for row in pages.rows(BookingRequest)] == [BookingAct.ASKED]
    assert ask(pages, words="And one thing more.") == 303
    assert [row.act for row in pages.rows(BookingRequest)] == [BookingAct.ASKED, BookingAct.ADDED]
    assert [mail.recipient.address for mail in sent(service, outbox)].count(ADA) == 1
    assert sum(row.n for row in pages.rows(SessionCount)) == 1


def test_it_is_counted_with_the_page_that_led_there(pages: Pages, service: Service) -> None:
    for source in ("pages/about", "anxious-attachment/name-the-alarm", "name-the-alarm", "<b>else", "nowhere"):
        ask(pages, email=f"{abs(hash(source))}@example.org", **{"from": source})
    with service.db.read() as session:
        found = {(each.session, each.source): each.asked for each in session_counts(session)}
        lines, _ = bookings_page(session)
    assert found == {
        ("individual", "pages/about"): 1,
        ("individual", "anxious-attachment/name-the-alarm"): 2,
        ("individual", ""): 2,
    }
    assert {line.first_name for line in lines} == {"Ada Quick"}
    assert [line.source for line in lines] == [
        "", "", "anxious-attachment/name-the-alarm", "anxious-attachment/name-the-alarm", "pages/about"
    ]  # fmt: skip


def test_she_changes_cancels_and_gets_a_time_by_mail(pages: Pages, service: Service, outbox: MemoryAdapter) -> None:
    ask(pages)
    path = next(path_in(mail, "booking") for mail in sent(service, outbox) if mail.recipient.address == ADA)
    assert "A session for one" in text_of(pages.client.get(path))
    number = pages.rows(BookingRequest)[0].id
    starts = service.clock.now() + timedelta(days=7)
    agree_on(service, number, starts, service.clock.now())
    told = sent(service, outbox)[-1]
    assert (told.recipient.address, told.subject) == (ADA, "About your appointment")
    assert pages.client.get(f"{path}/appointment.ics").status_code == 200
    pages.client.post(path, data={"do": "cancel"})
    pages.client.post(path, data={"do": "keep"})
    pages.client.post(path, data={"do": "again", "good-time": "evenings"})
    acts = [row.act for row in sorted(pages.rows(BookingRequest), key=lambda row: row.id)]
    assert acts == ["asked", "agreed", "cancelled", "kept", "other_time"]
    assert lead(pages).booked_at is None


def test_she_has_it_deleted_and_nothing_of_her_is_left(pages: Pages, service: Service, outbox: MemoryAdapter) -> None:
    ask(pages)
    path = next(path_in(mail, "booking") for mail in sent(service, outbox) if mail.recipient.address == ADA)
    answer = pages.client.post(path, data={"do": "delete"})
    assert "It is deleted" in text_of(answer)
    assert pages.rows(BookingRequest) == []
    assert (lead(pages).state, lead(pages).email) == (LeadState.ERASED, "")
    assert pages.client.get(path).status_code == 410
    assert [row.detail for row in pages.rows(Delivery)] == [{}, {}]
    assert sum(row.n for row in pages.rows(SessionCount)) == 1
    assert ask(pages) == 303  # and nothing keeps her from asking again


def test_it_goes_by_itself_when_it_is_old(
    pages: Pages, service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    ask(pages)
    sent(service, outbox)
    time.shift(timedelta(days=179))
    assert count_old(service)["sessions"] == 0
    assert Sweeper(service).all()["sessions"] == 0
    time.shift(timedelta(days=2))
    assert count_old(service)["sessions"] == 1
    assert Sweeper(service).all()["sessions"] == 1
    assert (pages.rows(BookingRequest), lead(pages).state) == ([], LeadState.ERASED)


def test_a_reader_who_asks_keeps_her_letters(
    pages: Pages, service: Service, ada: Reader, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    before = [(row.sequence, row.state) for row in pages.rows(Enrolment)]
    ask(pages)
    assert [(row.sequence, row.state) for row in pages.rows(Enrolment)] == before
    assert (lead(pages).state, lead(pages).first_name, lead(pages).booked_at) == (LeadState.CONFIRMED, "Ada", None)
    assert any("has asked for a session" in mail.text for mail in sent(service, outbox))
    time.shift(timedelta(days=200))
    Sweeper(service).all()
    assert (pages.rows(BookingRequest), lead(pages).email) == ([], ADA)


def test_who_asked_for_a_session_may_sign_up_as_anybody(pages: Pages, service: Service) -> None:
    ask(pages)
    assert pages.sign_up("ebook").status_code == 303
    assert lead(pages).state == LeadState.ASKED
    confirm(service, pages.rows(Signup)[0].id, service.clock.now())
    assert lead(pages).state == LeadState.CONFIRMED


@pytest.mark.parametrize("reason", [SuppressionReason.COMPLAINED, SuppressionReason.BOUNCED, SuppressionReason.ERASED])
def test_an_address_that_is_not_mailed_gets_no_receipt(
    pages: Pages, service: Service, outbox: MemoryAdapter, reason: SuppressionReason
) -> None:
    with service.db.write() as session:
        suppress(session, service.links, ADA, Grounds(reason, service.clock.now()))
    assert ask(pages) == 303
    assert [mail.recipient.address for mail in sent(service, outbox)] == [service.library.practice.reply_to]


def test_not_me_cancels_it_and_no_receipt_comes_again(pages: Pages, service: Service, outbox: MemoryAdapter) -> None:
    ask(pages)
    receipt = next(mail for mail in sent(service, outbox) if mail.recipient.address == ADA)
    path = path_in(receipt, "not-me")
    assert pages.client.get(path).status_code == 200
    assert pages.rows(BookingRequest)[0].cancelled_at is None
    pages.client.post(path)
    assert pages.rows(BookingRequest)[0].cancelled_at is not None
    count = sum(mail.recipient.address == ADA for mail in sent(service, outbox))
    ask(pages, slug="couple")
    assert sum(mail.recipient.address == ADA for mail in sent(service, outbox)) == count


def test_a_mailbox_gets_one_receipt_an_hour_whoever_asks(pages: Pages, service: Service, outbox: MemoryAdapter) -> None:
    for slug in ("individual", "couple"):
        ask(pages, slug=slug)
    ask(pages, email="ada+two@example.org")
    assert sum(mail.recipient.address.startswith("ada") for mail in sent(service, outbox)) == 1
    waiting = [row for row in pages.rows(Delivery) if row.kind == DeliveryKind.SESSION]
    assert [row.state for row in waiting].count(DeliveryState.WAITING) == 2


def test_five_a_day_and_her_own_conversations_stay_free(pages: Pages, service: Service, ada: Reader) -> None:
    said = [ask(pages, words=f"number {n}") for n in range(6)]
    assert said == [303, 303, 303, 303, 303, 429]
    with service.db.read() as session:
        reader = session.get_one(Lead, ada.lead_id)
        assert may_act(session, reader, service.clock.now())


def test_what_others_asked_by_her_address_is_not_told(pages: Pages) -> None:
    for n in range(6):
        ask(pages, words=f"a stranger's number {n}")
    here = {"REMOTE_ADDR": "198.51.100.7"}
    answer = pages.client.post("/sessions/individual", data=SAID, environ_base=here)
    assert answer.status_code == 303
    assert pages.rows(BookingRequest)[-1].words == SAID["words"]


def test_erasing_and_a_copy_reach_who_is_on_no_list(pages: Pages, service: Service, outbox: MemoryAdapter) -> None:
    ask(pages, **{"from": "about"})
    sent(service, outbox)
    copy = export(service, lead(pages), service.clock.now())
    assert len(copy) > 0
    data = json.loads(zipfile.ZipFile(io.BytesIO(copy)).read("data.json"))
    assert data["conversations"][0]["typed_name"] == "Ada Quick"
    assert data["conversations"][0]["source"] == "pages/about"
    erase(service, ADA, service.clock.now())
    assert (pages.rows(BookingRequest), lead(pages).state) == ([], LeadState.ERASED)


def test_what_she_wrote_is_encrypted(pages: Pages, service: Service) -> None:
    ask(pages)
    with service.db.read() as session:
        row = session.execute(sql("SELECT words, phone, good_time, typed_name FROM booking_request")).one()
    assert not any(said in kept for kept in row for said in ("quarrel", "555", "mornings", "Ada"))


@on_one_database
@pytest.mark.parametrize(
    ("said", "status"),
    [({"email": ""}, 422), ({"email": "ada@"}, 422), ({"email": "ada@gmial.com"}, 422)],
)
def test_what_cannot_be_taken_is_said_and_nothing_typed_is_lost(
    pages: Pages, said: dict[str, str], status: int
) -> None:
    answer = pages.client.post("/sessions/individual", data=SAID | said)
    assert answer.status_code == status
    assert answer.headers["Cache-Control"] == "no-store"
    for typed in ("We quarrel.\nOften.", 'value="01 555"', 'value="mornings"', 'value="Ada Quick"'):
        assert typed in answer.text
    assert pages.rows(Lead) == []


@on_one_database
def test_a_trap_asks_for_one_more_step_that_carries_the_words(pages: Pages) -> None:
    answer = pages.client.post("/sessions/individual", data=SAID | {"website": "x", "from": "about"})
    assert "One moment, please" in answer.text
    assert 'action="/sessions/individual"' in answer.text.replace("https://letters.example.org", "")
    for name in ("words", "phone", "good-time", "from"):
        assert f'name="{name}"' in answer.text
    assert "signed up" not in answer.text
    assert pages.rows(Lead) == []


@on_one_database
def test_another_site_cannot_ask_in_her_name(pages: Pages) -> None:
    answer = pages.client.post("/sessions/individual", data=SAID, headers={"Origin": "https://evil.example.com"})
    assert answer.status_code == 403
    assert pages.client.get("/sessions/individual").status_code == 200
    assert pages.rows(Lead) == []


@on_one_database
def test_a_calendar_elsewhere_says_what_it_learns_and_takes_no_form(pages: Pages, service: Service) -> None:
    assert service.library.sessions is not None
    offered = service.library.sessions.sessions
    elsewhere = replace(offered[-1], url="https://calendar.example.org/quay/coaching")
    library = replace(service.library, sessions=SessionList((*offered[:-1], elsewhere)))
    publish(service, library, "ada", service.clock.now())
    answer = pages.client.get("/sessions/coaching")
    text = text_of(answer)
    assert "calendar.example.org is not ours" in text
    assert 'href="https://calendar.example.org/quay/coaching" rel="noreferrer"' in answer.text
    assert "<form" not in answer.text
    assert pages.client.post("/sessions/coaching", data=SAID).status_code == 404
    assert pages.client.get("/sessions/nowhere").status_code == 404


@on_one_database
def test_the_same_file_tells_search_engines(pages: Pages) -> None:
    answer = pages.client.get("/sessions")
    assert "noindex" not in answer.text + answer.headers.get("X-Robots-Tag", "")
    blocks = re.findall(r'<script type="application/ld\+json">(.*?)</script>', answer.text)
    found = [json.loads(each) for each in blocks]
    assert [each["name"] for each in found] == ["A session for one", "A session for two", "An hour of coaching"]
    assert found[1]["offers"]["description"] == "120 euros"
    assert all(each["@type"] == "Service" and each["url"].startswith("https://letters.example.org/") for each in found)


@on_one_database
def test_pages_lead_to_sessions_and_say_from_where(pages: Pages) -> None:
    text = pages.client.get("/pages/first-conversation").text
    assert 'href="/sessions/couple?from=pages/first-conversation"' in text.replace("https://letters.example.org", "")
    about = pages.client.get("/pages/about").text
    assert 'href="/sessions/individual?from=pages/about"' in about.replace("https://letters.example.org", "")
    assert 'name="from" value="pages/about"' in pages.client.get("/sessions/couple?from=about").text
    assert 'name="from"' not in pages.client.get("/sessions/couple?from=%3Cscript%3E").text
    assert "ask for a session" in pages.client.get("/pages/privacy").text


@on_one_database
def test_a_stranger_cannot_tell_who_is_a_reader(pages: Pages, make_reader: Callable[..., Reader]) -> None:
    make_reader("fay")
    addresses = ("fay@example.org", "gus@example.org")
    answers = [pages.client.post("/sessions/individual", data=SAID | {"email": each}) for each in addresses]
    assert answers[0].status_code == answers[1].status_code == 303
    assert answers[0].headers["Location"] == answers[1].headers["Location"]
    assert answers[0].text == answers[1].text
