"""After an outage nobody gets two lessons in a day, and no burst goes out (promise 5)."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import time_machine
from sqlalchemy import select

from funnel.adapters.memory import MemoryAdapter
from funnel.models import Delivery, Enrolment
from funnel.wiring import Service
from tests.journey.steps import join, lessons, live, rows, work


def test_a_clock_started_at_five_past_sends_what_was_due_at_the_hour(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    join(service, "ada@example.org")
    work(service)
    time.move_to("2027-01-11 08:05Z")
    work(service)
    assert [lesson for lesson, _ in lessons(service, "ada@example.org")] == ["begin-here", "name-the-alarm"]


def test_two_days_late_takes_the_next_morning_and_the_calendar_stands(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    join(service, "ada@example.org")
    work(service)
    time.move_to("2027-01-13 15:00Z")  # due on Monday the 11th at eight
    live(service, time, 10)
    days = [str(row.local_date) for row in rows(service, "ada@example.org") if row.lesson_id]
    assert days == ["2027-01-04", "2027-01-14", "2027-01-18"]


def test_a_week_late_moves_the_whole_calendar(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    join(service, "ada@example.org")
    work(service)
    time.move_to("2027-01-20 15:00Z")
    live(service, time, 15)
    days = [str(row.local_date) for row in rows(service, "ada@example.org") if row.lesson_id]
    assert days == ["2027-01-04", "2027-01-21", "2027-01-28", "2027-02-04"]


def test_three_days_down_with_many_readers_due_spreads_them_and_nobody_gets_two_in_a_day(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    readers = 120
    for number in range(readers):
        join(service, f"reader-{number}@example.org")
    work(service)
    outbox.mails.clear()
    time.move_to("2027-01-14 03:00Z")
    live(service, time, 8)
    with service.db.read() as session:
        sent = session.execute(
            select(Delivery.lead_id, Delivery.local_date, Delivery.ended_at).where(
                Delivery.lesson_id == "name-the-alarm"
            )
        ).all()
        by_day = Counter(
            session.execute(select(Delivery.lead_id, Delivery.local_date).where(Delivery.lesson_id.is_not(None))).all()
        )
    assert len(sent) == readers
    assert max(by_day.values()) == 1
    times = sorted(ended for _, _, ended in sent if ended)
    assert times[-1] - times[0] > timedelta(hours=3)  # spread over most of the four hours the sequence allows
    per_quarter = Counter(int((at - times[0]) / timedelta(minutes=15)) for at in times)
    assert max(per_quarter.values()) < readers / 4


def test_when_nothing_runs_for_a_year_every_reader_still_gets_every_lesson_once(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    join(service, "ada@example.org")
    work(service)
    time.shift(timedelta(days=365))
    live(service, time, 90)
    assert len(lessons(service, "ada@example.org")) == 8
    assert {state for _, state in lessons(service, "ada@example.org")} == {"accepted"}
    with service.db.read() as session:
        assert session.scalars(select(Enrolment.state)).all() == ["finished"]
