"""One reader's way through the sequences, with the clock and a worker but no queue between them."""

from __future__ import annotations

import time_machine

from funnel.adapters.memory import MemoryAdapter
from funnel.wiring import Service
from tests.journey.steps import LESSONS, ask, join, lessons, live, rows, work


def test_who_never_confirms_gets_only_the_confirmation(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    ask(service, "ben@example.org", "ebook")
    live(service, time, 20)
    assert [mail.recipient.address for mail in outbox.mails] == ["ben@example.org"]
    assert [row.kind for row in rows(service, "ben@example.org")] == ["confirmation"]


def test_the_course_goes_out_weekly_at_eight_in_readers_time(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    join(service, "fay@example.org", "course", name="Fay", zone="Australia/Sydney")
    live(service, time, 56)
    sent = [row for row in rows(service, "fay@example.org") if row.kind == "lesson"]
    assert [row.lesson_id for row in sent] == LESSONS
    assert {row.state for row in sent} == {"accepted"}
    # Eight in Sydney is nine the evening before in UTC while Sydney has summer time.
    assert [row.ended_at.hour for row in sent if row.ended_at][1:] == [21] * 7


def test_the_second_box_leads_from_the_welcome_into_the_course(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    join(service, "ada@example.org", "ebook", both=True)
    live(service, time, 70)
    assert [lesson for lesson, _ in lessons(service, "ada@example.org")] == [
        "here-it-is",
        "what-stayed",
        "what-readers-find-hard",
        *LESSONS,
    ]
    days = [row.local_date for row in rows(service, "ada@example.org") if row.kind == "lesson"]
    assert len(set(days)) == len(days)


def test_confirming_twice_brings_the_first_lesson_once(service: Service, outbox: MemoryAdapter) -> None:
    join(service, "ada@example.org")
    join(service, "ada@example.org")
    work(service)
    assert [lesson for lesson, _ in lessons(service, "ada@example.org")] == ["begin-here"]
