"""Letters with a date of their own, sent to people who stand everywhere on the way."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest
import time_machine
from sqlalchemy import select

from funnel.adapters.memory import MemoryAdapter
from funnel.curriculum import Library
from funnel.models import DeliveryKind, Enrolment, EnrolmentState
from funnel.publishing.pausing import pause_sequence, resume_sequence
from funnel.publishing.publish import plan, publish
from funnel.subscription.manual import mark_client
from funnel.subscription.preferences import next_now, pause
from funnel.subscription.taking_up import take_up
from funnel.subscription.unsubscribe import leave
from funnel.wiring import Service
from tests.journey.steps import COURSE, LESSONS, join, live, rows, sent, work

DAY = date(2027, 2, 14)  # a Sunday; it is Monday 4 January, and lessons go from Monday to Friday
LETTER = "a-letter-for-the-day"


def with_letter(service: Service, day: date | None = DAY) -> Library:
    course = service.library.sequences[COURSE]
    letter = replace(course.lessons[2], id=LETTER, path=f"{COURSE}/z.md", day=None, after=None, on=day, translations=())
    kept = [each for each in course.lessons if each.id != LETTER]
    lessons = (*kept[:3], *([letter] if day else []), *kept[3:])
    return replace(
        service.library, sequences={**service.library.sequences, COURSE: replace(course, lessons=tuple(lessons))}
    )


@pytest.fixture
def dated(service: Service) -> Service:
    publish(service, with_letter(service), "ada", service.clock.now())
    return service


def enrolment(service: Service) -> Enrolment:
    with service.db.read() as session:
        return session.scalars(select(Enrolment).order_by(Enrolment.id)).one()


def came(service: Service, email: str) -> dict[str, str]:
    """When each lesson was sent, or why it was not."""
    found = [row for row in rows(service, email) if row.kind == DeliveryKind.LESSON and row.ended_at]
    return {row.lesson_id or "": row.reason or f"{row.ended_at:%m-%d %H:%M}" for row in found}


def moment(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+00:00")


def test_it_comes_on_its_day_and_the_course_goes_on_as_it_was(
    dated: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    join(dated, "ada@example.org", zone="Europe/Dublin")
    live(dated, time, 70)
    had = came(dated, "ada@example.org")
    assert had.pop(LETTER) == "02-14 08:00"
    assert list(had.values())[:4] == ["01-04 09:00", "01-11 08:00", "01-18 08:00", "01-25 08:00"]
    assert list(had) == LESSONS
    assert enrolment(dated).state == EnrolmentState.FINISHED


def test_it_comes_on_that_day_in_sydney(dated: Service, outbox: MemoryAdapter, time: time_machine.Traveller) -> None:
    join(dated, "fay@example.org", zone="Australia/Sydney")
    live(dated, time, 45)
    assert came(dated, "fay@example.org")[LETTER] == "02-13 21:00"


def test_who_comes_after_it_is_passed_over_and_finishes(
    dated: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    time.move_to(moment("2027-02-14 08:01"))
    join(dated, "ben@example.org", zone="Europe/Dublin")
    live(dated, time, 70)
    had = came(dated, "ben@example.org")
    assert had.pop(LETTER) == "passed over: came after 14 February"
    assert list(had) == LESSONS
    assert had["begin-here"] == "02-14 08:01"
    assert enrolment(dated).state == EnrolmentState.FINISHED


def test_a_pause_makes_it_late_and_a_long_one_takes_it(
    dated: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    for who in ("ada", "cleo"):
        join(dated, f"{who}@example.org", zone="Europe/Dublin")
    live(dated, time, 28)  # Monday 1 February
    time.move_to(moment("2027-02-01 12:00"))
    for who, weeks in (("ada", 2), ("cleo", 4)):
        pause(dated, rows(dated, f"{who}@example.org")[0].id, weeks, dated.clock.now())
    live(dated, time, 100)
    late, over = came(dated, "ada@example.org"), came(dated, "cleo@example.org")
    assert late[LETTER].startswith("02-16")
    assert over[LETTER] == "passed over: held past 14 February"
    assert len(over) == len(late) == len(LESSONS) + 1


def test_a_breakdown_over_the_day_makes_it_late_by_the_rules(
    dated: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    join(dated, "ada@example.org", zone="Europe/Dublin")
    live(dated, time, 39)
    time.move_to(moment("2027-02-15 15:00"))
    live(dated, time, 40)
    had = came(dated, "ada@example.org")
    days = [when[:5] for when in had.values()]
    assert had[LETTER].startswith("02-16")
    assert len(days) == len(set(days)) == len(LESSONS) + 1


def test_moving_the_date_says_whom_it_moves_and_moves_them(
    dated: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    join(dated, "ada@example.org", zone="Europe/Dublin")
    live(dated, time, 37)  # Wednesday 10 February
    later = with_letter(dated, date(2027, 2, 21))
    for moved, counted in ((with_letter(dated, date(2027, 2, 13)), "moved"), (later, "will_get")):
        (draft,) = plan(dated, moved, dated.clock.now())
        assert draft.plan.changes[0].counts == {counted: 1}
    assert draft.plan.changes[0].detail == "on 2027-02-14 → on 2027-02-21"
    publish(dated, later, "ada", dated.clock.now())
    live(dated, time, 20)
    assert came(dated, "ada@example.org")[LETTER] == "02-21 08:00"


def test_taking_it_away_loses_nobody(dated: Service, outbox: MemoryAdapter, time: time_machine.Traveller) -> None:
    join(dated, "ada@example.org", zone="Europe/Dublin")
    live(dated, time, 37)
    publish(dated, with_letter(dated, None), "ada", dated.clock.now())
    live(dated, time, 40)
    assert sent(dated, "ada") == LESSONS
    assert enrolment(dated).state == EnrolmentState.FINISHED


def test_a_lesson_with_a_day_may_get_a_date(
    dated: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    join(dated, "ada@example.org", zone="Europe/Dublin")
    live(dated, time, 15)
    course = dated.library.sequences[COURSE]
    lessons = tuple(
        replace(each, day=None, after=None, on=date(2027, 3, 20)) if each.id == LESSONS[4] else each
        for each in course.lessons
    )
    changed = replace(dated.library, sequences={**dated.library.sequences, COURSE: replace(course, lessons=lessons)})
    publish(dated, changed, "ada", dated.clock.now())
    live(dated, time, 80)
    assert sent(dated, "ada")[-1] == LESSONS[4]
    assert came(dated, "ada@example.org")[LESSONS[4]] == "03-20 08:00"
    assert set(came(dated, "ada@example.org")) == {*LESSONS, LETTER}


def test_asking_for_the_next_mail_does_not_bring_it_early(
    dated: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    join(dated, "ada@example.org", zone="Europe/Dublin")
    mail = rows(dated, "ada@example.org")[0].id
    for _ in range(len(LESSONS) + 2):
        live(dated, time, 1)
        next_now(dated, mail, dated.clock.now())
        work(dated)
    assert sent(dated, "ada") == LESSONS
    live(dated, time, 60)
    assert came(dated, "ada@example.org")[LETTER] == "02-14 08:00"


def test_a_rest_of_the_sequence_moves_the_course_and_not_the_date(
    dated: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    join(dated, "ada@example.org", zone="Europe/Dublin")
    live(dated, time, 10)
    pause_sequence(dated, COURSE, dated.clock.now())
    live(dated, time, 14)
    resume_sequence(dated, COURSE, dated.clock.now())
    live(dated, time, 90)
    had = came(dated, "ada@example.org")
    assert had[LETTER] == "02-14 08:00"
    assert had[LESSONS[2]] == "02-01 08:00"


def test_who_is_taken_up_again_still_gets_it(
    dated: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    join(dated, "ada@example.org", zone="Europe/Dublin")
    live(dated, time, 30)
    mark_client(dated, "ada@example.org", dated.clock.now())
    live(dated, time, 9)
    take_up(dated, "ada@example.org", COURSE, dated.clock.now())
    live(dated, time, 60)
    had = came(dated, "ada@example.org")
    assert had[LETTER] == "02-14 08:00"
    assert len(had) == len(LESSONS) + 1


def test_who_left_and_comes_back_after_it_does_without(
    dated: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    join(dated, "cleo@example.org", zone="Europe/Dublin")
    live(dated, time, 30)
    leave(dated, rows(dated, "cleo@example.org")[0].ref, dated.clock.now(), "page")
    live(dated, time, 30)
    join(dated, "cleo@example.org", zone="Europe/Dublin")
    live(dated, time, 90)
    had = came(dated, "cleo@example.org")
    assert had[LETTER] == "passed over: held past 14 February"
    assert len(had) == len(LESSONS) + 1
