"""A reader who takes the quiz again: the newest result counts once she has said so, and she is counted once."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
import time_machine
from sqlalchemy import func, select

from funnel.adapters.memory import MemoryAdapter
from funnel.mail import Mail
from funnel.models import CohortCount, Consent, ConsentKind, Enrolment
from funnel.people.quiz_results import results_of
from funnel.wiring import Service
from tests.journey.steps import live, work
from tests.subscription.town import SPOKEN, Town, own_page
from tests.web.conftest import Pages, text_of
from tests.web.conftest import app as app
from tests.web.conftest import pages as pages


@pytest.fixture
def town(service: Service, pages: Pages, outbox: MemoryAdapter, time: time_machine.Traveller) -> Town:
    return Town(service, pages, outbox, time)


def told(town: Town) -> str:
    """What lessons of the one reader speak to now."""
    now = town.service.clock.now()
    with town.service.db.read() as session:
        leads = list(session.scalars(select(Enrolment.lead_id)))
        return next((kept.result for kept in results_of(session, leads, now).values()), "")


def again(town: Town, anxiety: int, avoidance: int, *, keep: bool = True) -> Mail:
    """Takes the quiz once more, in a day; the mail that answers."""
    town.time.shift(timedelta(days=1))
    town.ask(keep=keep, result=town.carried(anxiety, avoidance))
    return town.outbox.mails[-1]


def button(mail: Mail) -> str:
    found = re.search(r'href="https://letters\.example\.org(/confirm/[^"]+)"', mail.html)
    assert found, mail.text
    assert found[1] in mail.text
    return unescape(found[1])


def counts(town: Town) -> dict[str, int]:
    with town.service.db.read() as session:
        rows = session.execute(
            select(CohortCount.stage, func.sum(CohortCount.n))
            .where(CohortCount.offer == "quiz", CohortCount.dimension == "")
            .group_by("stage")
        )
        return {stage: int(n) for stage, n in rows}


def test_the_newest_result_counts_for_the_lessons_that_are_still_to_come(town: Town) -> None:
    town.join(anxiety=1, avoidance=5)
    mail = again(town, 5, 1)
    assert told(town) == "avoidant"  # anybody may have typed her address
    page = town.pages.client.get(button(mail))
    assert "You took the quiz again" in text_of(page)
    assert told(town) == "avoidant"
    done = town.pages.client.post(button(mail))
    assert "Your letters go by it now" in text_of(done)
    assert told(town) == "anxious"
    live(town.service, town.time, 10)
    assert SPOKEN in town.mail().text


def test_a_press_more_or_on_an_older_mail_changes_nothing(town: Town) -> None:
    town.join(anxiety=1, avoidance=5)
    first = town.outbox.mails[0]
    second, third = again(town, 5, 1), again(town, 1, 1)
    town.pages.client.post(button(third))
    for mail in (third, second, first, third):
        assert "You took the quiz again" not in text_of(town.pages.client.get(button(mail)))
        town.pages.client.post(button(mail))
        assert told(town) == "secure"
    assert len([consent for consent in town.pages.rows(Consent) if consent.kind == ConsentKind.CONFIRMED]) == 2


@pytest.mark.parametrize(("anxiety", "keep"), [(5, False), (3, True)], ids=["refused", "between"])
def test_an_earlier_result_counts_no_longer_where_nothing_of_the_newest_is_kept(
    town: Town, anxiety: int, keep: bool
) -> None:
    town.join()
    mail = again(town, anxiety, 1, keep=keep)
    assert "Of this time, nothing is kept" in text_of(town.pages.client.get(button(mail)))
    assert told(town) == "anxious"
    town.pages.client.post(button(mail))
    assert told(town) == ""
    live(town.service, town.time, 10)
    assert "quiz answers leaned" not in town.mail().text


def test_who_kept_nothing_the_first_time_may_keep_it_the_second(town: Town) -> None:
    town.join(keep=False)
    town.pages.client.post(button(again(town, 5, 1)))
    assert told(town) == "anxious"


def test_nothing_new_to_say_is_not_asked(town: Town) -> None:
    town.join(keep=False)
    mail = again(town, 5, 1, keep=False)
    assert "/confirm/" not in mail.html + mail.text


def test_of_a_quiz_taken_minutes_after_the_press_she_has_a_mail_too(town: Town) -> None:
    town.join(anxiety=1, avoidance=5)
    town.time.shift(timedelta(minutes=1))
    town.ask(result=town.carried(5, 1))
    town.pages.client.post(button(town.outbox.mails[-1]))
    assert told(town) == "anxious"
    mails = len(town.outbox.mails)
    for _ in range(3):
        town.ask(result=town.carried(1, 1))
    assert len(town.outbox.mails) == mails + 1


def test_two_takings_that_share_a_mail_and_differ_are_nobodys(town: Town) -> None:
    town.join()
    town.time.shift(timedelta(days=1))
    town.ask(result=town.carried(1, 5))
    town.ask(result=town.carried(1, 1))
    town.pages.client.post(button(town.outbox.mails[-1]))
    assert told(town) == "anxious"


def test_what_she_deleted_in_her_room_no_older_mail_brings_back(town: Town) -> None:
    lead_id = town.join()
    mail = again(town, 1, 5)
    town.pages.client.post(own_page(town, lead_id), data={"do": "forget-result"})
    town.pages.client.post(button(mail))
    assert told(town) == ""
    assert town.kept() == []


def test_who_takes_it_twice_is_one_signup_and_one_confirmed(town: Town) -> None:
    town.join()
    once = counts(town)
    town.pages.client.post(button(again(town, 1, 5)))
    work(town.service)
    assert {stage: n for stage, n in counts(town).items() if n != once.get(stage)} == {}
    assert (once["signups"], once["confirmed"]) == (1, 1)


def test_a_quiz_of_another_page_goes_the_usual_way_and_replaces_the_result(town: Town) -> None:
    """Who confirmed for the course first has one mail that asks, and her quiz counts with it."""
    assert town.pages.sign_up("course", email="ada@example.org").status_code == 303
    work(town.service)
    town.press()
    town.time.shift(timedelta(days=1))
    town.ask()
    town.press()
    assert told(town) == "anxious"
