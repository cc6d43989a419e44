"""What a practice does by hand half-way: it pauses a sequence, notes a client and quiet days."""

from __future__ import annotations

from datetime import date

import pytest
import time_machine

from funnel.adapters.memory import MemoryAdapter
from funnel.publishing.pausing import pause_sequence, resume_sequence
from funnel.subscription.manual import enrol_by_hand, mark_client, set_quiet_days
from funnel.wiring import Service
from tests.journey.steps import COURSE, join, live, rows, sent, work


def test_a_paused_sequence_goes_on_where_it_was_without_a_burst(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    join(service, "ada@example.org")
    live(service, time, 8)
    assert pause_sequence(service, COURSE, service.clock.now())
    assert not pause_sequence(service, COURSE, service.clock.now())
    time.shift(21 * 86400)
    work(service)
    assert len(sent(service, "ada")) == 2
    assert resume_sequence(service, COURSE, service.clock.now()) == 1
    live(service, time, 60)
    days = [str(row.local_date) for row in rows(service, "ada@example.org") if row.lesson_id]
    assert days[:4] == ["2027-01-04", "2027-01-11", "2027-02-08", "2027-02-15"]


def test_a_client_goes_no_further_until_started_again(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    join(service, "ada@example.org")
    live(service, time, 8)
    assert mark_client(service, "ada@example.org", service.clock.now()) == 1
    live(service, time, 30)
    assert len(sent(service, "ada")) == 2
    with pytest.raises(LookupError, match="--again"):
        enrol_by_hand(service, "ada@example.org", COURSE, service.clock.now())
    assert enrol_by_hand(service, "ada@example.org", COURSE, service.clock.now(), again=True).round == 2
    live(service, time, 1)
    assert sent(service, "ada") == ["begin-here", "name-the-alarm", "begin-here"]


def test_a_day_she_asked_to_be_quiet_moves_the_lesson_on(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    join(service, "ada@example.org")
    work(service)
    monday, tuesday = date(2027, 1, 11), date(2027, 1, 12)
    assert set_quiet_days(service, "ada@example.org", [monday, tuesday], [], service.clock.now()) == [monday, tuesday]
    assert set_quiet_days(service, "ada@example.org", [], [tuesday], service.clock.now()) == [monday]
    live(service, time, 15)
    days = [str(row.local_date) for row in rows(service, "ada@example.org") if row.lesson_id]
    assert days == ["2027-01-04", "2027-01-12", "2027-01-18"]
