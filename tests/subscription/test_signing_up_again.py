"""Signing up again: the page is the same for everybody, and the mail says how it stands with who asked."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from funnel.adapters.memory import MemoryAdapter
from funnel.curriculum.agreeing import agreed_text
from funnel.links import Purpose
from funnel.mail import Mail
from funnel.models import Consent, Delivery, Enrolment, Signup
from funnel.subscription.anew import begin_anew
from funnel.subscription.confirming import confirm
from funnel.subscription.preferences import Preferences, pause, save_preferences
from funnel.subscription.signup import ask_again
from funnel.subscription.unsubscribe import leave
from funnel.wiring import Service
from tests.journey.steps import COURSE, ask, join, lessons, live, rows, work
from tests.refs import ref_of

ADA = "ada@example.org"


def said(mail: Mail) -> str:
    return " ".join(mail.text.split())


def header(mail: Mail, name: str) -> str | None:
    return dict(mail.headers).get(name)


def signup_of(service: Service) -> int:
    with service.db.read() as session:
        return session.scalars(select(Signup.id)).one()


def asked_anew(service: Service, outbox: MemoryAdapter, offer: str) -> Mail:
    """What Ada is sent when she fills in the form again."""
    before = len(outbox.mails)
    ask(service, ADA, offer)
    work(service)
    (mail,) = outbox.mails[before:]
    return mail


@pytest.mark.parametrize("offer", ["course", "ebook", "training"])
def test_who_has_finished_may_read_it_again_or_begin_anew(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller, offer: str
) -> None:
    join(service, ADA, offer, both=True)
    live(service, time, 90)
    mail = asked_anew(service, outbox, offer)
    assert "You have had all of “Six weeks with anxious attachment”" in said(mail)
    again = f"/again/{service.links.again_token(ref_of(service, Signup, signup_of(service)), ADA)}"
    assert again in mail.text
    assert again in mail.html
    assert "start over" in said(mail)
    assert "confirm" not in mail.subject


def test_who_is_under_way_is_told_when_the_next_mail_comes(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    join(service, ADA)
    live(service, time, 2)
    mail = asked_anew(service, outbox, "course")
    assert "comes on Monday 11 January 2027." in said(mail)
    pause(service, rows(service, ADA)[-1].id, 2, service.clock.now())
    time.shift(timedelta(minutes=11))
    resting = asked_anew(service, outbox, "course")
    assert "Your mails are paused until Wednesday 20 January 2027." in said(resting)
    assert "comes on Monday 25 January 2027." in said(resting)


def test_the_mail_with_what_was_promised_says_what_comes_next(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    join(service, ADA, "course")
    join(service, ADA, "ebook")
    work(service)
    (asset,) = [mail for mail in outbox.mails if "/download/" in mail.text]
    assert "The first mail of “Six weeks with anxious attachment” comes in a few minutes." in said(asset)
    assert "The first mail of “Welcome to the e-book” comes on Tuesday 5 January 2027." in said(asset)


@pytest.mark.parametrize("offer", ["ebook", "training", "course"])
def test_every_mail_can_be_stopped_by_its_link_with_one_press(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller, offer: str
) -> None:
    join(service, ADA, offer, both=True)
    live(service, time, 1)
    asked_anew(service, outbox, offer)
    live(service, time, 70)
    asked_anew(service, outbox, offer)
    assert len(outbox.mails) > 8
    for mail in outbox.mails:
        stop = service.links.start(Purpose.UNSUBSCRIBE) + service.links.unsubscribe_token(
            ref_of(service, Delivery, int(mail.key)), ADA
        )
        assert stop in mail.text, mail.subject
        assert stop in mail.html, mail.subject
        assert header(mail, "List-Unsubscribe") == f"<{stop}>"
        assert header(mail, "List-Unsubscribe-Post") == "List-Unsubscribe=One-Click"
        if "confirm your address" not in mail.subject:
            assert service.links.to(Purpose.PREFERENCES, ref_of(service, Delivery, int(mail.key))) in mail.text
    assert leave(service, ref_of(service, Delivery, int(outbox.mails[0].key)), service.clock.now(), "one-click")


def test_who_wants_discreet_subjects_gets_them_on_all_mail(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    join(service, ADA, "ebook")
    work(service)
    mail = rows(service, ADA)[-1].id
    save_preferences(service, mail, Preferences(discreet=True), service.clock.now())
    time.shift(timedelta(days=1))
    assert "A calmer heart" not in asked_anew(service, outbox, "ebook").subject


def test_beginning_anew_sends_every_lesson_and_what_follows(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    join(service, ADA, "ebook", both=True)
    live(service, time, 90)
    before = [lesson for lesson, _ in lessons(service, ADA)]
    assert begin_anew(service, signup_of(service), service.clock.now())
    assert not begin_anew(service, signup_of(service), service.clock.now())  # she is under way now
    live(service, time, 90)
    assert [lesson for lesson, _ in lessons(service, ADA)] == before * 2
    with service.db.read() as session:
        enrolments = session.execute(
            select(Enrolment.sequence, Enrolment.round, Enrolment.state).order_by(Enrolment.id)
        )
        assert [tuple(enrolment) for enrolment in enrolments] == [
            ("ebook-welcome", 1, "finished"),
            (COURSE, 1, "finished"),
            ("ebook-welcome", 2, "finished"),
            (COURSE, 2, "finished"),
        ]
        evidence = session.scalars(select(Consent).order_by(Consent.id.desc())).first()
    assert evidence is not None
    assert (evidence.kind, evidence.text, evidence.detail["via"]) == (
        "confirmed",
        agreed_text(
            service.library.offers["ebook"], service.library.practice, service.library.sequences, also={COURSE}
        ),
        "anew",
    )


def test_who_is_under_way_left_or_unconfirmed_cannot_begin_anew(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    signup = ask(service, ADA)
    assert not begin_anew(service, signup, service.clock.now())
    confirm(service, signup, service.clock.now())
    assert not begin_anew(service, signup, service.clock.now())
    live(service, time, 60)
    leave(service, rows(service, ADA)[-1].ref, service.clock.now(), "page")
    assert not begin_anew(service, signup, service.clock.now())
    assert not begin_anew(service, 4711, service.clock.now())


def test_who_left_and_asks_again_within_minutes_gets_her_mail(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    signup = join(service, ADA).signup_id
    work(service)
    leave(service, rows(service, ADA)[-1].ref, service.clock.now(), "page")
    assert ask_again(service, signup, service.clock.now())
    work(service)
    assert "Please confirm" in outbox.mails[-1].subject
    sent = len(outbox.mails)
    assert ask_again(service, signup, service.clock.now())
    work(service)
    assert len(outbox.mails) == sent


def test_who_takes_back_her_asking_is_not_confirmed_by_its_mail(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    signup = join(service, ADA).signup_id
    work(service)
    mail = rows(service, ADA)[-1].id
    leave(service, ref_of(service, Delivery, mail), service.clock.now(), "page")
    time.shift(timedelta(days=1))
    ask(service, ADA)
    leave(service, ref_of(service, Delivery, mail), service.clock.now(), "page")
    work(service)
    assert len(outbox.mails) == 2  # the one that asks again was called back
    assert confirm(service, signup, service.clock.now()) is None


def test_who_says_so_by_the_old_link_comes_back_where_she_was(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    signup = join(service, ADA, "ebook", both=True).signup_id
    live(service, time, 20)  # in the course that follows the welcome
    had = [lesson for lesson, _ in lessons(service, ADA)]
    leave(service, rows(service, ADA)[-1].ref, service.clock.now(), "page")
    live(service, time, 5)
    assert confirm(service, signup, service.clock.now()) is None
    assert confirm(service, signup, service.clock.now(), comes_back=True) is not None
    live(service, time, 60)
    sent = [lesson for lesson, _ in lessons(service, ADA)]
    assert sent[: len(had)] == had
    assert len(sent) == len(set(sent)) == 3 + 8
    with service.db.read() as session:
        assert session.scalars(select(Consent.kind).order_by(Consent.id)).all() == [
            "asked",
            "confirmed",
            "withdrawn",
            "confirmed",
        ]
