"""A stopped enrolment is taken up where it was: what waited then is the next again, and nothing comes twice."""

from __future__ import annotations

import pytest
import time_machine
from sqlalchemy import func, select

from funnel.adapters.memory import MemoryAdapter
from funnel.models import Enrolment, LessonCount, LessonMeasure
from funnel.sending.scheduler import tick
from funnel.subscription.manual import mark_client
from funnel.subscription.taking_up import take_up
from funnel.subscription.unsubscribe import leave
from funnel.wiring import Service
from tests.journey.steps import COURSE, ask, join, live, rows, sent, work


def skipped(service: Service) -> int:
    with service.db.read() as session:
        counted = select(func.sum(LessonCount.n)).where(LessonCount.measure == LessonMeasure.SKIPPED)
        return session.scalar(counted) or 0


def test_a_client_goes_on_with_the_lesson_she_was_waiting_for(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    join(service, "ada@example.org")
    live(service, time, 8)
    mark_client(service, "ada@example.org", service.clock.now())
    live(service, time, 20)
    found = take_up(service, "ada@example.org", COURSE, service.clock.now())
    live(service, time, 40)
    assert found.lesson_id == "where-it-was-learned"
    assert sent(service, "ada") == [lesson.id for lesson in service.library.sequences[COURSE].lessons[:8]]
    days = [row.local_date for row in rows(service, "ada@example.org") if row.lesson_id and row.local_date]
    assert found.due_at is not None
    assert days[2] == found.due_at.date()
    assert (days[3] - days[2]).days == 7
    assert len(days) == len(set(days))


def test_a_lesson_that_waited_when_she_was_stopped_is_not_lost(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    join(service, "ada@example.org")
    live(service, time, 6.9)
    time.shift(5_400)
    tick(service, service.clock.now())  # the second lesson waits for a worker
    mark_client(service, "ada@example.org", service.clock.now())
    assert skipped(service) == 1
    found = take_up(service, "ada@example.org", COURSE, service.clock.now())
    live(service, time, 3)
    assert found.lesson_id == "name-the-alarm"
    assert [(row.lesson_id, row.state) for row in rows(service, "ada@example.org") if row.lesson_id] == [
        ("begin-here", "accepted"),
        ("name-the-alarm", "accepted"),
    ]
    assert skipped(service) == 0


def test_who_left_and_confirms_again_gets_what_had_waited(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    join(service, "cleo@example.org")
    live(service, time, 6.9)
    time.shift(5_400)
    tick(service, service.clock.now())
    leave(service, rows(service, "cleo@example.org")[0].ref, service.clock.now(), "page")
    time.shift(86_400)
    join(service, "cleo@example.org")
    live(service, time, 3)
    assert sent(service, "cleo")[:2] == ["begin-here", "name-the-alarm"]
    assert [row.state for row in rows(service, "cleo@example.org") if row.lesson_id] == ["accepted", "accepted"]


def test_nobody_goes_on_who_cannot(service: Service, outbox: MemoryAdapter, time: time_machine.Traveller) -> None:
    now = service.clock.now()
    ask(service, "ben@example.org")
    join(service, "ada@example.org")
    work(service)
    join(service, "cleo@example.org")
    leave(service, rows(service, "cleo@example.org")[-1].ref, now, "page")
    with pytest.raises(LookupError, match="nobody signed up"):
        take_up(service, "dan@example.org", COURSE, now)
    with pytest.raises(LookupError, match="not confirmed"):
        take_up(service, "ben@example.org", COURSE, now)
    with pytest.raises(LookupError, match="left"):
        take_up(service, "cleo@example.org", COURSE, now)
    with pytest.raises(LookupError, match="under way"):
        take_up(service, "ada@example.org", COURSE, now)
    with pytest.raises(LookupError, match="never on"):
        take_up(service, "ada@example.org", "ebook-welcome", now)
    live(service, time, 70)
    with pytest.raises(LookupError, match="finished"):
        take_up(service, "ada@example.org", COURSE, service.clock.now())
    with service.db.read() as session:
        assert sorted(session.scalars(select(Enrolment.state))) == ["finished", "stopped"]
