"""A lesson with a date of its own: beside the calendar, on that day on every wall, passed over for who is too late."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from funnel.curriculum import (
    Calendar,
    Progress,
    ReaderClock,
    candidates,
    content_hash,
    local_date,
    rehearse,
    sequence_from_json,
    sequence_to_json,
    soonest,
    whose_turn,
)
from funnel.curriculum.schedule.not_earlier import NotEarlier, why_not_earlier
from funnel.curriculum.schedule_summary import named_summary
from tests.curriculum.examples import ADA, CALENDAR, FAY, WEEKDAYS, at, lesson, sequence

EVE = "2026-12-24"  # a Thursday
COURSE = sequence(lesson("a", 0), lesson("b", 7), lesson("eve", on=EVE), lesson("c", 14), lesson("d", 21))


def calendar_of(start: str, reader: ReaderClock = ADA) -> list[tuple[str, str]]:
    """(lesson, local time) of each, or why it is passed over."""
    return [
        (step.lesson.id, step.reason if step.passed_over else f"{step.due.local:%m-%d %H:%M}")
        for step in rehearse(COURSE, reader, CALENDAR, at(start))
    ]


def test_it_goes_on_its_date_and_holds_nothing_back() -> None:
    assert calendar_of("2026-12-10 12:00") == [
        ("a", "12-10 12:00"), ("b", "12-17 08:00"), ("eve", "12-24 08:00"), ("c", "12-25 08:00"), ("d", "12-31 08:00"),
    ]  # fmt: skip
    assert [each for each, _ in calendar_of("2026-12-01 12:00")] == ["a", "b", "c", "d", "eve"]


def test_a_date_that_is_far_off_keeps_no_lesson_waiting() -> None:
    course = sequence(lesson("a", 0), lesson("far", on="2028-12-24"), lesson("b", 7))
    steps = rehearse(course, ADA, CALENDAR, at("2026-12-10 12:00"))
    assert [step.lesson.id for step in steps] == ["a", "b", "far"]


def test_who_comes_after_it_does_without_it() -> None:
    said = dict(calendar_of("2026-12-24 09:00"))
    assert said["eve"] == "Passed over: came after 24 December."
    assert said["d"] == "01-14 08:00"


def test_who_begins_that_very_morning_gets_it_the_next_day() -> None:
    assert calendar_of("2026-12-24 06:00")[:2] == [("a", "12-24 06:00"), ("eve", "12-25 08:00")]


def test_a_slower_pace_stretches_everything_but_the_date() -> None:
    said = dict(calendar_of("2026-12-10 12:00", ReaderClock("Europe/Dublin", slower=True)))
    assert (said["eve"], said["b"], said["c"]) == ("12-24 08:00", "12-25 08:00", "01-08 08:00")


def test_it_goes_on_a_day_on_which_nothing_else_does() -> None:
    quiet = replace(CALENDAR, quiet_days=frozenset({date(2026, 12, 24), date(2026, 12, 25)}))
    sunday = sequence(lesson("a", 0), lesson("eve", on=EVE), lesson("last", on="2026-12-27"), days=WEEKDAYS)
    steps = rehearse(sunday, ADA, quiet, at("2026-12-10 12:00"))
    assert [f"{step.due.local:%m-%d}" for step in steps] == ["12-10", "12-24", "12-27"]


@pytest.mark.parametrize(
    ("reader", "on", "utc"),
    [
        (FAY, EVE, "2026-12-23 21:00"),
        (ReaderClock("Pacific/Kiritimati"), EVE, "2026-12-23 18:00"),
        (ReaderClock("Pacific/Pago_Pago"), EVE, "2026-12-24 19:00"),
        (ADA, "2027-03-28", "2027-03-28 07:00"),
        (ADA, "2028-02-29", "2028-02-29 08:00"),
    ],
)
def test_its_date_is_that_of_her_own_wall(reader: ReaderClock, on: str, utc: str) -> None:
    course = sequence(lesson("a", 0), lesson("eve", on=on))
    step = rehearse(course, reader, CALENDAR, at("2026-12-10 12:00"))[1]
    assert (step.due.at, step.passed_over) == (at(utc), False)


def test_an_hour_that_never_was_goes_at_the_first_that_is() -> None:
    course = sequence(lesson("a", 0), lesson("eve", on="2027-03-28", at=time(1, 30)))
    step = rehearse(course, ADA, CALENDAR, at("2026-12-10 12:00"))[1]
    assert f"{step.due.local:%H:%M}" == "02:00"
    assert "does not exist" in step.reason


def test_days_she_asked_for_win_and_it_is_late_or_missed() -> None:
    few = ReaderClock("Europe/Dublin", frozenset({date(2026, 12, 24), date(2026, 12, 25)}))
    assert dict(calendar_of("2026-12-01 12:00", few))["eve"] == "12-26 08:00"
    many = replace(few, quiet_days=frozenset(date(2026, 12, 22) + timedelta(days=n) for n in range(10)))
    assert dict(calendar_of("2026-12-01 12:00", many))["eve"] == "Passed over: held past 24 December."


def test_a_lesson_that_is_late_does_not_take_the_date() -> None:
    progress = Progress(
        date(2026, 12, 9), at("2026-12-09 12:00"), 0, frozenset({"a", "b"}), date(2026, 12, 16), frozenset()
    )
    among = candidates(COURSE, progress, ADA, CALENDAR)
    turn = whose_turn(among, at("2026-12-23 08:00"), at("2026-12-23 20:00"))
    assert turn is not None
    assert turn.upcoming.lesson.id == "eve", "the late one has the day after"
    assert turn.later is not None
    assert turn.later.at == at("2026-12-24 08:00")
    then = whose_turn(among, turn.later.at, turn.later.at)
    assert then is not None
    assert (then.upcoming.lesson.id, then.later, then.too_late) == ("eve", None, "")


def test_what_comes_after_counts_from_the_lesson_before_with_a_day() -> None:
    course = sequence(lesson("a", 0), lesson("eve", on=EVE), lesson("b", after=14), lesson("c", after=7))
    steps = rehearse(course, ADA, CALENDAR, at("2026-12-12 12:00"))
    assert [(step.lesson.id, f"{step.due.local:%m-%d}") for step in steps] == [
        ("a", "12-12"), ("eve", "12-24"), ("b", "12-26"), ("c", "01-02"),
    ]  # fmt: skip


def test_while_she_rests_no_date_is_given_up() -> None:
    progress = Progress(date(2026, 12, 1), at("2026-12-01 12:00"), 0, frozenset({"a", "b", "c", "d"}))
    among = candidates(COURSE, progress, ADA, CALENDAR)
    until, now = at("2027-01-15 00:00"), at("2027-01-02 12:00")
    resting, over = whose_turn(among, now, now, until), whose_turn(among, now, now)
    assert resting is not None
    assert (resting.too_late, resting.later is not None) == ("", True)
    assert over is not None
    assert over.too_late == "held past 24 December"


def test_whoever_waits_for_a_round_begins_with_it() -> None:
    course = replace(COURSE, rounds=(date(2026, 12, 28),))
    steps = rehearse(course, ADA, CALENDAR, at("2026-12-10 12:00"))
    assert [(step.lesson.id, step.passed_over) for step in steps][:2] == [("eve", True), ("a", False)]


def test_an_edition_keeps_its_date_and_others_stay_as_they_were() -> None:
    assert sequence_from_json(sequence_to_json(COURSE)) == COURSE
    undated = sequence(lesson("a", 0), lesson("b", 7))
    assert all("on" not in each for each in sequence_to_json(undated)["lessons"])
    moved = replace(
        COURSE, lessons=tuple(replace(each, on=date(2027, 1, 1)) if each.on else each for each in COURSE.lessons)
    )
    assert content_hash(moved) != content_hash(COURSE)


def test_pages_say_how_many_come_on_dates() -> None:
    assert named_summary(COURSE) == "“Letters”: four mails over three weeks, and one for a fixed date."


def test_her_room_says_why_it_comes_that_day() -> None:
    progress = Progress(date(2026, 12, 1), at("2026-12-01 12:00"), 0, frozenset({"a"}), date(2026, 12, 1))
    eve = next(each for each in candidates(COURSE, progress, ADA, CALENDAR) if each.lesson.on)
    assert why_not_earlier(eve, date(2026, 12, 24)) == (NotEarlier.ITS_DATE,)


@given(
    offsets=st.sets(st.integers(-20, 60), min_size=1, max_size=5),
    zone=st.sampled_from(["UTC", "Australia/Sydney", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Australia/Lord_Howe"]),
    minutes=st.integers(0, 300 * 24 * 60),
    slower=st.booleans(),
)
def test_whatever_the_dates_no_day_has_two_and_the_course_is_whole(
    offsets: set[int], zone: str, minutes: int, slower: bool
) -> None:
    start = datetime(2027, 2, 20, tzinfo=UTC) + timedelta(minutes=minutes)
    days = [start.date() + timedelta(days=offset) for offset in sorted(offsets)]
    plain = [lesson("a", 0), lesson("b", 7), lesson("c", after=7)]
    course = sequence(*plain, *(lesson(f"d{n}", on=day.isoformat()) for n, day in enumerate(days)))
    reader = ReaderClock(zone, slower=slower)
    steps = rehearse(course, reader, Calendar(), start)
    sent = [step for step in steps if not step.passed_over]
    walls = [local_date(step.due.at, zone) for step in sent]
    assert len(walls) == len(set(walls))
    assert [step.lesson.id for step in sent if step.lesson.on is None] == ["a", "b", "c"]
    assert {step.lesson.id for step in steps} == set(course.places)
    began = local_date(start, zone)
    for step in steps:
        if step.lesson.on is not None and step.lesson.on > began:
            assert (step.passed_over, local_date(step.due.at, zone)) == (False, step.lesson.on)


def test_nothing_is_next_where_only_missed_dates_are_left() -> None:
    progress = Progress(date(2027, 1, 4), at("2027-01-04 09:00"), delivered=frozenset("abcd"))
    assert soonest(candidates(COURSE, progress, ADA, CALENDAR), at("2027-02-01 09:00")) is None
