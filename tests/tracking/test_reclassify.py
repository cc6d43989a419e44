"""The clock's own look back: what is new is judged by all that is known by then, and nothing has to be done by hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import time_machine
from sqlalchemy import select

from funnel.conversations.asking import book
from funnel.models import Delivery, Event
from funnel.tracking.classify import Judging
from funnel.tracking.reclassify import CHECK_EVERY, WINDOW, Reclassifier
from funnel.tracking.tracking import store
from funnel.wiring import Service
from tests.tracking.hits import OFFICE
from tests.tracking.steps import actors, burst, counts, hit


def look(lookback: Reclassifier) -> int:
    """One look, whole; how many steps it took."""
    steps = 0
    while lookback.step():
        steps += 1
    return steps


def test_a_crowd_is_found_at_the_next_look(
    service: Service, make_lessons: Callable[[int], list[Delivery]], time: time_machine.Traveller
) -> None:
    lessons, lookback = make_lessons(10), Reclassifier(service)
    look(lookback)
    store(service, [hit(service, one, network=OFFICE, after=n) for n, one in enumerate(lessons)])
    assert look(lookback) == 0  # it is not time yet
    time.shift(CHECK_EVERY)
    look(lookback)
    assert actors(service) == ["machine"] * 10
    assert counts(service)["machine_opened"] == 10


def test_a_sign_of_a_person_counts_for_the_click_before_it(
    service: Service, lesson: Delivery, time: time_machine.Traveller
) -> None:
    lookback = Reclassifier(service)
    store(service, burst(service, lesson, 4))
    look(lookback)
    assert actors(service) == ["machine"] * 4
    time.shift(timedelta(minutes=20))
    assert lesson.lead_id is not None
    book(service, lesson.lead_id, lesson.id, service.clock.now())
    look(lookback)
    assert actors(service).count("human") == 2  # the click, and the booking
    assert counts(service)["clicked"] == 1


def test_where_nothing_came_in_nothing_is_judged(
    service: Service, lesson: Delivery, time: time_machine.Traveller
) -> None:
    lookback = Reclassifier(service)
    store(service, [hit(service, lesson)])
    for _ in range(2):  # the first, and one more for what showed itself late
        assert look(lookback) > 0
        time.shift(CHECK_EVERY)
    assert look(lookback) == 0


def test_a_row_committed_after_a_higher_number_is_not_missed(
    service: Service, lesson: Delivery, time: time_machine.Traveller
) -> None:
    """PostgreSQL gives a number when a transaction writes, and shows the row when it commits."""
    lookback = Reclassifier(service)
    store(service, [hit(service, lesson, "click", n, after=n) for n in range(4)])
    with service.db.read() as session:
        late = session.scalars(select(Event.id).order_by(Event.id)).first()
    with service.db.write() as session:
        row = session.get_one(Event, late)
        kept = {name: getattr(row, name) for name in Event.__table__.columns.keys()}  # noqa: SIM118
        session.delete(row)
    look(lookback)
    time.shift(CHECK_EVERY)
    with service.db.write() as session:
        session.add(Event(**(kept | {"actor": "human", "reasons": []})))
    look(lookback)
    assert actors(service) == ["machine"] * 4


def test_what_is_older_than_two_days_is_left_alone(
    service: Service, lesson: Delivery, time: time_machine.Traveller
) -> None:
    store(service, burst(service, lesson))
    with service.db.write() as session:
        for event in session.scalars(select(Event)):
            event.actor = "human"
    time.shift(WINDOW + timedelta(minutes=1))
    look(Reclassifier(service))
    assert actors(service) == ["human"] * 3


def test_between_two_steps_nothing_is_locked_and_hits_come_in(
    service: Service, make_lessons: Callable[[int], list[Delivery]]
) -> None:
    lessons = make_lessons(6)
    store(service, [hit(service, one, "click", n, network=OFFICE) for one in lessons for n in range(2)])
    judging = Judging(service, service.clock.now() - timedelta(hours=1), mails=1, hits=1)
    late = iter(lessons)
    while judging.step():
        one = next(late, None)
        if one is not None:
            store(service, [hit(service, one, network=OFFICE, after=1)])
    assert judging.done.hits >= 12
    assert counts(service)


def test_a_look_that_was_given_up_is_made_again(
    service: Service, lesson: Delivery, time: time_machine.Traveller
) -> None:
    lookback = Reclassifier(service)
    store(service, [hit(service, lesson)])
    assert lookback.step()
    lookback.give_up()
    time.shift(CHECK_EVERY)
    assert look(lookback) > 0
