"""What is answered to an offer's questions counts once its sender has confirmed, and is nobody else's to change."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import text

from funnel.adapters.memory import MemoryAdapter
from funnel.curriculum import render_plan
from funnel.models import GivenAnswer, Lead
from funnel.people.answers import confirm_answers
from funnel.privacy.erase import erase_lead
from funnel.privacy.sweep import Sweeper
from funnel.publishing.publish import plan
from funnel.wiring import Service
from tests.subscription.asked import AFRAID, TOPICS, TOWN, WHERE, Asked
from tests.web.conftest import Pages, text_of
from tests.web.conftest import app as app
from tests.web.conftest import pages as pages


@pytest.fixture
def asked(service: Service, pages: Pages, outbox: MemoryAdapter) -> Asked:
    made = Asked(service, pages, outbox)
    made.ask("course", WHERE, TOWN, AFRAID)
    return made


def test_an_answer_counts_once_the_address_is_confirmed(asked: Asked) -> None:
    asked.sign_up(where="ended", town="Cork", afraid="yes")
    assert asked.counts() == {}
    asked.press()
    assert asked.counts() == {"where": "ended", "town": "Cork", "afraid": True}


def test_what_is_sensitive_or_in_her_words_lies_encrypted(asked: Asked) -> None:
    asked.sign_up(where="ended", town="Tallaght", afraid="yes")
    with asked.service.db.read() as session:
        stored = {name: (plain, sealed) for name, plain, sealed in session.execute(
            text("SELECT name, plain, sealed FROM given_answer")
        )}  # fmt: skip
    assert stored["where"] == ('"ended"', None)
    for name in ("town", "afraid"):
        assert stored[name][0] is None
        assert "Tallaght" not in stored[name][1]
        assert "true" not in stored[name][1]


def test_what_becomes_sensitive_is_encrypted_when_that_is_published(asked: Asked) -> None:
    asked.sign_up(where="ended", town="Cork", afraid="no")
    asked.press()
    asked.ask("course", replace(WHERE, sensitive=True), TOWN, AFRAID)
    with asked.service.db.read() as session:
        assert session.execute(text("SELECT count(*) FROM given_answer WHERE plain IS NOT NULL")).scalar() == 0
        assert "ended" not in str(session.execute(text("SELECT sealed FROM given_answer")).all())
    assert asked.counts() == {"where": "ended", "town": "Cork", "afraid": False}
    asked.ask("course", WHERE, TOWN, AFRAID)
    assert asked.counts() == {"where": "ended", "town": "Cork", "afraid": False}


def test_the_plan_says_what_will_be_encrypted(asked: Asked) -> None:
    asked.sign_up(where="ended", town="Cork")
    library = asked.service.library
    questions = replace(WHERE, sensitive=True), TOWN, AFRAID
    offers = {**library.offers, "course": replace(library.offers["course"], questions=questions)}
    drafts = plan(asked.service, replace(library, offers=offers), asked.service.clock.now())
    said = "\n".join(render_plan(draft.plan) for draft in drafts)
    assert "question where: 1 answer given so far will be encrypted" in said
    assert "town" not in said


def test_a_stranger_changes_no_answer_of_a_reader(asked: Asked, time: time_machine.Traveller) -> None:
    asked.sign_up(where="ended")
    asked.press()
    time.shift(timedelta(days=1))
    asked.sign_up(where="together")
    assert asked.counts() == {"where": "ended"}
    assert "questions were answered" in asked.outbox.mails[-1].text
    page = asked.pages.client.get(asked.button())
    assert "Did you answer our questions?" in text_of(page)
    assert asked.counts() == {"where": "ended"}
    assert "Your letters go by it now" in asked.press()
    assert asked.counts() == {"where": "together"}
    assert "Did you answer our questions?" not in text_of(asked.pages.client.get(asked.button()))


def test_the_mail_with_the_book_asks_about_new_answers_too(asked: Asked, time: time_machine.Traveller) -> None:
    asked.ask("ebook", WHERE)
    asked.sign_up("ebook", where="ended")
    asked.press()
    assert "questions were answered" not in asked.outbox.mails[-1].text
    time.shift(timedelta(days=1))
    asked.sign_up("ebook", where="together")
    assert "questions were answered" in asked.outbox.mails[-1].text
    asked.press()
    assert asked.counts() == {"where": "together"}


def test_two_who_share_a_mail_and_disagree_say_nothing(asked: Asked) -> None:
    asked.sign_up(where="ended", town="Cork")
    asked.sign_up(where="together", town="Cork")
    asked.press()
    assert asked.counts() == {"town": "Cork"}


def test_an_older_mail_changes_nothing_back(asked: Asked, time: time_machine.Traveller) -> None:
    asked.sign_up(where="ended")
    old = asked.button()
    asked.press()
    time.shift(timedelta(days=1))
    asked.sign_up(where="together")
    asked.press()
    asked.pages.client.post(old)
    assert asked.counts() == {"where": "together"}


def test_who_leaves_or_is_erased_has_no_answers(asked: Asked) -> None:
    asked.sign_up(where="ended")
    asked.press()
    (lead,) = asked.pages.rows(Lead)
    erase_lead(asked.service, lead.id, asked.service.clock.now())
    assert asked.pages.rows(GivenAnswer) == []


def test_an_answer_that_was_never_confirmed_goes(asked: Asked, time: time_machine.Traveller) -> None:
    asked.sign_up(where="ended")
    asked.press()
    asked.sign_up(where="together")
    time.shift(timedelta(days=90))
    Sweeper(asked.service).all()
    assert asked.counts() == {"where": "ended"}
    assert len(asked.pages.rows(GivenAnswer)) == 1


def test_no_asking_confirms_nothing(asked: Asked) -> None:
    asked.sign_up(where="ended")
    with asked.service.db.write() as session:
        assert not confirm_answers(session, 1, (), asked.service.clock.now())


def test_the_form_says_what_is_wrong_and_keeps_what_was_typed(asked: Asked) -> None:
    asked.ask("course", WHERE, TOPICS, TOWN)
    fields = {"answer-where": "elsewhere", "answer-topics": "calls", "answer-town": "x" * 201}
    page = asked.pages.sign_up("course", **fields)
    assert page.status_code == 422
    for said in ('id="answer-where-error"', "Please keep it to 200 characters.", 'value="calls" checked', "x" * 201):
        assert said in page.text
    assert asked.pages.rows(Lead) == []


def test_a_form_of_before_may_send_what_is_asked_no_more(asked: Asked) -> None:
    asked.sign_up(where="ended", gone="x")
    asked.press()
    assert asked.counts() == {"where": "ended"}


@pytest.mark.parametrize(
    ("answers", "field", "said"),
    [
        ({"wher": "ended"}, "answers.wher", "There is: where, town, afraid"),
        ({"where": "over"}, "answers.where", "There is: together, ended"),
        ({"afraid": "perhaps"}, "answers.afraid", "yes or no"),
        ("ended", "answers", "Write the answers as an object"),
    ],
)
def test_a_program_is_told_the_known_names_and_values(asked: Asked, answers: object, field: str, said: str) -> None:
    body = {"email": "ada@example.org", "consent": True, "answers": answers}
    answer = asked.pages.send_json(body, "course")
    assert answer.status_code == 422
    assert said in answer.get_json()["errors"][field]


def test_a_program_answers_with_text_lists_and_booleans(asked: Asked) -> None:
    asked.ask("course", WHERE, TOPICS, AFRAID)
    body = {"where": "ended", "topics": ["words", "calls"], "afraid": False}
    sent = asked.pages.send_json({"email": "ada@example.org", "consent": True, "answers": body}, "course")
    assert sent.status_code == 202
    with asked.service.db.write() as session:
        assert confirm_answers(session, 1, [1], asked.service.clock.now())
    assert asked.counts() == {"where": "ended", "topics": ("calls", "words"), "afraid": False}
