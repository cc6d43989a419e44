"""Lessons speak to what a reader answered, go by it, and forget it when she does."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from html import unescape

import pytest
import time_machine
from sqlalchemy import select

from funnel.adapters.memory import MemoryAdapter
from funnel.links import Purpose
from funnel.mime import message_bytes
from funnel.models import Delivery, GivenAnswer, Lead
from funnel.publishing.publish import publish
from funnel.wiring import Service
from tests.journey.steps import lessons, live, rows
from tests.subscription.asked import AFRAID, TOWN, WHERE, Asked
from tests.web.conftest import Pages, text_of
from tests.web.conftest import app as app
from tests.web.conftest import pages as pages
from workers.catcher import CaughtMailFolder

ADA = "ada@example.org"
BRANCHES = """
{% if answers.where == "ended" %}It is over. [Read](https://a.example.org/)
{% elif answers.where %}You two.{% else %}Wherever you are.{% endif %}

{% if answers.afraid %}Be safe. [Help](https://b.example.org/){% endif %}
"""


@pytest.fixture
def asked(service: Service, pages: Pages, outbox: MemoryAdapter) -> Asked:
    made = Asked(service, pages, outbox)
    library = service.library
    course = library.sequences["anxious-attachment"]
    first, second, *others = course.lessons
    second = replace(second, only_if="answers.where == 'ended'")
    spoken = replace(first, body=first.body + BRANCHES, translations=())
    sequences = {**library.sequences, course.slug: replace(course, lessons=(spoken, second, *others))}
    offers = {**library.offers, "course": replace(library.offers["course"], questions=(WHERE, TOWN, AFRAID))}
    publish(service, replace(library, sequences=sequences, offers=offers), "ada", service.clock.now())
    return made


@pytest.mark.parametrize(
    ("answers", "said"),
    [({"where": "ended"}, "It is over."), ({"where": "together"}, "You two."), ({}, "Wherever you are.")],
)
def test_a_lesson_speaks_to_what_was_answered(asked: Asked, answers: dict[str, str], said: str) -> None:
    asked.sign_up(**answers)
    asked.press()
    assert said in asked.outbox.mails[-1].text
    assert "Be safe." not in asked.outbox.mails[-1].text


def test_who_answered_otherwise_is_passed_over(asked: Asked, time: time_machine.Traveller) -> None:
    asked.sign_up(where="together")
    asked.press()
    live(asked.service, time, 12)
    second = asked.service.library.sequences["anxious-attachment"].lessons[1].id
    assert (second, "skipped") in lessons(asked.service, ADA)


def test_a_sensitive_answer_is_told_by_no_link_and_no_row_of_a_mail(asked: Asked) -> None:
    asked.sign_up(where="ended", afraid="yes")
    asked.press()
    mail = asked.outbox.mails[-1]
    assert 'href="https://b.example.org/"' in mail.html  # straight there
    assert 'href="https://a.example.org/"' not in mail.html
    with asked.service.db.read() as session:
        filled = json.dumps([delivery.filled for delivery in session.scalars(select(Delivery))])
    assert "answer_rows" in filled
    assert "ended" not in filled


def room(asked: Asked) -> str:
    return f"/me/{asked.pages.dated(Purpose.OWN_DATA, rows(asked.service, ADA)[-1].id)}"


def test_her_room_shows_and_changes_what_she_answered(asked: Asked) -> None:
    asked.sign_up(where="ended", town="Cork")
    asked.press()
    page = asked.pages.client.get(room(asked))
    assert 'value="ended" checked' in page.text
    assert 'value="Cork"' in page.text
    said = asked.pages.client.post(room(asked), data={"do": "answers", "answer-where": "together", "answer-town": ""})
    assert "Saved. Your letters go by these answers" in text_of(said)
    assert asked.counts() == {"where": "together"}
    wrong = asked.pages.client.post(room(asked), data={"do": "answers", "answer-town": "x" * 201})
    assert wrong.status_code == 422
    assert "Please keep it to 200 characters." in unescape(wrong.text)
    assert asked.counts() == {"where": "together"}


def test_deleted_answers_are_gone_from_kept_letters_too(asked: Asked) -> None:
    asked.sign_up(where="ended")
    asked.press()
    copy = asked.pages.token(Purpose.WEB_COPY, rows(asked.service, ADA)[-1].id)
    assert asked.pages.client.post(room(asked), data={"do": "forget-answers"}).status_code == 200
    assert asked.pages.rows(GivenAnswer) == []
    assert "It is over." not in asked.pages.client.get(f"/r/{copy}").text


def test_an_answer_left_empty_takes_caught_mail_along(asked: Asked) -> None:
    asked.sign_up(where="ended", town="Cork")
    asked.press()
    caught = CaughtMailFolder(asked.service.settings.data_dir / "outbox", asked.service.clock.now)
    caught.open()
    caught.put("letters@example.org", [ADA], message_bytes(asked.outbox.mails[-1]))
    asked.pages.client.post(room(asked), data={"do": "answers", "answer-where": "ended", "answer-town": "Galway"})
    assert len(list((asked.service.settings.data_dir / "outbox").glob("*.eml"))) == 1
    asked.pages.client.post(room(asked), data={"do": "answers", "answer-where": "", "answer-town": "Galway"})
    assert asked.counts() == {"town": "Galway"}
    assert list((asked.service.settings.data_dir / "outbox").glob("*.eml")) == []


def test_the_common_link_changes_no_answer(asked: Asked) -> None:
    asked.sign_up(where="ended")
    asked.press()
    common = asked.pages.token(Purpose.PREFERENCES, rows(asked.service, ADA)[-1].id)
    assert asked.pages.client.post(f"/me/{common}", data={"do": "forget-answers"}).status_code == 403
    assert asked.counts() == {"where": "ended"}


def test_stopping_all_mail_deletes_them(asked: Asked, time: time_machine.Traveller) -> None:
    asked.sign_up(where="ended")
    asked.press()
    time.shift(timedelta(days=1))
    (lead,) = asked.pages.rows(Lead)
    asked.pages.client.post(f"/u/{asked.pages.leaving(rows(asked.service, lead.email)[-1].id)}")
    assert asked.pages.rows(GivenAnswer) == []
