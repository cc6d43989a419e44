"""Every page of a reader's, in every state she can be in: it says what will really happen, and offers nothing else."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import time_machine

from funnel.adapters.memory import MemoryAdapter
from funnel.enrolment.standing import State, standing_of
from funnel.wiring import Service
from tests.journey.steps import ask, live
from tests.web.conftest import Pages, on_one_database, text_of
from tests.web.reader.conftest import ADA, Stage

NEXT = "comes on Monday 11 January 2027."
ALL_HAD = "You have had all of “Six weeks with anxious attachment”"
SIGN_UP_AGAIN = "Sign up again"


STATES = [state for state in State if state not in (State.NEW, State.ERASED)]
# What each page says in each state, and what it must not say. `*` is every other state.
SAYS: dict[str, dict[State | str, tuple[list[str], list[str]]]] = {
    "confirm": {
        State.ASKED: (["Yes, this is my address", "Nothing will be sent"], ["is confirmed"]),
        State.UNDER_WAY: (["Your address is confirmed", NEXT], ["Yes, this is my address", SIGN_UP_AGAIN]),
        State.PAUSED: (["Your mails are paused until Tuesday 19 January 2027.", "Monday 25 January 2027"], []),
        State.FINISHED: (["Your address is confirmed", ALL_HAD, "start over"], []),
        State.CONFIRMED: (["Your address is confirmed", "No more mails are on their way"], []),
        State.LEFT: (
            ["You have stopped our mails", "Tuesday 5 January 2027", "Yes, sign me up again", "six-week course"],
            ["is confirmed", "Yes, this is my address"],
        ),
        "*": (["We do not write to this address any more", "Write to us|another address"], ["Yes, this is my address"]),
    },
    "old confirm": {
        State.ASKED: (["has expired", "Ask for a new link"], []),
        State.LEFT: (["You have stopped our mails", SIGN_UP_AGAIN], ["is confirmed"]),
        State.BOUNCED: (["We do not write to this address any more"], []),
        State.SUPPRESSED: (["We do not write to this address any more"], []),
        "*": (["Your address is confirmed"], ["has expired"]),
    },
    "leave": {
        State.UNDER_WAY: (["Stop all mails", "Pause for two weeks"], [SIGN_UP_AGAIN]),
        State.PAUSED: (["Stop all mails", "Your mails are paused until"], ["Pause for two weeks"]),
        State.FINISHED: (["Stop all mails", ALL_HAD], ["Pause for two weeks"]),
        State.CONFIRMED: (["Stop all mails", "No more mails are on their way"], ["Pause for two weeks"]),
        State.ASKED: (["Stop all mails", "Nothing comes unless you confirm"], ["Pause for two weeks"]),
        State.LEFT: (["You have already stopped these mails", SIGN_UP_AGAIN], ["Stop all mails", "Pause"]),
        "*": (["Stop all mails", "do not write to this address"], ["Pause for two weeks"]),
    },
    "preferences": {
        State.UNDER_WAY: (["Two weeks", "Send me the next one", NEXT], ["Go on now"]),
        State.PAUSED: (["Go on now", "Tuesday 19 January 2027"], ["Two weeks"]),
        State.FINISHED: ([ALL_HAD, "start over", "Discreet subjects"], ["Two weeks", "Send me the next one"]),
        State.CONFIRMED: (["No more mails are on their way"], ["Two weeks", "Send me the next one"]),
        State.ASKED: (["Nothing is sent until you press the button"], ["Two weeks", "Send me the next one"]),
        State.LEFT: (["You have stopped our mails", SIGN_UP_AGAIN], ["Two weeks", "Discreet subjects", "Save"]),
        "*": (["do not write to this address"], ["Two weeks", "Discreet subjects", SIGN_UP_AGAIN]),
    },
    "again": {
        State.ASKED: (["Nothing is sent until", SIGN_UP_AGAIN, "No letters yet"], ["Start over"]),
        State.UNDER_WAY: ([NEXT, "Welcome"], ["Start over", SIGN_UP_AGAIN]),
        State.PAUSED: (["Your mails are paused until"], ["Start over", SIGN_UP_AGAIN]),
        State.FINISHED: ([ALL_HAD, "Start over", "Six weeks with anxious attachment"], [SIGN_UP_AGAIN]),
        State.CONFIRMED: (["No more mails are on their way"], ["Start over"]),
        State.LEFT: (["You have stopped our mails", SIGN_UP_AGAIN], ["Start over"]),
        "*": (["do not write to this address", "another address"], ["Start over", SIGN_UP_AGAIN]),
    },
    "book": {"*": (["A first conversation"], [])},
    "thanks": {"*": (["Please check your inbox", "the mail says where you are"], [NEXT, ALL_HAD, "stopped"])},
    "offer": {"*": (["Eight mails over seven weeks, the first one at once."], [NEXT, ALL_HAD, "stopped"])},
}


@on_one_database
@pytest.mark.parametrize("state", STATES)
def test_every_page_says_what_will_happen_in_every_state(
    bring: Callable[[State], Stage], service: Service, state: State
) -> None:
    stage = bring(state)
    assert standing_of(service, stage.lead, service.clock.now()).state is state
    for page, says in SAYS.items():
        shown = stage.read(page)
        there, not_there = says.get(state) or says["*"]
        for words in there:
            assert any(each in shown for each in words.split("|")), (page, words, shown)
        for words in not_there:
            assert words not in shown, (page, words, shown)


@on_one_database
def test_of_who_was_erased_no_page_of_hers_is_left(bring: Callable[[State], Stage], pages: Pages) -> None:
    stage = bring(State.ERASED)
    for page in ("confirm", "old confirm", "preferences", "again", "book"):
        assert pages.client.get(stage.path(page)).status_code in (404, 410)
        assert pages.client.post(stage.path(page), data={"do": "pause", "weeks": "2"}).status_code in (404, 410)
    assert pages.client.post(stage.path("leave")).status_code == 200


@on_one_database
def test_the_thank_you_page_is_the_same_for_everybody(
    pages: Pages, outbox: MemoryAdapter, bring: Callable[[State], Stage]
) -> None:
    bring(State.FINISHED)
    known = pages.client.post("/offers/course/signup", data={"email": ADA, "consent": "on"}, follow_redirects=True)
    new = pages.client.post(
        "/offers/course/signup", data={"email": "ben@example.org", "consent": "on"}, follow_redirects=True
    )
    assert known.text == new.text
    assert text_of(pages.client.get("/offers/course/thanks")) == text_of(new)


@on_one_database
def test_what_follows_is_told_behind_what_it_follows(
    pages: Pages, service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    stage = Stage(pages, ask(service, ADA, offer="ebook", both=True))
    stage.press("confirm")
    live(service, time, 1)
    assert (
        "“Welcome to the e-book”: two mails are still to come, the next one on Wednesday 6 January 2027. "
        "After that, “Six weeks with anxious attachment”: eight mails over seven weeks."
    ) in stage.press("confirm")


@on_one_database
@pytest.mark.parametrize("state", [State.LEFT, State.FINISHED, State.BOUNCED, State.SUPPRESSED, State.ASKED])
def test_a_rest_of_what_is_not_under_way_is_not_promised(
    bring: Callable[[State], Stage], pages: Pages, state: State
) -> None:
    stage = bring(state)
    for fields in ({"do": "pause", "weeks": "2"}, {"do": "resume"}, {"do": "next"}):
        answer = stage.press("preferences", **fields)
        assert "continue by themselves" not in answer
        assert "Your mails continue." not in answer
        assert "is on its way. It should" not in answer
        assert stage.lead.paused_until is None
    told = pages.client.get(f"{stage.path('preferences')}?done=paused")
    assert "continue by themselves" not in text_of(told)


@on_one_database
@pytest.mark.parametrize("state", [State.LEFT, State.BOUNCED, State.SUPPRESSED])
def test_no_page_says_a_mail_is_on_its_way_when_none_is(
    bring: Callable[[State], Stage], pages: Pages, state: State
) -> None:
    told = text_of(pages.client.get(f"{bring(state).path('preferences')}?done=next"))
    assert "is on its way. It should" not in told


@on_one_database
def test_nothing_is_saved_for_who_has_left(bring: Callable[[State], Stage]) -> None:
    stage = bring(State.LEFT)
    said = stage.press("preferences", do="save", tracking="none", discreet="on")
    assert "Saved. This applies" not in said
    assert (stage.lead.tracking, stage.lead.discreet) == (None, False)
