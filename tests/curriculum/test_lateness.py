"""Late mail: now if it is minutes, spread over a later slot if it is hours, the whole calendar along if it is days."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from funnel.curriculum import (
    Late,
    Move,
    Progress,
    ReaderClock,
    SendNow,
    UpcomingLesson,
    after_edit,
    decide_late,
    due,
    local_date,
    spread_offset,
    wall_time,
    zone_names,
)
from tests.curriculum.examples import (
    CALENDAR,
    UTC_READER,
    WEEKDAYS,
    at,
    lesson,
    progress,
    sequence,
)

COURSE = sequence(lesson("a", 0), lesson("b", 7), lesson("c", 14), days=WEEKDAYS)
NINE = sequence(lesson("a", 0), lesson("b", 7), lesson("c", 14), at=time(9), days=WEEKDAYS)
STARTED = progress("2027-03-01 10:00", delivered=("a",), last="2027-03-01")


def decide(now: str, *, due_at: str = "2027-03-08 08:00", state: Progress = STARTED, key: str = "1") -> Late:
    return decide_late(UpcomingLesson(COURSE, COURSE.lessons[1], state, UTC_READER, CALENDAR, key), at(due_at), at(now))


def test_at_five_past_nine_the_nine_o_clock_lesson_is_sent_now() -> None:
    due_at = due(UpcomingLesson(NINE, NINE.lessons[1], STARTED, UTC_READER, CALENDAR)).at
    assert due_at == at("2027-03-08 09:00")
    decision = decide_late(
        UpcomingLesson(NINE, NINE.lessons[1], STARTED, UTC_READER, CALENDAR, "1"), due_at, at("2027-03-08 09:05")
    )
    assert decision == SendNow()


def test_a_lesson_that_is_not_due_yet_keeps_its_time() -> None:
    assert decide("2027-03-08 07:59") == Move(at("2027-03-08 08:00"), 0)


def test_hours_late_takes_the_next_slot_and_moves_no_calendar() -> None:
    decision = decide("2027-03-08 12:00")
    assert isinstance(decision, Move)
    assert at("2027-03-09 08:00") <= decision.at < at("2027-03-09 12:00")
    assert decision.shift_days == 0


def test_late_from_friday_waits_for_monday() -> None:
    decision = decide("2027-03-12 15:00", due_at="2027-03-12 08:00")
    assert isinstance(decision, Move)
    assert local_date(decision.at, "UTC") == date(2027, 3, 15)


def test_later_than_late_after_shifts_the_whole_calendar() -> None:
    decision = decide("2027-03-11 09:30")
    assert isinstance(decision, Move)
    assert decision.shift_days == 4
    moved = replace(
        STARTED,
        delivered=frozenset("ab"),
        last_delivered_on=local_date(decision.at, "UTC"),
        shift_days=decision.shift_days,
    )
    third = due(UpcomingLesson(COURSE, COURSE.lessons[2], moved, UTC_READER, CALENDAR))
    assert local_date(third.at, "UTC") - local_date(decision.at, "UTC") == timedelta(days=7)


def test_a_moved_lesson_is_on_time_when_its_new_time_comes() -> None:
    for now in ("2027-03-08 12:00", "2027-03-11 09:30"):
        decision = decide(now)
        assert isinstance(decision, Move)
        assert decide(now) == decision
        state = replace(STARTED, shift_days=decision.shift_days)
        again = decide_late(
            UpcomingLesson(COURSE, COURSE.lessons[1], state, UTC_READER, CALENDAR, "1"), decision.at, decision.at
        )
        assert again == SendNow()


def test_a_day_that_has_become_busy_gets_no_second_lesson() -> None:
    busy = replace(STARTED, busy_days=frozenset({date(2027, 3, 8)}))
    decision = decide("2027-03-08 08:01", state=busy)
    assert isinstance(decision, Move)
    assert local_date(decision.at, "UTC") == date(2027, 3, 9)


def test_a_late_first_lesson_goes_at_once_but_not_on_a_busy_day() -> None:
    new = progress("2027-03-06 23:59")
    first = COURSE.lessons[0]
    late = at("2027-03-07 05:00")
    upcoming = UpcomingLesson(COURSE, first, new, UTC_READER, CALENDAR, "1")
    assert decide_late(upcoming, new.started_at, late) == SendNow()
    busy = replace(new, busy_days=frozenset({date(2027, 3, 7)}))
    moved = decide_late(replace(upcoming, progress=busy), new.started_at, late)
    assert isinstance(moved, Move)
    assert local_date(moved.at, "UTC") == date(2027, 3, 8)


def test_three_days_down_with_5000_readers_due_makes_no_burst() -> None:
    now = at("2027-03-11 10:00")
    moments: Counter[datetime] = Counter()
    for number in range(5000):
        decision = decide_late(
            UpcomingLesson(COURSE, COURSE.lessons[1], STARTED, UTC_READER, CALENDAR, str(number)),
            at("2027-03-08 08:00") + timedelta(days=number % 4),
            now,
        )
        assert isinstance(decision, Move)
        moments[decision.at.replace(second=0)] += 1
    assert min(moments) >= at("2027-03-12 08:00")
    assert max(moments) < at("2027-03-12 12:00")
    assert max(moments.values()) < 3 * 5000 / 240


def test_the_place_in_the_spread_is_always_the_same() -> None:
    assert spread_offset("1:b", timedelta(hours=4)) == spread_offset("1:b", timedelta(hours=4))
    assert spread_offset("1:b", timedelta(0)) == timedelta(0)
    assert spread_offset("1:b", timedelta(hours=4)) != spread_offset("2:b", timedelta(hours=4))


def test_the_spread_never_crosses_midnight() -> None:
    evening = sequence(lesson("a", 0), lesson("b", 7), at=time(22), days=WEEKDAYS)
    for number in range(200):
        decision = decide_late(
            UpcomingLesson(evening, evening.lessons[1], STARTED, UTC_READER, CALENDAR, str(number)),
            at("2027-03-11 22:00"),
            at("2027-03-12 12:00"),
        )
        assert isinstance(decision, Move)
        assert local_date(decision.at, "UTC") == date(2027, 3, 12)


def test_a_delay_shorter_than_the_wait_takes_the_next_slot() -> None:
    shortened = sequence(lesson("a", 0), lesson("b", 2), lesson("c", 14), days=WEEKDAYS)
    found = after_edit(
        UpcomingLesson(shortened, shortened.lessons[1], STARTED, UTC_READER, CALENDAR, "1"), at("2027-03-05 15:00")
    )
    assert at("2027-03-08 08:00") <= found.at < at("2027-03-08 12:00")
    assert found.shift_days == 0
    assert "has passed" in found.reasons[0]


def test_an_edit_leaves_a_due_time_ahead_as_it_is() -> None:
    found = after_edit(
        UpcomingLesson(COURSE, COURSE.lessons[1], STARTED, UTC_READER, CALENDAR, "1"), at("2027-03-05 15:00")
    )
    assert found.at == at("2027-03-08 08:00")


def test_an_edit_does_not_delay_a_lesson_just_asked_for() -> None:
    new = progress("2027-03-06 23:00")
    found = after_edit(
        UpcomingLesson(COURSE, COURSE.lessons[0], new, UTC_READER, CALENDAR, "1"), at("2027-03-06 23:01")
    )
    assert found.at == at("2027-03-06 23:01")


@settings(max_examples=300)
@given(
    zone=st.sampled_from(sorted(zone_names())),
    day=st.dates(date(2026, 1, 1), date(2040, 1, 1)),
    wall=st.builds(time, st.integers(0, 23), st.integers(0, 59)),
    late=st.timedeltas(timedelta(0), timedelta(days=20)),
    busy=st.frozensets(st.integers(0, 25), max_size=6),
    key=st.text(max_size=8),
)
def test_any_late_lesson_gets_an_allowed_day_in_one_more_step(
    zone: str, day: date, wall: time, late: timedelta, busy: frozenset[int], key: str
) -> None:
    course = sequence(lesson("a", 0), lesson("b", 7), lesson("c", 14), at=wall, days=WEEKDAYS)
    reader = ReaderClock(zone)
    start = wall_time(day, time(12), zone)
    state = Progress(day, start, delivered=frozenset("a"), last_delivered_on=day)
    second = course.lessons[1]
    due_at = due(UpcomingLesson(course, second, state, reader, CALENDAR)).at
    now = due_at + late
    state = replace(state, busy_days=frozenset(local_date(due_at, zone) + timedelta(days=step) for step in busy))
    decision = decide_late(UpcomingLesson(course, second, state, reader, CALENDAR, key), due_at, now)
    if isinstance(decision, SendNow):
        assert local_date(now, zone) not in state.busy_days
        assert late <= timedelta(hours=1)
        return
    assert decision.at >= now
    assert local_date(decision.at, zone) not in state.busy_days
    assert local_date(decision.at, zone).weekday() in WEEKDAYS
    assert (decision.shift_days > 0) == (late > timedelta(days=3))
    moved = replace(state, shift_days=decision.shift_days)
    assert (
        decide_late(UpcomingLesson(course, second, moved, reader, CALENDAR, key), decision.at, decision.at) == SendNow()
    )
    if decision.shift_days:
        recomputed = due(UpcomingLesson(course, second, moved, reader, CALENDAR)).at
        assert local_date(recomputed, zone) == local_date(decision.at, zone)
