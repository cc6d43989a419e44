"""After an outage nobody gets two lessons in a day, and no burst goes out (promise 5)."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import insert, select

from funnel.adapters.memory import MemoryAdapter
from funnel.models import Delivery, DeliveryKind, DeliveryState, Enrolment, EnrolmentState, Lead, LeadState
from funnel.sending.scheduler import tick
from funnel.wiring import Service
from tests.conftest import MONDAY
from tests.journey.batches import many_waiting
from tests.journey.steps import join, lessons, live, rows, work

COURSE, READERS = "anxious-attachment", 5_000
_SPREAD_MINUTES, _EVERY = 240, 10


def test_a_clock_started_at_five_past_sends_what_the_hour_owed(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    join(service, "ada@example.org")
    work(service)
    time.move_to("2027-01-11 08:05Z")
    work(service)
    assert [lesson for lesson, _ in lessons(service, "ada@example.org")] == ["begin-here", "name-the-alarm"]


def test_two_days_late_takes_the_next_morning_and_moves_nothing(
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


def test_lessons_no_worker_sent_each_get_a_day_of_their_own(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    join(service, "ada@example.org")
    work(service)
    # The clock goes on for ten days with no worker: on the 18th the second lesson is still there, and the third is due.
    for moment in ("2027-01-11 08:00Z", "2027-01-14 15:00Z", "2027-01-18 08:00Z", "2027-01-21 15:00Z"):
        time.move_to(moment)
        tick(service, service.clock.now())
        waiting = [row for row in rows(service, "ada@example.org") if row.state == DeliveryState.WAITING]
        assert len(waiting) == 1
    live(service, time, 14)
    arrived = [(row.lesson_id, str(row.ended_at)[:16]) for row in rows(service, "ada@example.org") if row.lesson_id][1:]
    first, second = (datetime.fromisoformat(when) for _, when in arrived[:2])
    assert first.date() == date(2027, 1, 22), "a week and more late is late by the rules, not a burst in the afternoon"
    assert second - first > timedelta(days=6), "the whole calendar has moved"


def test_a_lesson_that_leaves_after_midnight_has_that_day(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    time.move_to("2027-01-04 23:50Z")
    join(service, "ada@example.org")
    tick(service, service.clock.now())
    time.move_to("2027-01-05 00:10Z")
    work(service)
    (row,) = (row for row in rows(service, "ada@example.org") if row.lesson_id)
    assert (row.state, row.local_date) == (DeliveryState.ACCEPTED, date(2027, 1, 5))


def test_after_three_days_down_nobody_gets_two_lessons_in_a_day(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    readers = 120
    many_waiting(service, [f"reader-{number}@example.org" for number in range(readers)])
    work(service)
    assert len(outbox.mails) == readers
    outbox.mails.clear()
    time.move_to("2027-01-14 03:00Z")
    live(service, time, 8, at_most_every=timedelta(minutes=5))
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


@pytest.mark.matrix
def test_three_days_down_with_5000_readers_due_is_no_burst(service: Service, time: time_machine.Traveller) -> None:
    """The clock stops on Monday the 11th at seven and is back on Thursday at nine.

    Only the clock is driven, for claiming is what spreads; five thousand mails through the door take half a minute.
    """
    write_readers(service)
    time.move_to("2027-01-14 09:00Z")
    assert claim_all(service) == 0, "Thursday's slot has begun: all wait for Friday's"
    claimed = []
    for minutes in range(0, _SPREAD_MINUTES + 1, _EVERY):
        time.move_to(datetime(2027, 1, 15, 8, tzinfo=UTC) + timedelta(minutes=minutes))
        claimed.append(claim_all(service))

    assert sum(claimed) == READERS
    # 5,000 in four hours are 208 in ten minutes. Places are drawn by lot, which is the quarter more.
    assert max(claimed) <= READERS * _EVERY / _SPREAD_MINUTES * 1.25
    with service.db.read() as session:
        days = select(Delivery.lead_id, Delivery.local_date).where(Delivery.local_date.is_not(None))
        assert max(Counter(session.execute(days).all()).values()) == 1
        second = select(Delivery.lead_id).where(Delivery.lesson_id == "name-the-alarm")
        assert len(set(session.scalars(second))) == READERS
        calendars = set(
            session.execute(select(Enrolment.started_on, Enrolment.shift_days, Enrolment.due_at).distinct()).all()
        )
    # Monday's was more than three days late, so that calendar moves whole; the others stand.
    assert calendars == {
        (date(2027, 1, 4), 4, datetime(2027, 1, 22, 8, tzinfo=UTC)),
        (date(2027, 1, 5), 0, datetime(2027, 1, 19, 8, tzinfo=UTC)),
        (date(2027, 1, 6), 0, datetime(2027, 1, 20, 8, tzinfo=UTC)),
    }


def claim_all(service: Service) -> int:
    """What the clock does at this minute; how many lessons it claims."""
    claimed = 0
    while True:
        done = tick(service, service.clock.now())
        claimed += done.claimed
        if not done.more:
            return claimed


def write_readers(service: Service) -> None:
    """Readers who began on a Monday, a Tuesday and a Wednesday and have had the first lesson, straight into rows."""
    with service.db.write() as session:
        published = service.editions.current(session, COURSE)
        assert published is not None
        first = published.sequence.lessons[0].id
        leads, enrolments, mails = [], [], []
        for n in range(1, READERS + 1):
            began = MONDAY + timedelta(days=n % 3)
            address = f"reader-{n}@example.org"
            leads.append({"id": n, "email": address, "email_key": address, "first_name": "Ada", "watched": 0,
                          "state": LeadState.CONFIRMED, "discreet": False, "slower": False, "quiet_days": [],
                          "tags": [], "created_at": began, "confirmed_at": began})  # fmt: skip
            enrolments.append({"id": n, "lead_id": n, "sequence": COURSE, "round": 1, "state": EnrolmentState.ACTIVE,
                          "reason": "", "trigger": "by_hand", "started_on": began.date(), "started_at": began,
                          "shift_days": 0, "skipped_by_edit": [],
                          "due_at": began.replace(hour=8) + timedelta(days=7)})  # fmt: skip
            mails.append({"kind": DeliveryKind.LESSON, "lead_id": n, "enrolment_id": n, "sequence": COURSE,
                          "lesson_id": first, "edition_lesson_id": published.lesson_rows[first], "reason": "",
                          "state": DeliveryState.ACCEPTED, "created_at": began, "not_before": began,
                          "local_date": began.date(), "ended_at": began, "detail": {}, "filled": {}, "attempts": 0,
                          "lease_by": "", "adapter": "memory"})  # fmt: skip
        for model, rows_of in ((Lead, leads), (Enrolment, enrolments), (Delivery, mails)):
            session.execute(insert(model), rows_of)


def test_after_a_year_of_nothing_each_reader_gets_each_lesson(
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
