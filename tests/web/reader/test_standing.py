"""Every page of a reader's, in every state she can be in: it says what will really happen, and offers nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from funnel.adapters.memory import MemoryAdapter
from funnel.enrolment.standing import State, standing_of
from funnel.links import Purpose
from funnel.models import Consent, Delivery, Enrolment, EnrolmentState, Lead, LeadState, Signup, SuppressionReason
from funnel.people.suppression import suppress
from funnel.subscription.preferences import pause
from funnel.subscription.signup import confirm
from funnel.subscription.unsubscribe import leave
from funnel.wiring import Service
from tests.journey.steps import ask, live, work
from tests.web.conftest import Pages, on_one_database, text_of

ADA = "ada@example.org"
NEXT = "comes on Monday 11 January 2027."
ALL_HAD = "You have had all of “Six weeks with anxious attachment”"
SIGN_UP_AGAIN = "Sign up again"


@dataclass
class Stage:
    """Ada in one state, and the paths of her pages."""

    pages: Pages
    signup_id: int

    @property
    def lead(self) -> Lead:
        (lead,) = self.pages.rows(Lead)
        assert isinstance(lead, Lead)
        return lead

    def path(self, page: str) -> str:
        mail = max((row.id for row in self.pages.rows(Delivery) if row.lead_id), default=1)
        links = self.pages.service.links
        now = self.pages.service.clock.now()
        return {
            "confirm": f"/confirm/{links.dated_token(Purpose.CONFIRM, self.signup_id, now)}",
            "old confirm": f"/confirm/{links.dated_token(Purpose.CONFIRM, self.signup_id, now - timedelta(days=31))}",
            "leave": f"/u/{links.token(Purpose.UNSUBSCRIBE, mail)}",
            "preferences": f"/p/{links.token(Purpose.PREFERENCES, mail)}",
            "again": f"/again/{links.token(Purpose.AGAIN, self.signup_id)}",
            "book": f"/book/{links.token(Purpose.BOOK, self.lead.id, mail)}",
            "thanks": "/offers/course/thanks",
            "offer": "/offers/course",
        }[page]

    def read(self, page: str) -> str:
        answer = self.pages.client.get(self.path(page))
        assert answer.status_code in (200, 410), page
        return text_of(answer)

    def press(self, page: str, **fields: str) -> str:
        answer = self.pages.client.post(self.path(page), data=fields, follow_redirects=True)
        assert answer.status_code == 200, page
        return text_of(answer)


@pytest.fixture
def bring(
    pages: Pages, service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> Callable[[State], Stage]:
    """Brings Ada, who asked for the course on Monday, into a state."""

    def brought(state: State) -> Stage:
        stage = Stage(pages, ask(service, ADA))
        work(service)
        if state is State.ASKED:
            return stage
        confirm(service, stage.signup_id, service.clock.now())
        work(service)
        time.shift(timedelta(days=1))
        mail = max(row.id for row in pages.rows(Delivery))
        now = service.clock.now()
        if state is State.PAUSED:
            assert pause(service, mail, 2, now)
        elif state is State.FINISHED:
            live(service, time, 60)
        elif state is State.LEFT:
            assert leave(service, mail, now, "page")
        elif state in (State.BOUNCED, State.SUPPRESSED):
            reason = SuppressionReason.BOUNCED if state is State.BOUNCED else SuppressionReason.COMPLAINED
            with service.db.write() as session:
                suppress(session, service.links, ADA, reason, now)
                for enrolment in session.scalars(select(Enrolment)):
                    enrolment.state, enrolment.reason, enrolment.due_at = EnrolmentState.STOPPED, reason, None
        elif state is State.CONFIRMED:
            with service.db.write() as session:
                for enrolment in session.scalars(select(Enrolment)):
                    enrolment.state, enrolment.reason, enrolment.due_at = EnrolmentState.STOPPED, "client", None
        elif state is State.ERASED:
            with service.db.write() as session:
                session.get_one(Lead, 1).state = LeadState.ERASED
        return stage

    return brought


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
        assert pages.client.get(stage.path(page)).status_code == 404
        assert pages.client.post(stage.path(page), data={"do": "pause", "weeks": "2"}).status_code == 404
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
    stage = Stage(pages, ask(service, ADA, offer="ebook"))
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
def test_a_page_that_said_a_mail_was_on_its_way_does_not_say_so_once_nothing_is_sent(
    bring: Callable[[State], Stage], pages: Pages, state: State
) -> None:
    told = text_of(pages.client.get(f"{bring(state).path('preferences')}?done=next"))
    assert "is on its way. It should" not in told


@on_one_database
def test_what_was_said_to_be_saved_is_saved_and_nothing_is_for_who_has_left(bring: Callable[[State], Stage]) -> None:
    stage = bring(State.LEFT)
    said = stage.press("preferences", do="save", tracking="none", discreet="on")
    assert "Saved. This applies" not in said
    assert (stage.lead.tracking, stage.lead.discreet) == (None, False)


def test_after_leaving_signing_up_again_is_one_press_and_a_mail_asks(
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


def test_an_old_confirmation_link_confirms_nobody_who_has_left_but_by_the_button_that_says_so(
    bring: Callable[[State], Stage], pages: Pages, service: Service
) -> None:
    stage = bring(State.LEFT)
    assert "You have stopped our mails" in stage.press("confirm")
    assert stage.lead.state == LeadState.LEFT
    back = stage.press("confirm", **{"comes-back": "yes"})
    assert ["7 mails are still to come", "seven mails are still to come"][1] in back
    assert stage.lead.state == LeadState.CONFIRMED
    consent = pages.rows(Consent)[-1]
    assert (consent.kind, consent.text) == ("confirmed", service.library.offers["course"].consent)


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
def test_every_letter_can_be_read_again(bring: Callable[[State], Stage], pages: Pages) -> None:
    stage = bring(State.FINISHED)
    page = pages.client.get(stage.path("again")).text
    copies = [part.split('"')[0] for part in page.split('href="')[1:] if part.startswith("/r/")]
    assert len(copies) == 8
    for copy in copies:
        assert "Ada" in pages.client.get(copy).text


@on_one_database
def test_a_link_with_something_behind_it_still_stops_and_confirms(
    bring: Callable[[State], Stage], pages: Pages
) -> None:
    stage = bring(State.ASKED)
    for behind in (".", ")", "%20", "%2520", ">", "%E2%80%9D", "%94", "&gt;", "],", "/", "%0A"):
        for page in ("confirm", "leave", "preferences", "again"):
            assert pages.client.get(stage.path(page) + behind).status_code == 200, (page, behind)
    assert pages.client.post(stage.path("confirm") + ")").status_code == 200
    assert stage.lead.state == LeadState.CONFIRMED
    assert pages.client.post(stage.path("leave") + "%20").status_code == 200
    assert stage.lead.state == LeadState.LEFT


@on_one_database
def test_the_first_day_that_is_named_is_the_day_on_which_it_comes(
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
def test_an_offer_that_was_closed_since_is_still_confirmed_but_not_signed_up_for_again(
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
