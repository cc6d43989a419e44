"""The result of a quiz, from the page that shows it to the letters that speak to it, and how it is gone again."""

from __future__ import annotations

import io
import json
import re
import zipfile
from datetime import timedelta
from html import unescape

import pytest
import time_machine
from sqlalchemy import select, text

from funnel.adapters.memory import MemoryAdapter
from funnel.db import Encrypted
from funnel.links import Purpose
from funnel.mime import message_bytes
from funnel.models import Consent, Lead, QuizResult
from funnel.people.quiz_results import results_of
from funnel.privacy.erase import erase_lead
from funnel.privacy.export import export
from funnel.privacy.sweep import Sweeper, count_old
from funnel.publishing.history import sent_mail
from funnel.subscription.keeping import carried, carried_result, keeping_text
from funnel.subscription.unsubscribe import leave
from funnel.wiring import Service
from tests.journey.steps import live
from tests.subscription.town import SPOKEN, Town, own_page, the_title
from tests.web.conftest import Pages, text_of
from tests.web.conftest import app as app
from tests.web.conftest import pages as pages


@pytest.fixture
def town(service: Service, pages: Pages, outbox: MemoryAdapter, time: time_machine.Traveller) -> Town:
    return Town(service, pages, outbox, time)


def test_the_letters_speak_to_the_result_of_who_agreed_and_confirmed(town: Town) -> None:
    town.join()
    live(town.service, town.time, 10)
    assert SPOKEN in town.mail().text
    (row,) = town.kept()
    assert (row.result, row.offer) == ("anxious", "quiz")
    assert row.confirmed_at is not None
    again = sent_mail(town.service, town.lesson().id)
    assert again is not None
    assert message_bytes(again) == message_bytes(town.mail())


@pytest.mark.parametrize(
    ("keep", "anxiety", "avoidance"), [(False, 5, 1), (True, 3, 1), (True, 3, 3)], ids=["refused", "between", "middle"]
)
def test_who_refuses_or_is_in_between_hears_what_everybody_hears(
    town: Town, keep: bool, anxiety: int, avoidance: int
) -> None:
    town.join(keep=keep, anxiety=anxiety, avoidance=avoidance)
    live(town.service, town.time, 10)
    assert town.kept() == []
    assert "quiz answers leaned" not in town.mail().text
    assert "quiz" not in str(town.lesson().filled)


def test_there_is_nothing_to_agree_to_where_nothing_could_be_said(town: Town) -> None:
    sentence = keeping_text(town.service, town.service.clock.now())
    assert sentence in unescape(town.result_page(5, 1))
    assert sentence not in unescape(town.result_page(3, 1))
    assert "cannot be taken back" in town.result_page(5, 1)
    assert 'name="keep" type="checkbox" value="on" checked' not in town.result_page(5, 1)


def test_the_consent_says_word_for_word_what_was_ticked_and_until_when(town: Town) -> None:
    now = town.service.clock.now()
    sentence = keeping_text(town.service, now)
    assert (now + timedelta(days=180)).strftime("%B %Y") in sentence
    town.join()
    assert all(sentence in consent.text for consent in town.pages.rows(Consent) if consent.kind != "tracking")
    (row,) = town.kept()
    assert timedelta(days=179) < row.until - now <= timedelta(days=180, minutes=5)


def test_the_result_lies_encrypted_and_in_one_place(town: Town) -> None:
    town.join()
    live(town.service, town.time, 10)
    with town.service.db.read() as session:
        raw = session.execute(text("SELECT result FROM quiz_result")).scalar_one()
        filled = str(session.execute(text("SELECT filled FROM delivery")).all())
        detail = str(session.execute(text("SELECT detail FROM consent")).all())
    assert raw.startswith("gAAAA")
    assert "anxious" not in raw + filled + detail
    assert isinstance(QuizResult.__table__.c.result.type, Encrypted)


def test_nothing_counts_before_it_is_confirmed(town: Town) -> None:
    town.ask()
    assert [row.confirmed_at for row in town.kept()] == [None]
    with town.service.db.read() as session:
        assert results_of(session, [town.kept()[0].lead_id], town.service.clock.now()) == {}


def test_of_two_who_typed_one_address_nobody_can_tell_whose_result_it_is(town: Town) -> None:
    town.ask(result=town.carried(5, 1))
    town.ask(result=town.carried(1, 5))  # within minutes: one mail goes for both
    town.press()
    assert [row.confirmed_at for row in town.kept()] == [None, None]
    town.ask("ben@example.org", result=town.carried(5, 1))
    town.ask("ben@example.org", keep=False, result=town.carried(5, 1))
    town.press()
    assert {row.confirmed_at for row in town.kept()} == {None}


def test_the_same_twice_is_hers(town: Town) -> None:
    town.ask()
    town.ask()
    town.press()
    assert sorted(row.confirmed_at is not None for row in town.kept()) == [False, True]


def test_the_form_carries_the_result_so_that_nobody_reads_it(town: Town) -> None:
    lengths = {len(carried(town.service, "quiz", region)) for region in ("secure", "in_between", "mixed", "too_few")}
    assert len(lengths) == 1
    page = town.pages.sign_up("quiz", email="ada@", result=town.carried(), keep="on")
    assert page.status_code == 422
    assert 'name="result" value="gAAAA' in page.text
    assert re.search(r'name="keep" type="checkbox" value="on" checked', page.text)
    assert the_title(town, "anxious") not in text_of(page)


@pytest.mark.parametrize("wrong", ["", "anxious", "gAAAAA", "x" * 100_000, "é" * 40])
def test_a_form_that_carries_anything_else_signs_up_and_keeps_nothing(town: Town, wrong: str) -> None:
    if len(wrong) > 60_000:
        wrong = wrong[:60_000]
    town.ask(result=wrong)
    assert town.kept() == []


def test_what_was_carried_is_good_for_its_quiz_and_a_day(town: Town) -> None:
    token, other = carried(town.service, "quiz", "mixed"), town.service.db.keys
    assert other is not None
    for wrong in (other.encrypt("mixed"), other.encrypt("mixed|soon|quiz")):
        assert carried_result(town.service, "quiz", wrong) == ""
    assert carried_result(town.service, "quiz", token) == "mixed"
    assert carried_result(town.service, "course", token) == ""
    town.time.shift(timedelta(hours=24))
    assert carried_result(town.service, "quiz", token) == "mixed"
    town.time.shift(timedelta(hours=1))
    assert carried_result(town.service, "quiz", token) == ""


def test_deleting_the_result_takes_it_out_of_what_is_kept_of_letters(town: Town) -> None:
    lead_id = town.join()
    live(town.service, town.time, 10)
    before = sent_mail(town.service, town.lesson().id)
    page = own_page(town, lead_id)
    shown = town.pages.client.get(page)
    assert the_title(town, "anxious") in text_of(shown)
    done = town.pages.client.post(page, data={"do": "forget-result"})
    assert "The result is deleted" in text_of(done)
    assert the_title(town, "anxious") not in text_of(done)
    assert town.kept() == []
    after = sent_mail(town.service, town.lesson().id)
    assert before is not None
    assert after is not None
    assert SPOKEN in before.text
    assert SPOKEN not in after.text
    assert "There was no result" in text_of(town.pages.client.post(page, data={"do": "forget-result"}))


def test_its_date_ends_it_and_the_letters_go_on(town: Town) -> None:
    town.join()
    live(town.service, town.time, 3)
    with town.service.db.write() as session:
        session.scalars(select(QuizResult)).one().until = town.service.clock.now() + timedelta(hours=1)
    assert count_old(town.service)["quiz"] == 0
    live(town.service, town.time, 10)
    assert SPOKEN not in town.mail().text  # over, though no sweep has been
    assert count_old(town.service)["quiz"] == 1
    assert Sweeper(town.service).all()["quiz"] == 1
    assert town.kept() == []


def test_what_was_never_confirmed_goes_with_the_sign_up(town: Town) -> None:
    town.join(keep=False)
    town.time.shift(timedelta(hours=2))
    town.ask()  # somebody types her address once more
    assert len(town.kept()) == 1
    town.time.shift(timedelta(days=31))
    Sweeper(town.service).all()
    assert town.kept() == []


def test_erasing_takes_it_and_her_own_copy_has_it(town: Town) -> None:
    lead_id = town.join()
    with town.service.db.read() as session:
        lead = session.get_one(Lead, lead_id)
    data = json.loads(
        zipfile.ZipFile(io.BytesIO(export(town.service, lead, town.service.clock.now()))).read("data.json")
    )
    assert [row["result"] for row in data["quiz"]] == ["anxious"]
    erase_lead(town.service, lead_id, town.service.clock.now())
    assert town.kept() == []


def test_who_stops_the_letters_has_no_result_kept_for_them(town: Town) -> None:
    town.join()
    assert leave(town.service, town.lesson("begin-here").ref, town.service.clock.now(), "page")
    assert town.kept() == []


def test_the_page_of_a_letter_speaks_to_nobodys_result(town: Town) -> None:
    town.join()
    live(town.service, town.time, 10)
    page = town.pages.client.get(f"/r/{town.pages.token(Purpose.WEB_COPY, town.lesson().id)}")
    assert page.status_code == 200
    assert "quiz answers leaned" not in text_of(page)
