"""After leaving, finishing or an old link: what a press does, and what can be opened again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine

from funnel.adapters.memory import MemoryAdapter
from funnel.curriculum.agreeing import agreed_text
from funnel.enrolment.standing import State, standing_of
from funnel.models import Consent, Enrolment, LeadState, Signup
from funnel.wiring import Service
from tests.journey.steps import work
from tests.web.conftest import Pages, on_one_database
from tests.web.reader.conftest import Stage

NEXT = "comes on Monday 11 January 2027."
ALL_HAD = "You have had all of “Six weeks with anxious attachment”"
SIGN_UP_AGAIN = "Sign up again"


def test_after_leaving_one_press_signs_up_again_and_a_mail_asks(
    bring: Callable[[State], Stage], pages: Pages, service: Service, outbox: MemoryAdapter
) -> None:
    stage = bring(State.UNDER_WAY)
    done = stage.press("leave")
    assert "no more mails" in done
    assert SIGN_UP_AGAIN in done
    assert service.library.offers["course"].consent in done
    sent = len(outbox.mails)
    answer = stage.press("again", do="ask")
    assert "button that signs you up again" in answer
    assert stage.lead.state == LeadState.LEFT  # nothing is sent but the mail that asks
    work(service)
    assert [mail.subject for mail in outbox.mails[sent:]] == ["Please confirm your address"]
    assert "You are" not in stage.press("confirm")
    assert stage.lead.state == LeadState.CONFIRMED
    assert [consent.kind for consent in pages.rows(Consent)] == [
        "asked", "confirmed", "withdrawn", "asked", "confirmed",
    ]  # fmt: skip


def test_who_has_left_returns_only_by_the_button_that_says_so(
    bring: Callable[[State], Stage], pages: Pages, service: Service
) -> None:
    stage = bring(State.LEFT)
    shown = stage.press("confirm")
    assert "You have stopped our mails" in shown
    assert stage.lead.state == LeadState.LEFT
    back = stage.press("confirm", **{"comes-back": "yes"})
    assert ["7 mails are still to come", "seven mails are still to come"][1] in back
    assert stage.lead.state == LeadState.CONFIRMED
    consent = pages.rows(Consent)[-1]
    now_agreed = agreed_text(service.library.offers["course"], service.library.practice, service.library.sequences)
    assert (consent.kind, consent.text) == ("confirmed", now_agreed)
    assert now_agreed in shown


def test_beginning_anew_is_one_press_and_harmless_when_repeated(
    bring: Callable[[State], Stage], pages: Pages, service: Service, outbox: MemoryAdapter
) -> None:
    stage = bring(State.FINISHED)
    sent = len(outbox.mails)
    assert "in a few minutes" in stage.press("again", do="anew")
    stage.press("again", do="anew")
    work(service)
    assert len(outbox.mails) == sent + 1
    assert [enrolment.round for enrolment in pages.rows(Enrolment)] == [1, 2]
    assert pages.client.post(stage.path("again"), data={"do": "erase"}).status_code == 400


@on_one_database
def test_what_she_had_is_listed_and_a_fresh_link_is_mailed_to_read_it(
    bring: Callable[[State], Stage], pages: Pages, service: Service, outbox: MemoryAdapter
) -> None:
    stage = bring(State.FINISHED)
    page = pages.client.get(stage.path("again")).text
    assert page.count("<li>") >= 8
    assert "/r/" not in page  # whoever the mail was passed on to can get here
    assert "on its way to your address" in stage.press("again", do="read")
    work(service)
    assert "Your data" in outbox.mails[-1].subject


@on_one_database
def test_a_link_with_something_after_it_still_works(bring: Callable[[State], Stage], pages: Pages) -> None:
    stage = bring(State.ASKED)
    for behind in (".", ")", "%20", "%2520", ">", "%E2%80%9D", "%94", "&gt;", "],", "/", "%0A"):
        for page in ("confirm", "leave", "preferences", "again"):
            assert pages.client.get(stage.path(page) + behind).status_code == 200, (page, behind)
    assert pages.client.post(stage.path("confirm") + ")").status_code == 200
    assert stage.lead.state == LeadState.CONFIRMED
    assert pages.client.post(stage.path("leave") + "%20").status_code == 200
    assert stage.lead.state == LeadState.LEFT


@on_one_database
def test_the_next_mail_comes_when_the_page_said(
    bring: Callable[[State], Stage], service: Service, pages: Pages, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    stage = bring(State.PAUSED)
    with service.db.read() as session:
        found = standing_of(service, session.get_one(Signup, stage.signup_id), service.clock.now())
    assert found.next is not None
    sent = len(outbox.mails)
    assert found.next.at is not None
    time.move_to(found.next.at - timedelta(minutes=1))
    work(service)
    assert len(outbox.mails) == sent
    time.move_to(found.next.at)
    work(service)
    assert len(outbox.mails) == sent + 1


@on_one_database
def test_a_closed_offer_still_confirms_but_takes_no_new_sign_up(
    bring: Callable[[State], Stage], service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = bring(State.ASKED)
    library = service.library
    closed = replace(library, offers={**library.offers, "course": replace(library.offers["course"], open=False)})
    monkeypatch.setattr(type(service), "library", property(lambda _: closed))
    assert "Yes, this is my address" in stage.read("confirm")
    assert "Eight mails over seven weeks, the first one in a few minutes." in stage.press("confirm")
    assert stage.lead.state == LeadState.CONFIRMED
    assert SIGN_UP_AGAIN not in stage.press("leave")
    assert "Yes, sign me up again" not in stage.read("confirm")
