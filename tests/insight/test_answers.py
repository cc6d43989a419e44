"""The practice sees and counts what was answered, and nothing that is sensitive."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from funnel.adapters.memory import MemoryAdapter
from funnel.curriculum.questions import Question
from funnel.insight.answers import answer_counts, answered_so, answers_shown
from funnel.insight.people import people_page
from funnel.models import Lead
from funnel.wiring import Service
from tests.subscription.asked import AFRAID, TOPICS, TOWN, WHERE, Asked
from tests.web.conftest import Pages
from tests.web.conftest import app as app
from tests.web.conftest import pages as pages


@pytest.fixture
def asked(service: Service, pages: Pages, outbox: MemoryAdapter) -> Asked:
    made = Asked(service, pages, outbox)
    made.ask("course", WHERE, TOPICS, TOWN)
    made.ask("ebook", AFRAID)
    return made


def test_a_persons_answers_are_shown_but_for_sensitive_ones(asked: Asked, time: time_machine.Traveller) -> None:
    asked.sign_up(where="ended", topics="calls", town="Cork")
    asked.press()
    time.shift(timedelta(days=1))
    asked.sign_up("ebook", afraid="yes")
    asked.press()
    (lead,) = asked.pages.rows(Lead)
    with asked.service.db.read() as session:
        shown = answers_shown(session, lead.id, asked.service.library.questions)
    assert shown == [
        ("Where are you now?", "It has ended"), ("What keeps you awake?", "The phone"), ("Your town", "Cork"),
    ]  # fmt: skip


def test_values_are_counted_of_who_has_confirmed(asked: Asked) -> None:
    asked.sign_up(where="ended", topics="calls")
    asked.press()
    asked.pages.sign_up("course", email="ben@example.org", **{"answer-where": "together"})
    with asked.service.db.read() as session:
        counts = answer_counts(session, asked.service.library.questions)
    assert [(each.said, each.readers) for each in counts] == [
        ("We are together", 0), ("It has ended", 1), ("The phone", 1), ("Our last words", 0),
    ]  # fmt: skip


def test_readers_are_found_by_an_answer_that_is_not_sensitive(asked: Asked, time: time_machine.Traveller) -> None:
    alone = Question("alone", "Do you live alone?", "yes_no")
    asked.ask("course", WHERE, TOPICS, alone)
    asked.sign_up(where="ended", topics="calls", alone="no")
    asked.press()
    time.shift(timedelta(days=1))
    asked.sign_up("ebook", afraid="yes")
    asked.press()
    questions = asked.service.library.questions

    def found(wanted: str) -> int | None:
        so = answered_so(wanted, questions)
        with asked.service.db.read() as session:
            return None if so is None else len(people_page(session, among=so.leads)[0])

    assert {wanted: found(wanted) for wanted in ("where:ended", "where:together", "topics:calls", "topics:words")} == {
        "where:ended": 1, "where:together": 0, "topics:calls": 1, "topics:words": 0,
    }  # fmt: skip
    assert (found("alone:no"), found("alone:yes")) == (1, 0)
    assert [found(wanted) for wanted in ("afraid:yes", "town:Cork", "where:", "where:%", "nothing:ended", "")] == [
        None
    ] * 6
