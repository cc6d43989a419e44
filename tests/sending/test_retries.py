"""What follows from a mail that was not taken: when it is tried again, when it is given up, and for whom."""

from __future__ import annotations

from datetime import timedelta

import time_machine
from sqlalchemy import select

from funnel.adapters.memory import MemoryAdapter
from funnel.mail import Outcome, OutcomeKind
from funnel.models import Delivery, Enrolment, Suppression
from funnel.sending.delivery import deliver
from funnel.sending.outcomes import backoff
from funnel.wiring import Service
from tests.journey.batches import five_waiting
from tests.journey.steps import ask, join, lessons, live, rows, work


def test_a_dead_address_is_suppressed_and_its_walk_stops(service: Service, time: time_machine.Traveller) -> None:
    service.channel.use(MemoryAdapter())
    join(service, "dan@example.org")
    service.channel.use(MemoryAdapter({"dan@example.org": OutcomeKind.PERMANENT_RECIPIENT}, window=1))
    live(service, time, 30)
    with service.db.read() as session:
        assert session.scalars(select(Suppression.reason)).all() == ["bounced"]
        assert session.execute(select(Enrolment.state, Enrolment.reason)).all() == [("stopped", "bounced")]
    # The confirmation was the first to be refused; what waited behind it was never tried.
    assert sorted(row.state for row in rows(service, "dan@example.org")) == ["failed", "skipped"]


def test_a_refused_message_fails_alone_and_the_walk_goes_on(service: Service, time: time_machine.Traveller) -> None:
    service.channel.use(MemoryAdapter())
    join(service, "ada@example.org")
    work(service)
    service.channel.use(MemoryAdapter({"ada@example.org": OutcomeKind.PERMANENT_MESSAGE}))
    live(service, time, 8)
    service.channel.use(MemoryAdapter())
    live(service, time, 60)
    assert [state for _, state in lessons(service, "ada@example.org")] == ["accepted", "failed", *["accepted"] * 6]


def test_later_is_retried_with_growing_waits_for_two_days(service: Service, time: time_machine.Traveller) -> None:
    service.channel.use(MemoryAdapter({"ada@example.org": OutcomeKind.TEMPORARY}))
    ask(service, "ada@example.org")
    live(service, time, 4)
    (row,) = rows(service, "ada@example.org")
    assert row.state == "failed"
    assert row.reason.startswith("given up after 48 hours")
    assert row.ended_at is not None
    assert timedelta(hours=48) <= row.ended_at - row.created_at <= timedelta(hours=64)
    assert row.attempts >= 8


def test_a_lesson_that_waited_for_days_is_still_tried_for_two(service: Service, time: time_machine.Traveller) -> None:
    ids = five_waiting(service)
    time.shift(timedelta(days=3))  # as long as its reader paused, or until the day a bonus was meant for
    service.channel.use(MemoryAdapter({"reader-0@example.org": OutcomeKind.TEMPORARY}))
    deliver(service, ids, "worker")
    (row,) = [row for row in rows(service, "reader-0@example.org") if row.id == ids[0]]
    assert (row.state, row.attempts) == ("waiting", 1)


def test_a_mail_is_not_retried_before_the_time_asked_for(service: Service, time: time_machine.Traveller) -> None:
    ids = five_waiting(service)
    greylisted = Outcome(OutcomeKind.TEMPORARY, "450 4.2.0 greylisted", retry_after=timedelta(minutes=5))
    nonsense = Outcome(OutcomeKind.TEMPORARY, "503", retry_after=timedelta(days=400))
    soon = Outcome(OutcomeKind.TEMPORARY, "503", retry_after=timedelta(seconds=1))
    said = {"reader-0@example.org": greylisted, "reader-1@example.org": nonsense, "reader-2@example.org": soon}
    service.channel.use(MemoryAdapter(said))
    deliver(service, ids, "worker")
    now = service.clock.now()
    with service.db.read() as session:
        waits = [session.get_one(Delivery, key).not_before - now for key in ids[:3]]
    assert waits[:2] == [timedelta(minutes=5), timedelta(hours=12)]
    assert waits[2] == backoff(1, str(ids[2]))


def test_each_wait_is_the_documented_one_give_or_take_a_fifth() -> None:
    for attempt, minutes in enumerate((1, 5, 15, 60, 180, 360, 720, 720), start=1):
        waits = {backoff(attempt, str(key)) / timedelta(minutes=minutes) for key in range(200)}
        assert 0.8 <= min(waits) < 0.85
        assert 1.15 < max(waits) <= 1.2
