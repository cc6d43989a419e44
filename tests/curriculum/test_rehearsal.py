"""A whole walk worked out beforehand, with the reason for every date."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time

from funnel.curriculum import Facts, Progress, ReaderClock, UpcomingLesson, local_date, rehearse
from funnel.curriculum.schedule.postponement import postponement
from tests.curriculum.examples import ADA, CALENDAR, FAY, IN_UTC, UTC_READER, WEEKDAYS, at, lesson, sequence

COURSE = sequence(*(lesson(f"week-{week}", 7 * week) for week in range(8)), days=WEEKDAYS)


def test_a_rehearsal_shows_each_lesson_in_local_time_and_why() -> None:
    steps = rehearse(COURSE, FAY, CALENDAR, at("2027-03-19 22:00"))
    assert [step.lesson.id for step in steps] == [lesson.id for lesson in COURSE.lessons]
    assert steps[0].reason == "The first lesson goes at once."
    assert steps[1].reason == "Saturday and Sunday are not sending days: moved to Monday 29 March."
    assert {step.due.local.hour for step in steps[1:]} == {8}
    assert {step.due.at.hour for step in steps[1:]} == {21, 22}, "Sydney's clocks go back in April"


def test_conditions_are_answered_for_the_reader_asked_about() -> None:
    condition = "quiz.result == 'anxious' and weeks >= 2"
    course = replace(
        COURSE, lessons=tuple(replace(item, only_if=condition) if item.day else item for item in COURSE.lessons)
    )
    steps = rehearse(course, ADA, CALENDAR, at("2027-03-01 10:00"), Facts("anxious"))
    assert [step.passed_over for step in steps] == [False, True, *[False] * 6]
    assert "Passed over: only if" in steps[1].reason
    everything = rehearse(course, ADA, CALENDAR, at("2027-03-01 10:00"))
    assert not any(step.passed_over for step in everything)


def test_a_lesson_behind_one_passed_over_takes_the_next_slot() -> None:
    moved_and_left_out = replace(lesson("b", 5), only_if="not booked")
    early = replace(lesson("c", 7), at=time(6))
    course = sequence(lesson("a", 0), moved_and_left_out, early, days=WEEKDAYS)
    steps = rehearse(course, UTC_READER, IN_UTC, at("2027-03-01 10:00"), Facts(booked=True))
    assert [step.due.at for step in steps] == [
        at("2027-03-01 10:00"), at("2027-03-08 08:00"), at("2027-03-09 06:00"),
    ]  # fmt: skip
    assert steps[2].reason == "Its time has passed when its turn comes: moved to Tuesday 9 March."


def test_who_begins_on_a_quiet_day_of_hers_begins_after_it() -> None:
    quiet = ReaderClock("UTC", frozenset({date(2027, 3, 1)}))
    first = rehearse(COURSE, quiet, IN_UTC, at("2027-03-01 10:00"))[0]
    assert first.due.at == at("2027-03-02 08:00")
    assert first.reason.startswith("The reader asked not to hear on Monday 1 March: moved")


def test_a_turn_that_comes_late_is_not_spread() -> None:
    left_out, early = replace(lesson("b", 5), only_if="not booked"), replace(lesson("c", 7), at=time(6))
    course = sequence(lesson("a", 0), left_out, early, days=WEEKDAYS)
    had = Progress(date(2027, 3, 1), at("2027-03-01 10:00"), delivered=frozenset({"a", "b"}))
    upcoming = UpcomingLesson(course, early, had, UTC_READER, IN_UTC, "7")
    moved = postponement(upcoming, None, at("2027-03-08 08:00"))
    assert moved is not None
    assert moved.at == at("2027-03-09 06:00")


def test_a_slow_reader_has_the_same_lessons_in_twice_the_time() -> None:
    slow = rehearse(COURSE, ReaderClock("UTC", slower=True), CALENDAR, at("2027-03-01 10:00"))
    assert [local_date(step.due.at, "UTC") for step in slow[:3]] == [
        date(2027, 3, 1),
        date(2027, 3, 15),
        date(2027, 3, 29),
    ]
