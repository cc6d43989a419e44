"""A link in a letter leads to a page with one button: its press agrees to another sequence, and a GET to nothing."""

from __future__ import annotations

from datetime import timedelta

import time_machine
from sqlalchemy import select
from werkzeug.test import TestResponse

from funnel.adapters.memory import MemoryAdapter
from funnel.curriculum.agreeing import begin_text
from funnel.enrolment.enrolment import AGREED
from funnel.insight.followed import FollowedCount, followed_counts
from funnel.links import Purpose, number_of
from funnel.models import Consent, ConsentKind, Delivery, Enrolment, Signup
from funnel.publishing.renaming import rename_sequence
from funnel.subscription.unsubscribe import leave
from funnel.web.app import create_app
from funnel.wiring import Service
from tests.journey.steps import COURSE, LESSONS, ask, join, live, rows, sent, work
from tests.web.conftest import text_of

ADA = "ada@example.org"
WELCOME = ["here-it-is", "what-stayed", "what-readers-find-hard"]


def link(service: Service, name: str = COURSE) -> str:
    """The address in the last letter that Ada was sent."""
    letters = [row for row in rows(service, ADA) if row.kind == "lesson"]
    return f"/begin/{service.links.token(Purpose.BEGIN, letters[-1].ref, number_of(name))}"


def press(service: Service, address: str) -> TestResponse:
    return create_app(service).test_client().post(address)


def look(service: Service, address: str) -> TestResponse:
    return create_app(service).test_client().get(address)


def agreed(service: Service) -> list[Consent]:
    with service.db.read() as session:
        kind = Consent.kind == ConsentKind.CONFIRMED
        return [each for each in session.scalars(select(Consent).where(kind)) if each.detail.get("via") == "agreed"]


def test_the_press_brings_the_course_and_the_get_does_not(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    join(service, ADA, "ebook")
    live(service, time, 6)
    assert service.links.url(link(service)) in outbox.mails[-1].text or "/c/" in outbox.mails[-1].text
    for _ in range(3):  # as a scanner does
        page = look(service, link(service))
    text = begin_text(service.library.sequences[COURSE])
    assert f"With the button you say: “{text}”" in text_of(page)
    live(service, time, 30)
    assert sent(service, "ada") == WELCOME
    assert agreed(service) == []

    answer = press(service, link(service))
    assert "The first mail of “Six weeks with anxious attachment” comes in a few minutes." in text_of(answer)
    assert "You have it already" in text_of(look(service, link(service)))
    press(service, link(service))
    live(service, time, 70)
    assert sent(service, "ada") == [*WELCOME, *LESSONS]
    (said,) = agreed(service)
    assert (said.text, said.sequences, said.offer) == (text, [COURSE], "ebook")
    with service.db.read() as session:
        (signup,) = session.scalars(select(Signup)).all()
        assert session.scalars(select(Enrolment.trigger).order_by(Enrolment.id)).all() == ["confirm", "agreed"]
    assert signup.under_way_at is not None
    assert signup.finished_at is not None
    assert "You have had “Six weeks" in text_of(look(service, link(service)))


def test_while_the_welcome_lasts_the_course_waits_for_its_end(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    join(service, ADA, "ebook")
    live(service, time, 1)
    waits = "“Six weeks with anxious attachment” begins once “Welcome to the e-book” has ended."
    assert waits in text_of(press(service, link(service)))
    assert waits in text_of(look(service, link(service)))
    press(service, link(service))
    assert len(agreed(service)) == 1
    live(service, time, 70)
    assert sent(service, "ada") == [*WELCOME, *LESSONS]
    with service.db.read() as session:
        assert session.scalars(select(Enrolment.trigger).order_by(Enrolment.id)).all() == [
            "confirm",
            "finished:ebook-welcome",
        ]


def test_the_dashboard_counts_who_took_which(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    join(service, ADA, "ebook")
    live(service, time, 6)
    press(service, link(service))
    join(service, "fay@example.org", "ebook", both=True)
    join(service, "cleo@example.org", "ebook")
    ask(service, "ben@example.org", "ebook", both=True)  # never confirms
    with service.db.read() as session:
        found = followed_counts(session, {"ebook": COURSE, "training": COURSE}, AGREED)
    assert found["ebook"] == FollowedCount("ebook", COURSE, with_box=1, by_link=1, neither=1)
    assert found["training"].confirmed == 0


def test_who_has_left_is_told_so_and_nothing_begins(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    join(service, ADA, "ebook")
    live(service, time, 6)
    leave(service, rows(service, ADA)[-1].ref, service.clock.now(), "page")
    assert "You have stopped our mails." in text_of(press(service, link(service)))
    live(service, time, 30)
    assert sent(service, "ada") == WELCOME
    assert agreed(service) == []


def test_the_link_in_a_mail_of_before_a_renaming_still_works(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    join(service, ADA, "ebook")
    live(service, time, 6)
    old = link(service)
    rename_sequence(service, COURSE, "secure-love", "ada", service.clock.now())
    assert "comes in a few minutes" in text_of(press(service, old))
    (said,) = agreed(service)
    assert said.sequences == ["secure-love"]
    assert service.library.offers["ebook"].followed_by == "secure-love"
    letter = service.library.sequences["ebook-welcome"].lessons[-1]
    assert 'begin("secure-love")' in letter.body


def test_a_link_to_no_sequence_opens_nothing(service: Service, outbox: MemoryAdapter) -> None:
    join(service, ADA, "ebook")
    work(service)
    assert look(service, link(service, "no-such-sequence")).status_code == 410
    assert press(service, link(service, "no-such-sequence")).status_code == 410
    assert look(service, "/begin/" + "0" * 40).status_code == 404


def test_a_box_ticked_when_signing_up_again_is_asked_about_by_mail(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    join(service, ADA, "ebook")
    live(service, time, 6)
    ask(service, ADA, "ebook", both=True)  # anybody may have typed the address
    work(service)
    mail = outbox.mails[-1]
    assert "The box for “Six weeks with anxious attachment” was ticked too." in " ".join(mail.text.split())
    with service.db.read() as session:
        newest = session.scalars(select(Delivery).order_by(Delivery.id.desc())).first()
    assert newest is not None
    address = service.links.to(Purpose.BEGIN, newest.ref, number_of(COURSE))
    assert address in mail.text
    assert address in mail.html
    live(service, time, 20)
    assert sent(service, "ada") == WELCOME
    press(service, address.removeprefix(service.settings.site_url))
    time.shift(timedelta(minutes=1))
    work(service)
    assert sent(service, "ada") == [*WELCOME, LESSONS[0]]
