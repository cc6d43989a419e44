"""Looking back: later signs, crowds and new rules change who it was; a second look changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
import time_machine
from sqlalchemy import update

from funnel.conversations.asking import book
from funnel.models import Actor, Delivery, Event, EventKind
from funnel.tracking.classify import Classified, classify
from funnel.tracking.shared_clients import SharedClientFinder, tells_apart
from funnel.tracking.tracking import store
from funnel.wiring import Service
from tests.conftest import MONDAY
from tests.tracking.hits import CHROME, FIREFOX, GMAIL_PROXY, OFFICE
from tests.tracking.steps import actors, burst, counts, hit

ALL = MONDAY - timedelta(days=1)


def again(service: Service) -> Classified:
    """Classifies; and a second time nothing is left to change."""
    done = classify(service, ALL)
    assert classify(service, ALL).changed == 0
    return done


def test_what_intake_has_judged_needs_no_second_look(service: Service, lesson: Delivery) -> None:
    store(
        service, [hit(service, lesson), *burst(service, lesson, after=60), hit(service, lesson, "click", 1, after=99)]
    )
    done = again(service)
    assert (done.hits, done.changed, sum(done.turned.values())) == (5, 0, 0)
    assert done.actors == {"human": 2, "machine": 3}
    assert done.rules["several-links"] + done.rules["every-link"] == 3


def test_hits_judged_by_old_rules_are_judged_by_the_new_ones(service: Service, lesson: Delivery) -> None:
    store(service, [hit(service, lesson, agent=CHROME, headers={"Accept": "*/*"})])
    with service.db.write() as session:  # as a version would have left it that knew less
        session.execute(update(Event).values(actor=Actor.HUMAN, reasons=["nothing speaks against a person"]))
        session.get_one(Delivery, lesson.id).opened_at = service.clock.now()
    done = classify(service, ALL, dry_run=True)
    assert (done.changed, done.turned) == (1, {("human", "unknown"): 1})
    assert actors(service) == ["human"]
    with service.db.write() as session:  # the counter that went with it
        session.get_one(Delivery, lesson.id).opened_at = None
    again(service)
    assert actors(service) == ["unknown"]
    assert counts(service) == {"accepted": 1}


def test_a_booking_makes_the_click_that_led_to_it_a_persons(
    service: Service, lesson: Delivery, time: time_machine.Traveller
) -> None:
    store(service, burst(service, lesson, 4))
    time.shift(timedelta(minutes=5))
    assert lesson.lead_id is not None
    assert book(service, lesson.lead_id, lesson.id, service.clock.now())
    assert again(service).turned == {("machine", "human"): 1}
    assert counts(service)["clicked"] == 1
    # What comes in later does not undo it.
    store(service, [hit(service, lesson, "click", 9, after=-297)])
    assert counts(service)["clicked"] == 1
    assert again(service).actors["human"] == 1


def sign(service: Service, lesson: Delivery, kind: EventKind, *reasons: str, mail: bool = True) -> None:
    with service.db.write() as session:
        session.add(
            Event(
                key=uuid4().hex,
                kind=kind,
                at=service.clock.now() + timedelta(minutes=1),
                delivery_id=lesson.id if mail else None,
                lead_id=lesson.lead_id,
                actor=Actor.HUMAN,
                reasons=list(reasons),
            )
        )


@pytest.mark.parametrize(
    ("kind", "reason", "mail", "human"),
    [
        (EventKind.WATCHED, "", False, 1),
        (EventKind.UNSUBSCRIBED, "page", True, 1),
        (EventKind.UNSUBSCRIBED, "one-click", True, 0),  # the mailbox asked, not a browser
        (EventKind.UNSUBSCRIBED, "postmark", True, 0),  # the provider was told
        (EventKind.CHOSE, "", True, 1),
        (EventKind.READ, "", True, 1),
        (EventKind.DOWNLOADED, "", False, 0),  # scanners download too
    ],
)
def test_only_a_button_on_a_page_is_a_sign_of_life(
    service: Service, lesson: Delivery, kind: EventKind, reason: str, mail: bool, human: int
) -> None:
    store(service, burst(service, lesson))
    sign(service, lesson, kind, *filter(None, [reason]), mail=mail)
    assert again(service).actors["human"] == human


def test_one_network_opening_many_readers_mail_is_a_machine(
    service: Service, make_lessons: Callable[[int], list[Delivery]]
) -> None:
    lessons = make_lessons(10)
    store(service, [hit(service, one, network=OFFICE, after=n) for n, one in enumerate(lessons)])
    store(service, [hit(service, lessons[0], network=OFFICE, after=600)])  # somebody in that office, later
    assert counts(service)["opened"] == 10
    assert again(service).turned == {("human", "machine"): 10}
    assert counts(service) == {"accepted": 10, "opened": 1, "machine_opened": 10}


@pytest.mark.parametrize(
    ("network", "agent", "apart"),
    [
        ("127.0.0.0/24", FIREFOX, 1.0),  # a proxy of our own in front of everybody
        ("", FIREFOX, 1.0),
        (OFFICE, GMAIL_PROXY, 1.0),  # everybody's mailbox
        (OFFICE, FIREFOX, 61.0),  # a minute apart
    ],
)
def test_what_readers_share_or_do_in_their_own_time_is_no_crowd(
    service: Service, make_lessons: Callable[[int], list[Delivery]], network: str, agent: str, apart: float
) -> None:
    lessons = make_lessons(10)
    store(service, [hit(service, one, agent=agent, network=network, after=n * apart) for n, one in enumerate(lessons)])
    assert again(service).actors == {"human": 10}


def test_a_crowd_lasts_as_long_as_it_is_crowded() -> None:
    def at(second: float) -> datetime:
        return MONDAY + timedelta(seconds=second)

    hits = [(at(n), n, (OFFICE, "a")) for n in range(30)] + [(at(300 + n), 1, (OFFICE, "a")) for n in range(30)]
    finder = SharedClientFinder()
    for when, reader, program in hits:
        finder.take(when, reader, program)
    shared_clients = finder.shared_clients
    assert shared_clients.hold((OFFICE, "a"), at(0))
    assert shared_clients.hold((OFFICE, "a"), at(29))
    assert not shared_clients.hold((OFFICE, "a"), at(310))  # one reader, often
    assert not shared_clients.hold((OFFICE, "b"), at(10))
    assert tells_apart("2001:db8:1::/48")
    assert not tells_apart("::/48")


def test_only_hits_since_then_are_judged_but_all_are_counted(service: Service, lesson: Delivery) -> None:
    store(service, [hit(service, lesson), hit(service, lesson, after=7200)])
    with service.db.write() as session:
        session.execute(update(Event).values(reasons=["old"]))
    done = classify(service, service.clock.now() + timedelta(hours=1))
    assert (done.hits, done.changed) == (1, 1)
    assert counts(service)["opened"] == 1


def test_many_mails_are_judged_in_batches(
    service: Service, make_lessons: Callable[[int], list[Delivery]], monkeypatch: pytest.MonkeyPatch
) -> None:
    lessons = make_lessons(5)
    store(service, [hit(service, one, "click", n) for one in lessons for n in range(3)])
    monkeypatch.setattr("funnel.tracking.classify._HITS_AT_ONCE", 4)  # one mail at a time
    assert again(service).actors == {"machine": 15}


def test_a_look_over_very_many_mails_finds_the_same(
    service: Service, make_lessons: Callable[[int], list[Delivery]], monkeypatch: pytest.MonkeyPatch
) -> None:
    lessons = make_lessons(5)
    store(service, [hit(service, one, "click", n) for one in lessons for n in range(3)])
    monkeypatch.setattr("funnel.tracking.classify._MOST_REMEMBERED", 2)
    monkeypatch.setattr("funnel.tracking.classify._HITS_AT_ONCE", 4)
    assert again(service).actors == {"machine": 15}
