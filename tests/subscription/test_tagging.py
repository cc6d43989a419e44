"""A tag starts a sequence for who agreed to it, and ends another; what stands on a reader is written down."""

from __future__ import annotations

from dataclasses import replace

import pytest
import time_machine
from sqlalchemy import select

from funnel.adapters.memory import MemoryAdapter
from funnel.models import Consent, Enrolment, Lead, Tagging
from funnel.privacy.erase import erase_lead
from funnel.publishing.publish import publish
from funnel.subscription.confirming import confirm
from funnel.subscription.manual import mark_client
from funnel.subscription.tagging import TagChange, TagWish, set_tags
from funnel.subscription.unsubscribe import leave
from funnel.wiring import Service
from tests.journey.steps import COURSE, LESSONS, ask, join, live, rows, sent, work

ADA, WELCOME = "ada@example.org", "ebook-welcome"


@pytest.fixture
def tagged(service: Service) -> Service:
    """The course starts by the tag `evening` too, and the e-book's welcome ends by `moved-on`."""
    sequences = service.library.sequences
    course = replace(sequences[COURSE], start_on=(*sequences[COURSE].start_on, "tag:evening"))
    welcome = replace(sequences[WELCOME], stop_when=("tag:moved-on",))
    changed = replace(service.library, sequences={**sequences, COURSE: course, WELCOME: welcome})
    publish(service, changed, "ada", service.clock.now())
    return service


def put(service: Service, *tags: str, agreed: str = "") -> TagChange:
    return set_tags(service, ADA, TagWish(tags, by="owner", agreed=agreed), service.clock.now())


def take(service: Service, *tags: str) -> TagChange:
    return set_tags(service, ADA, TagWish(remove=tags, by="owner"), service.clock.now())


def test_a_tag_starts_at_once_what_she_agreed_to(
    tagged: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    join(tagged, ADA, "ebook", both=True)
    live(tagged, time, 1.5)
    assert put(tagged, "evening") == TagChange(("evening",), began=(COURSE,))
    work(tagged)
    assert sent(tagged, "ada")[-1] == LESSONS[0]
    assert put(tagged, "evening") == TagChange(("evening",))
    take(tagged, "evening")
    again = put(tagged, "evening")
    assert (again.began, again.not_begun) == ((), ((COURSE, "she has had it before"),))
    with tagged.db.read() as session:
        course = Enrolment.sequence == COURSE
        assert session.scalars(select(Enrolment.trigger).where(course)).all() == ["tag:evening"]


def test_who_has_not_agreed_is_started_on_nothing_unless_she_said_so(tagged: Service, outbox: MemoryAdapter) -> None:
    join(tagged, ADA, "ebook")
    assert put(tagged, "evening").not_begun == ((COURSE, "she has not agreed to it"),)
    take(tagged, "evening")
    assert put(tagged, "evening", agreed="She said so by telephone on 4 January.").began == (COURSE,)
    with tagged.db.read() as session:
        kept = session.scalars(select(Consent).order_by(Consent.id.desc())).first()
    assert kept is not None
    assert (kept.text, kept.sequences) == ("She said so by telephone on 4 January.", [COURSE])


def test_who_has_not_confirmed_or_has_left_is_started_on_nothing(tagged: Service, outbox: MemoryAdapter) -> None:
    ask(tagged, ADA)
    assert put(tagged, "evening").not_begun == ((COURSE, "she is not written to: not confirmed"),)
    take(tagged, "evening")
    join(tagged, ADA, "ebook", both=True)
    work(tagged)
    leave(tagged, rows(tagged, ADA)[-1].ref, tagged.clock.now(), "page")
    assert put(tagged, "evening", agreed="She agreed.").not_begun == ((COURSE, "she is not written to: left"),)


def test_a_tag_from_before_starts_it_once_she_agrees(tagged: Service, outbox: MemoryAdapter) -> None:
    asked = ask(tagged, ADA, "ebook", both=True)
    assert put(tagged, "evening").not_begun == ((COURSE, "she is not written to: not confirmed"),)
    for _ in range(2):
        confirm(tagged, asked, tagged.clock.now())
    with tagged.db.read() as session:
        course = Enrolment.sequence == COURSE
        assert session.scalars(select(Enrolment.trigger).where(course)).all() == ["tag:evening"]


def test_a_tag_from_before_starts_nothing_she_did_not_ask_for(tagged: Service, outbox: MemoryAdapter) -> None:
    asked = ask(tagged, ADA, "ebook")
    put(tagged, "evening")
    confirm(tagged, asked, tagged.clock.now())
    with tagged.db.read() as session:
        assert session.scalars(select(Enrolment.sequence)).all() == [WELCOME]


def test_a_tag_ends_kindly_what_says_so(tagged: Service, outbox: MemoryAdapter, time: time_machine.Traveller) -> None:
    join(tagged, ADA, "ebook")
    work(tagged)
    assert put(tagged, "moved-on") == TagChange(("moved-on",), ended=(WELCOME,))
    live(tagged, time, 30)
    assert sent(tagged, "ada") == ["here-it-is"]
    with tagged.db.read() as session:
        assert session.scalars(select(Enrolment.reason)).all() == ["tag:moved-on"]


def test_the_tag_of_a_client_ends_what_ends_for_clients(service: Service, outbox: MemoryAdapter) -> None:
    join(service, ADA)
    assert put(service, "client").ended == (COURSE,)
    assert mark_client(service, ADA, service.clock.now()) == 0
    with service.db.read() as session:
        assert session.scalars(select(Enrolment.reason)).all() == ["client"]


def test_each_tag_is_written_down_with_when_and_by_whom(service: Service, outbox: MemoryAdapter) -> None:
    join(service, ADA)
    assert put(service, "evening", "group:spring").tags == ("evening", "group:spring")
    assert take(service, "group:spring", "unknown").tags == ("evening",)
    now = service.clock.now()
    with service.db.read() as session:
        kept = session.scalars(select(Tagging).order_by(Tagging.id)).all()
        number = session.scalars(select(Lead.id)).one()
    assert [(each.name, each.at, each.put_by, each.taken_by) for each in kept] == [
        ("evening", now, "owner", ""),
        ("group:spring", now, "owner", "owner"),
    ]
    assert [each.taken_at for each in kept] == [None, now]
    erase_lead(service, number, now)
    with service.db.read() as session:
        assert session.scalars(select(Tagging)).all() == []
        assert session.scalars(select(Lead.tags)).all() == [[]]


@pytest.mark.parametrize("name", ["", "Evening", "two words", "a:b:c", "bought:", "x" * 61, "-a", "a_b", "é"])
def test_what_no_tag_is_called_is_refused_with_the_rule(service: Service, outbox: MemoryAdapter, name: str) -> None:
    join(service, ADA)
    with pytest.raises(LookupError, match="A tag is of small letters"):
        put(service, name)
    with pytest.raises(LookupError, match="nobody signed up"):
        set_tags(service, "ben@example.org", TagWish(("evening",)), service.clock.now())
