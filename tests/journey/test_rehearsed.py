"""What a rehearsal says is what the clock then does: the same lessons, at the same minute, for the same reasons."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select

from funnel.curriculum import (
    Calendar,
    CatchUp,
    Facts,
    Lesson,
    ReaderClock,
    Send,
    Sequence,
    rehearse,
    weeks_since,
    zone_names,
)
from funnel.db import Base
from funnel.editions import Editions
from funnel.models import Delivery, DeliveryState, Lead, LeadState
from funnel.publishing.publish import publish
from funnel.subscription.manual import enrol_by_hand
from funnel.wiring import Service
from tests.curriculum.examples import EVERY_DAY, WEEKDAYS, lesson, sequence
from tests.journey.steps import live

# Half an hour of summer time, a date that never was, a quarter of an hour from Greenwich, both ends of the day.
ODD = ("Australia/Lord_Howe", "Pacific/Apia", "Asia/Kathmandu", "Pacific/Kiritimati", "Pacific/Pago_Pago")
KNOWN = ("Europe/Dublin", "America/New_York", "Australia/Sydney", *ODD)
ZONES = st.one_of(st.sampled_from(KNOWN), st.sampled_from(sorted(zone_names())))
CONDITIONS = (
    None, "weeks >= 1", "weeks < 1", "weeks == 2", "not booked", "booked or weeks >= 2", "watched >= 2",
    "'evening' in tags", "quiz.result == 'anxious'", "quiz.result == ''", "not opened('l0')",
    "weeks >= 1 and not clicked('l0')",
)  # fmt: skip
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
FIRST = datetime(2027, 2, 20, tzinfo=UTC)
STARTS = st.integers(0, 270 * 24 * 60).map(lambda minutes: FIRST + timedelta(minutes=minutes))
HOURS = st.builds(time, st.integers(0, 23), st.sampled_from((0, 30)))


@st.composite
def courses(draw: st.DrawFn) -> Sequence:
    """Two to six lessons on days of their own or some days after one another, some of them conditional; and some with
    dates.
    """
    days, lessons = 0, [lesson("l0", draw(st.sampled_from((0, 0, 0, 1))))]
    for number in range(1, draw(st.integers(2, 6))):
        gap = draw(st.sampled_from((1, 2, 6, 7, 7, 14)))
        days += gap
        after = draw(st.booleans())
        made = lesson(f"l{number}", after=gap) if after else lesson(f"l{number}", lessons_end(lessons) + gap)
        at = draw(st.one_of(st.none(), HOURS))
        lessons.append(replace(made, at=at, only_if=draw(st.sampled_from(CONDITIONS))))
    for number, offset in enumerate(sorted(draw(st.sets(st.integers(0, 300), max_size=4)))):
        day = (FIRST + timedelta(days=offset)).date().isoformat()
        dated = lesson(f"d{number}", on=day, at=draw(st.one_of(st.none(), HOURS)))
        lessons.insert(draw(st.integers(0, len(lessons))), replace(dated, only_if=draw(st.sampled_from(CONDITIONS))))
    zone = draw(st.sampled_from(("reader", "reader", "practice", "America/Los_Angeles")))
    send = Send(draw(HOURS), draw(st.sampled_from((EVERY_DAY, WEEKDAYS, frozenset({2})))), zone)
    course = sequence(*lessons)
    return replace(course, send=send, catch_up=CatchUp(timedelta(days=3), timedelta(hours=4)))


def lessons_end(lessons: list[Lesson]) -> int:
    return sequence(*lessons).days[lessons[-1].id]


class Stage:
    """Where readers begin, each in a database emptied for her."""

    def __init__(self, service: Service, time: time_machine.Traveller) -> None:
        self._service, self.time = service, time
        self._library = service.library
        self.practice = self._library.practice

    def begin(self, course: Sequence, now: datetime, lead: dict[str, object]) -> Service:
        """The service with nobody but Ada on it, who begins this course now."""
        self.time.move_to(now)
        library = replace(self._library, sequences={course.slug: course}, files={})
        service = replace(self._service, editions=Editions())
        with service.db.write() as session:
            for table in reversed(Base.metadata.sorted_tables):
                session.execute(delete(table))
            address = "ada@example.org"
            row = {"email": address, "email_key": address, "first_name": "Ada", "state": LeadState.CONFIRMED,
                   "discreet": False, "slower": False, "quiet_days": [], "tags": [], "watched": 0,
                   "created_at": now, "confirmed_at": now}  # fmt: skip
            session.execute(insert(Lead), [row | lead])
        publish(service, library, "ada", now)
        enrol_by_hand(service, "ada@example.org", course.slug, now, agreed="She said so.")
        return service


@pytest.fixture
def stage(service: Service, time: time_machine.Traveller) -> Stage:
    return Stage(service, time)


def walked(service: Service) -> list[tuple[str, datetime, bool]]:
    """(lesson id, when, passed over) of each lesson in its turn."""
    with service.db.read() as session:
        rows = session.scalars(select(Delivery).where(Delivery.lesson_id.is_not(None)).order_by(Delivery.id))
        return [(row.lesson_id or "", row.created_at, row.state == DeliveryState.SKIPPED) for row in rows]


@on_sqlite
@settings(max_examples=25, phases=[Phase.explicit, Phase.generate])
@given(
    course=courses(), zone=ZONES, now=STARTS, slower=st.booleans(), booked=st.booleans(),
    watched=st.integers(0, 4), tags=st.sampled_from(([], ["evening"])), quiet=st.lists(st.integers(1, 40), max_size=6),
)  # fmt: skip
def test_a_rehearsal_is_what_happens(
    stage: Stage, course: Sequence, zone: str, now: datetime, slower: bool,
    booked: bool, watched: int, tags: list[str], quiet: list[int],
) -> None:  # fmt: skip
    quiet_days = frozenset(now.date() + timedelta(days=day) for day in quiet)
    lead = {"zone": zone, "slower": slower, "tags": tags, "watched": watched, "booked_at": now if booked else None,
            "quiet_days": [day.isoformat() for day in sorted(quiet_days)]}  # fmt: skip
    service = stage.begin(course, now, lead)
    live(service, stage.time, 700)

    facts = Facts(tags=frozenset(tags), booked=booked, watched=watched)
    said = rehearse(course, ReaderClock(zone, quiet_days, slower), Calendar.of(stage.practice), now, facts)

    happened = walked(service)
    assert [(lesson_id, over) for lesson_id, _, over in happened] == [
        (step.lesson.id, step.passed_over) for step in said
    ]
    for (_, when, _), step in zip(happened, said, strict=True):
        if step.passed_over and "its own date" not in step.reason.lower() and step.lesson.on is not None:
            assert when >= min(step.due.at, now), "that a date was missed is known once it is over"
            continue
        assert step.due.at == when, "a lesson goes when the rehearsal said"


@on_sqlite
def test_who_confirms_at_half_past_nine_at_night_is_not_skipped(
    stage: Stage,
) -> None:
    evening = datetime(2027, 3, 22, 21, 30, tzinfo=ZoneInfo("Europe/Dublin"))
    late = [replace(lesson(f"week-{week}", 7 * week), only_if=f"weeks >= {week}") for week in range(1, 5)]
    course = sequence(lesson("begin", 0), *late)
    service = stage.begin(course, evening.astimezone(UTC), {"zone": "Europe/Dublin"})
    live(service, stage.time, 40)
    assert [(lesson_id, over) for lesson_id, _, over in walked(service)] == [
        ("begin", False), ("week-1", False), ("week-2", False), ("week-3", False), ("week-4", False),
    ]  # fmt: skip


@on_sqlite
def test_a_slower_reader_waits_for_another_sequences_first_day(stage: Stage) -> None:
    course = sequence(lesson("l0", 1), lesson("l1", 15), days=frozenset({2}))
    tuesday = datetime(2027, 2, 23, 10, 15, tzinfo=UTC)
    service = stage.begin(course, tuesday, {"zone": "America/Montreal", "slower": True})
    live(service, stage.time, 3)
    assert walked(service) == [("l0", datetime(2027, 2, 24, 13, tzinfo=UTC), False)]


def test_weeks_are_counted_by_the_dates_on_the_readers_wall() -> None:
    monday = date(2027, 3, 22)
    for text, zone, weeks in (
        ("2027-03-28 23:59", "Europe/Dublin", 0),
        ("2027-03-29 00:00", "Europe/Dublin", 1),  # an hour lost in between
        ("2027-03-28 13:00", "Australia/Sydney", 1),
        ("2027-03-29 09:59", "Pacific/Honolulu", 0),
        ("2027-03-21 12:00", "Europe/Dublin", 0),
        ("2027-04-05 12:00", "Europe/Dublin", 2),
    ):
        at = datetime.fromisoformat(text)
        at = at.replace(tzinfo=ZoneInfo(zone) if zone == "Europe/Dublin" else UTC).astimezone(UTC)
        assert weeks_since(monday, at, zone) == weeks, (text, zone)
