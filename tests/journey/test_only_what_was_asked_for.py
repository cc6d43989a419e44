"""Only what she asked for: an offer brings its own mails, and what may follow comes to who agreed to it."""

from __future__ import annotations

from datetime import timedelta

import time_machine
from sqlalchemy import select

from funnel.adapters.memory import MemoryAdapter
from funnel.enrolment.standing import State, standing
from funnel.models import Consent, ConsentKind, Enrolment, Lead, Signup
from funnel.people.agreements import agreed_to
from funnel.subscription.confirming import confirm
from funnel.subscription.signup import ask_again
from funnel.subscription.unsubscribe import leave
from funnel.wiring import Service
from tests.journey.steps import COURSE, LESSONS, ask, join, lessons, live, rows

ADA = "ada@example.org"
WELCOME = ["here-it-is", "what-stayed", "what-readers-find-hard"]


def had(service: Service, email: str = ADA) -> list[str]:
    return [lesson for lesson, _ in lessons(service, email)]


def consents(service: Service, kind: ConsentKind) -> list[Consent]:
    with service.db.read() as session:
        return list(session.scalars(select(Consent).where(Consent.kind == kind).order_by(Consent.id)))


def test_the_ebook_alone_brings_its_mails_and_no_lesson(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    join(service, ADA, "ebook")
    live(service, time, 56)
    assert had(service) == WELCOME
    (said,) = consents(service, ConsentKind.CONFIRMED)
    assert said.sequences == ["ebook-welcome"]
    assert "Three mails over five days, the first one at once." in said.text
    assert "Six weeks" not in said.text
    with service.db.read() as session:
        (signup,) = session.scalars(select(Signup)).all()
        found = standing(session, service, signup, service.clock.now())
    assert (found.state, found.title) == (State.FINISHED, "Welcome to the e-book")
    assert (signup.under_way_at, signup.finished_at) == (None, None)  # both are about the course


def test_the_second_box_brings_the_course(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    join(service, ADA, "ebook", both=True)
    live(service, time, 70)
    assert had(service) == [*WELCOME, *LESSONS]
    (asked,), (said,) = consents(service, ConsentKind.ASKED), consents(service, ConsentKind.CONFIRMED)
    assert asked.text == said.text
    assert asked.sequences == said.sequences == [COURSE, "ebook-welcome"]
    box = "“Six weeks with anxious attachment”: eight mails over seven weeks."
    assert f"Ticked: “{service.library.offers['ebook'].followed_by_consent} {box}”" in said.text


def test_two_askings_in_one_mail_agree_to_what_both_ticked(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    ask(service, ADA, "ebook", both=True)
    join(service, ADA, "ebook")
    live(service, time, 56)
    assert had(service) == WELCOME


def test_who_comes_back_goes_on_with_what_she_had_agreed_to(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    signup = join(service, ADA, "ebook", both=True).signup_id
    live(service, time, 20)
    leave(service, rows(service, ADA)[-1].ref, service.clock.now(), "page")
    with service.db.read() as session:
        assert agreed_to(session, session.scalars(select(Lead.id)).one()) == frozenset()
    time.shift(timedelta(days=1))
    assert ask_again(service, signup, service.clock.now())
    assert confirm(service, signup, service.clock.now()) is not None
    assert "“Six weeks with anxious attachment”: eight mails" in consents(service, ConsentKind.CONFIRMED)[-1].text
    live(service, time, 70)
    assert had(service) == [*WELCOME, *LESSONS]


def test_who_signs_up_anew_without_the_box_is_sent_no_course(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    join(service, ADA, "ebook", both=True)
    live(service, time, 20)
    before = had(service)
    leave(service, rows(service, ADA)[-1].ref, service.clock.now(), "page")
    time.shift(timedelta(days=1))
    join(service, ADA, "ebook")
    live(service, time, 70)
    assert had(service) == before
    with service.db.read() as session:
        states = dict(session.execute(select(Enrolment.sequence, Enrolment.reason)).all())
    assert states[COURSE] == "left"
