"""The first page: its three sentences, the way to the first real mail, and a hand for what needs one."""

from __future__ import annotations

import re
from datetime import date

import pytest
import time_machine

from funnel.adapters.memory import MemoryAdapter
from funnel.insight.letter import MorningLetter, morning_letter
from funnel.models import ChannelState, Delivery
from funnel.web.dashboard.home_words import letter_sentences
from funnel.wiring import Service
from tests.journey.steps import ask, join, live, work

from .conftest import Browser, text_of


def said(*counts: int) -> str:
    """The sentences of these counts: signed up, confirmed, sent, opened, answered, left, booked."""
    signups, confirmed, sent, opened, replied, left, booked = counts
    return " ".join(letter_sentences(MorningLetter(signups, confirmed, sent, opened, replied, left, booked, ())))


@pytest.mark.parametrize(
    ("counts", "sentences"),
    [
        (
            (0, 0, 0, 0, 0, 0, 0),
            "In the last seven days nobody signed up. No letter went out. Nothing came back.",
        ),
        (
            (1, 0, 1, 1, 0, 0, 0),
            "In the last seven days there was one sign-up, not confirmed yet. One letter went out. One was opened.",
        ),
        (
            (2, 2, 2, 2, 1, 0, 0),
            "In the last seven days there were two sign-ups, both confirmed. Two letters went out. "
            "Two were opened and one was answered.",
        ),
        (
            (1234, 1, 1234, 40, 3, 2, 1),
            "In the last seven days there were 1,234 sign-ups, one of them confirmed. 1,234 letters went out. "
            "40 were opened, 3 were answered, one person asked for a conversation and two people left.",
        ),
        (
            (3, 0, 0, 0, 0, 1, 0),
            "there were 3 sign-ups, none of them confirmed yet. No letter went out. One person left.",
        ),
        ((3, 3, 0, 0, 0, 0, 0), "there were 3 sign-ups, all of them confirmed. No letter went out. Nothing came back."),
    ],
)
def test_the_letter_is_right_for_none_one_two_and_many(counts: tuple[int, ...], sentences: str) -> None:
    assert said(*counts).endswith(sentences)


def test_the_letter_counts_the_last_seven_days(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    join(service, "ada@example.org")
    ask(service, "ben@example.org")
    work(service)
    now = service.clock.now()
    with service.db.read() as session:
        letter = morning_letter(session, now.date(), now)
    assert (letter.signups, letter.confirmed, letter.sent) == (2, 1, 1)
    assert letter.weeks[-1][1] == 2
    assert sum(n for _, n in letter.weeks) == 2
    live(service, time, 9)
    later = service.clock.now()
    with service.db.read() as session:
        letter = morning_letter(session, later.date(), later)
    assert (letter.signups, letter.confirmed) == (0, 0)
    assert [n for _, n in letter.weeks[-3:]] == [0, 2, 0]
    assert letter.weeks[-1][0] == date(2027, 1, 7)


def test_the_line_of_sign_ups_has_its_table(signed_in: Browser, service: Service, outbox: MemoryAdapter) -> None:
    assert "<polyline" not in signed_in.get("/dashboard").get_data(as_text=True)
    ask(service, "ben@example.org")
    page = signed_in.get("/dashboard")
    assert "Sign-ups in each of the last twelve weeks: 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1" in text_of(page)
    assert "<polyline" in page.get_data(as_text=True)


def test_the_five_steps_end_with_the_first_reader(signed_in: Browser, service: Service, outbox: MemoryAdapter) -> None:
    page = signed_in.get("/dashboard").get_data(as_text=True)
    assert len(re.findall(r"<li[^>]*><b>", page)) == 5
    assert "Only you can see whether it came" in page
    ask(service, "ben@example.org")
    assert "Five steps" in text_of(signed_in.get("/dashboard"))
    join(service, "ada@example.org")
    assert "Five steps" not in text_of(signed_in.get("/dashboard"))


def test_a_stopped_way_out_is_tried_again_by_a_button(signed_in: Browser, service: Service) -> None:
    now = service.clock.now()
    with service.db.write() as session:
        session.add(ChannelState(adapter="smtp", kind="auth_config", detail="535 wrong key", since=now, until=None))
    assert "Try smtp again" in text_of(signed_in.get("/dashboard"))
    assert signed_in.post("/dashboard/channels/resume", name="smtp").status_code == 400
    for words in ("It is tried again with the next mail", "It was open already. Nothing has changed."):
        answer = signed_in.send("/dashboard", "/dashboard/channels/resume", name="smtp")
        assert answer.status_code == 303
        page = text_of(signed_in.get(answer.location))
        assert words in page
        assert "Try smtp again" not in page


def test_what_is_missing_stands_at_home_with_its_buttons(signed_in: Browser, service: Service) -> None:
    now = service.clock.now()
    with service.db.write() as session:
        for state, reason in (("held", "a/b.md:7  There is nothing to fill city with"), ("unknown", "the line broke")):
            row = Delivery(kind="test", state=state, reason=reason, created_at=now, not_before=now)
            session.add(row)
    page = text_of(signed_in.get("/dashboard"))
    assert "There is nothing to fill city with a/b.md, line 7" in page
    assert re.search(r"Try again … Drop …", page)
    assert re.search(r"It arrived … Send again … Drop …", page)
