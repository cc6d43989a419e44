"""What stands on a locked screen says nothing of the topic before she has confirmed, nor where she chose so."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from funnel.adapters.memory import MemoryAdapter
from funnel.links import Purpose
from funnel.mail import Mail
from funnel.models import Lead, Signup
from funnel.people.askings import AskingRef
from funnel.publishing.publish import publish
from funnel.subscription.confirming import confirm
from funnel.subscription.signup import SignupRequest, ask_again, sign_up
from funnel.web.app import create_app
from funnel.wiring import Service
from tests.journey.steps import work
from tests.web.conftest import Pages

BEN = "ben@example.org"
LATER = timedelta(minutes=61)  # so that asking again brings a mail of its own
TOPIC = re.compile(
    r"anxi|attach|heart|love|grie|relation|therap|practice|course|training|e-?book|quiz|six weeks|letters? from", re.I
)


@pytest.fixture
def quiet(service: Service, outbox: MemoryAdapter) -> Service:
    """A practice whose name tells, with a sender that does not."""
    practice = replace(
        service.library.practice, name="Calm Attachment", sender="Calm Attachment", sender_discreet="Anna"
    )
    quiet = service.as_if(replace(service.library, practice=practice))
    publish(quiet, quiet.library, "tests", service.clock.now())
    quiet.channel.use(outbox)
    return quiet


def ask(service: Service, offer: str = "course", *, discreet: bool = False, name: str = "Ben") -> int:
    sign_up(service, SignupRequest(offer, BEN, name, None, consent=True, discreet=discreet), service.clock.now())
    work(service)
    with service.db.read() as session:
        return session.scalars(select(Signup.id).where(Signup.offer == offer)).one()


def on_the_screen(mail: Mail) -> str:
    """Sender, subject and what mail programs show after it, down to where the letter begins."""
    shown = re.search(r'class="preheader"[^>]*>([^<]*)<', mail.html)
    assert shown is not None
    return f"{mail.sender.name} <{mail.sender.address}> {mail.subject} {shown[1]}"


def ticked(service: Service) -> bool:
    with service.db.read() as session:
        return session.scalars(select(Lead.discreet)).one()


@pytest.mark.parametrize("offer", ["course", "ebook", "training", "quiz"])
def test_no_mail_before_she_confirms_names_the_topic(
    quiet: Service, outbox: MemoryAdapter, time: time_machine.Traveller, offer: str
) -> None:
    number = ask(quiet, offer)
    time.shift(LATER)
    ask(quiet, offer)
    time.shift(timedelta(days=2))
    assert ask_again(quiet, number, quiet.clock.now())
    work(quiet)
    assert len(outbox.mails) == 3
    for mail in outbox.mails:
        assert TOPIC.search(on_the_screen(mail)) is None, on_the_screen(mail)
        assert mail.sender.name == "Anna"


def test_what_comes_after_speaks_openly_unless_the_box_was_ticked(quiet: Service, outbox: MemoryAdapter) -> None:
    confirm(quiet, ask(quiet, "ebook"), quiet.clock.now())
    work(quiet)
    assert outbox.mails[-1].sender.name == "Calm Attachment"
    assert not ticked(quiet)


@pytest.mark.parametrize("offer", ["course", "ebook", "training"])
def test_with_the_box_all_that_comes_says_nothing(quiet: Service, outbox: MemoryAdapter, offer: str) -> None:
    confirm(quiet, ask(quiet, offer, discreet=True), quiet.clock.now())
    work(quiet)
    assert ticked(quiet)
    assert len(outbox.mails) > 1
    for mail in outbox.mails:
        assert TOPIC.search(on_the_screen(mail)) is None, on_the_screen(mail)


def test_a_discreet_lesson_without_a_subject_of_its_own_names_the_discreet_sender(
    quiet: Service, outbox: MemoryAdapter
) -> None:
    course = quiet.library.sequences["anxious-attachment"]
    bare = replace(course, lessons=tuple(replace(each, subject_discreet=None) for each in course.lessons))
    sequences = {**quiet.library.sequences, bare.slug: bare}
    publish(quiet, replace(quiet.library, sequences=sequences), "tests", quiet.clock.now())
    confirm(quiet, ask(quiet, discreet=True), quiet.clock.now())
    work(quiet)
    assert outbox.mails[-1].subject == "A letter from Anna"


def test_nor_does_it_name_a_practice_whose_sender_alone_says_nothing(service: Service, outbox: MemoryAdapter) -> None:
    practice = replace(service.library.practice, name="Calm Attachment", sender="Anna", sender_discreet="")
    course = service.library.sequences["anxious-attachment"]
    bare = replace(course, lessons=tuple(replace(each, subject_discreet=None) for each in course.lessons))
    sequences = {**service.library.sequences, bare.slug: bare}
    publish(service, replace(service.library, practice=practice, sequences=sequences), "tests", service.clock.now())
    confirm(service, ask(service, discreet=True), service.clock.now())
    work(service)
    assert outbox.mails[-1].subject == "A letter from Anna"


def test_nothing_of_the_box_counts_before_she_confirms_and_nobody_else_takes_it_back(quiet: Service) -> None:
    number = ask(quiet, discreet=True)
    ask(quiet, name="Somebody else")  # within minutes: one mail goes for both
    assert not ticked(quiet)
    confirm(quiet, number, quiet.clock.now(), asked=AskingRef(1, quiet.clock.now()))
    assert ticked(quiet)


def test_asked_again_by_a_link_the_box_is_still_ticked(quiet: Service, time: time_machine.Traveller) -> None:
    number = ask(quiet, discreet=True)
    time.shift(timedelta(days=40))
    assert ask_again(quiet, number, quiet.clock.now())
    confirm(quiet, number, quiet.clock.now())
    assert ticked(quiet)


@pytest.fixture
def pages(quiet: Service) -> Pages:
    return Pages(create_app(quiet).test_client(use_cookies=False), quiet)


def test_form_and_program_carry_the_box(pages: Pages) -> None:
    assert 'name="discreet"' in pages.fetch("/offers/ebook").text
    pages.sign_up(email=BEN, discreet="on")
    said = {"email": "cleo@example.org", "consent": True, "discreet": True}
    assert pages.send_json(said).status_code == 202
    assert pages.send_json({**said, "email": "dan@example.org", "discreet": False}).status_code == 202
    signups: list[Signup] = pages.rows(Signup)
    for each in signups:
        confirm(pages.service, each.id, pages.service.clock.now())
    leads: list[Lead] = pages.rows(Lead)
    assert {lead.email: lead.discreet for lead in leads} == {
        BEN: True, "cleo@example.org": True, "dan@example.org": False,
    }  # fmt: skip


def test_a_program_is_told_what_the_box_takes(pages: Pages) -> None:
    answer = pages.send_json({"email": BEN, "consent": True, "discreet": 3})
    assert answer.status_code == 422
    assert "true" in answer.json["errors"]["discreet"]  # type: ignore[index]


def test_what_she_saves_says_nothing_either(pages: Pages) -> None:
    for discreet, name in ((False, "A calmer heart.pdf"), (True, "Document.pdf")):
        number = ask(pages.service, "ebook", discreet=discreet)
        confirm(pages.service, number, pages.service.clock.now())
        with pages.service.db.write() as session:
            session.scalars(select(Lead)).one().discreet = discreet
        answer = pages.fetch(f"/download/{pages.dated(Purpose.DOWNLOAD, number)}")
        assert name in answer.headers["Content-Disposition"]
