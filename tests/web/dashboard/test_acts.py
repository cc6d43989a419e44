"""What the practice does for one person: every button does what it says, and nothing else."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from funnel.adapters.memory import MemoryAdapter
from funnel.insight import agreement
from funnel.models import Consent, Delivery, Enrolment, Lead
from funnel.wiring import Service
from tests.journey.steps import ask, join, live, work

from .conftest import Browser, text_of

COURSE = "anxious-attachment"


@pytest.fixture
def ada(service: Service, outbox: MemoryAdapter) -> int:
    number = join(service, "ada@example.org").lead_id
    work(service)
    return number


def act(browser: Browser, number: int, do: str, **fields: str) -> str:
    """Presses a button of her page; what the page says then."""
    page = f"/dashboard/people/{number}"
    answer = browser.send(page, f"{page}/act", do=do, **fields)
    assert answer.status_code == 303
    return text_of(browser.get(answer.location.removeprefix("https://letters.example.org").partition("#")[0]))


def lead_of(service: Service, number: int) -> Lead:
    with service.db.read() as session:
        return session.get_one(Lead, number)


def course_of(service: Service, number: int) -> Enrolment:
    with service.db.read() as session:
        return session.scalars(select(Enrolment).where(Enrolment.lead_id == number)).one()


def test_a_pause_moves_her_calendar_and_ends(signed_in: Browser, service: Service, ada: int) -> None:
    due = course_of(service, ada).due_at
    assert due is not None
    assert "The letters rest" in act(signed_in, ada, "pause", weeks="2")
    assert lead_of(service, ada).paused_until == service.clock.now() + timedelta(weeks=2)
    assert "The pause is over" in act(signed_in, ada, "go-on")
    assert course_of(service, ada).due_at == due
    assert (
        signed_in.send(f"/dashboard/people/{ada}", f"/dashboard/people/{ada}/act", do="pause", weeks="52").status_code
        == 400
    )


def test_her_pace_is_slower_and_its_own_again(signed_in: Browser, service: Service, ada: int) -> None:
    assert "twice as much time" in act(signed_in, ada, "pace")
    assert lead_of(service, ada).slower
    assert "own pace again" in act(signed_in, ada, "pace")
    assert not lead_of(service, ada).slower


def test_the_next_letter_goes_now_and_once(
    signed_in: Browser, service: Service, ada: int, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    live(service, time, 1)
    before = len(outbox.mails)
    assert "The next letter goes now" in act(signed_in, ada, "next")
    assert "Nothing was sent" in act(signed_in, ada, "next")
    work(service)
    assert len(outbox.mails) == before + 1


def test_a_sequence_stops_and_goes_on(signed_in: Browser, service: Service, ada: int) -> None:
    assert "The sequence is stopped" in act(signed_in, ada, "stop", sequence=COURSE)
    assert (course_of(service, ada).state, course_of(service, ada).reason) == ("stopped", "stopped by hand")
    assert "was not under way" in act(signed_in, ada, "stop", sequence=COURSE)
    assert "goes on with the letter" in act(signed_in, ada, "take-up", sequence=COURSE)
    assert course_of(service, ada).state == "active"
    assert "Nothing has changed" in act(signed_in, ada, "take-up", sequence="nowhere")


def test_a_sequence_is_started_only_with_her_agreement(signed_in: Browser, service: Service, ada: int) -> None:
    assert "write how and when this person agreed" in act(signed_in, ada, "start", sequence="ebook-welcome", agreed=" ")
    said = act(signed_in, ada, "start", sequence="ebook-welcome", agreed="by telephone on 3 March")
    assert "The sequence begins" in said
    with service.db.read() as session:
        newest = session.scalars(select(Consent).order_by(Consent.id.desc())).first()
    assert newest is not None
    assert (newest.text, newest.sequences) == ("by telephone on 3 March", ["ebook-welcome"])
    assert "Nothing has changed" in act(signed_in, ada, "start", sequence="ebook-welcome", agreed="again")


def test_who_booked_elsewhere_is_counted_once(signed_in: Browser, service: Service, ada: int) -> None:
    assert "It is noted" in act(signed_in, ada, "booked")
    assert "noted before" in act(signed_in, ada, "booked")
    with service.db.read() as session:
        assert agreement(session) == []


def test_a_client_is_tagged(signed_in: Browser, service: Service, ada: int) -> None:
    assert "A client now" in act(signed_in, ada, "client")
    assert "client" in lead_of(service, ada).tags


def test_what_was_promised_goes_again_and_not_twice(
    signed_in: Browser, service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    number = join(service, "fay@example.org", offer="ebook").lead_id
    work(service)
    live(service, time, 1)
    before = len(outbox.mails)
    assert "What was promised goes again" in act(signed_in, number, "send-again")
    assert "Nothing was sent" in act(signed_in, number, "send-again")
    work(service)
    assert len(outbox.mails) == before + 1


def test_who_never_confirmed_is_sent_nothing(signed_in: Browser, service: Service, outbox: MemoryAdapter) -> None:
    ask(service, "ben@example.org")
    work(service)
    with service.db.read() as session:
        number = session.scalars(select(Lead.id)).one()
        mails = len(session.scalars(select(Delivery)).all())
    assert "The address is not confirmed" in text_of(signed_in.get(f"/dashboard/people/{number}"))
    for do in ("next", "pause", "send-again", "start"):
        act(signed_in, number, do, weeks="1", sequence=COURSE, agreed="she said so")
    with service.db.read() as session:
        assert len(session.scalars(select(Delivery)).all()) == mails
        assert session.scalars(select(Enrolment)).all() == []


@pytest.mark.parametrize(
    ("number", "do", "status"),
    [("1", "erase", 400), ("99", "next", 404), ("9" * 30, "next", 404)],
)
def test_what_there_is_not_is_refused(signed_in: Browser, ada: int, number: str, do: str, status: int) -> None:
    path = f"/dashboard/people/{ada if number == '1' else number}/act"
    assert signed_in.send(f"/dashboard/people/{ada}", path, do=do).status_code == status


def test_an_act_needs_our_own_form(signed_in: Browser, service: Service, ada: int) -> None:
    assert signed_in.post(f"/dashboard/people/{ada}/act", do="client").status_code == 400
    assert lead_of(service, ada).tags == []
