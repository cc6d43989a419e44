"""When a lesson is due: local date and wall time first, UTC last."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from funnel.curriculum import (
    Calendar,
    Progress,
    ReaderClock,
    UpcomingLesson,
    due,
    local_date,
    next_lesson,
    shift_after_pause,
    zone_names,
)
from tests.curriculum.examples import (
    ADA,
    CALENDAR,
    FAY,
    IN_UTC,
    PRACTICE_ZONE,
    UTC_READER,
    WEEKDAYS,
    at,
    lesson,
    progress,
    sequence,
)

COURSE = sequence(lesson("a", 0), lesson("b", 7), lesson("c", 14), days=WEEKDAYS)


def test_the_first_lesson_goes_at_once_at_any_hour_and_weekday() -> None:
    saturday_night = progress("2027-03-06 23:40", zone="Europe/Dublin")
    found = due(
        UpcomingLesson(
            COURSE, COURSE.lessons[0], saturday_night, ADA, Calendar(PRACTICE_ZONE, frozenset({date(2027, 3, 6)}))
        )
    )
    assert found.at == at("2027-03-06 23:40")
    assert found.reasons == ("The first lesson goes at once.",)


def test_the_first_lesson_waits_if_another_lesson_went_today() -> None:
    started = replace(progress("2027-03-05 09:00"), busy_days=frozenset({date(2027, 3, 5)}))
    found = due(UpcomingLesson(COURSE, COURSE.lessons[0], started, UTC_READER, CALENDAR))
    assert found.at == at("2027-03-08 08:00")


def test_a_lesson_on_a_weekend_moves_to_monday_and_says_why() -> None:
    started = progress("2027-03-06 10:00", delivered=("a",), last="2027-03-06")
    found = due(UpcomingLesson(COURSE, COURSE.lessons[1], started, ADA, CALENDAR))
    assert found.at == at("2027-03-15 08:00")
    assert found.reasons == ("Saturday and Sunday are not sending days: moved to Monday 15 March.",)


def test_quiet_days_of_practice_and_reader_move_a_lesson_on() -> None:
    started = progress("2026-12-17 10:00", delivered=("a",), last="2026-12-17")
    holidays = frozenset({date(2026, 12, 24), date(2026, 12, 25)})
    ada = replace(ADA, quiet_days=frozenset({date(2026, 12, 28)}))
    found = due(UpcomingLesson(COURSE, COURSE.lessons[1], started, ada, Calendar(PRACTICE_ZONE, holidays)))
    assert found.at == at("2026-12-29 08:00")
    assert any("quiet day of the practice" in reason for reason in found.reasons)
    assert any("asked not to hear" in reason for reason in found.reasons)


def test_a_move_beyond_late_after_shifts_all_that_follows() -> None:
    started = progress("2027-03-01 10:00", delivered=("a",), last="2027-03-01")
    away = frozenset(date(2027, 3, 8) + timedelta(days=step) for step in range(14))
    second = due(UpcomingLesson(COURSE, COURSE.lessons[1], started, ADA, Calendar(PRACTICE_ZONE, away)))
    assert (second.at, second.shift_days) == (at("2027-03-22 08:00"), 14)
    later = replace(
        started,
        delivered=frozenset({"a", "b"}),
        last_delivered_on=date(2027, 3, 22),
        shift_days=second.shift_days,
    )
    third = due(UpcomingLesson(COURSE, COURSE.lessons[2], later, ADA, Calendar(PRACTICE_ZONE, away)))
    assert local_date(third.at, "Europe/Dublin") == date(2027, 3, 29)


def test_monday_at_eight_in_sydney_is_still_monday_to_fay() -> None:
    started = progress("2027-03-07 22:00", zone="Australia/Sydney", delivered=("a",), last="2027-03-08")
    found = due(UpcomingLesson(COURSE, COURSE.lessons[1], started, FAY, CALENDAR))
    assert started.started_on == date(2027, 3, 8)
    assert found.at == at("2027-03-14 21:00")
    assert found.local.weekday() == 0
    assert found.local.time() == time(8)


def test_eight_stays_eight_across_both_clock_changes() -> None:
    weekly = sequence(*(lesson(f"l{week}", 7 * week) for week in range(40)))
    started = progress("2027-02-01 10:00")
    for item in weekly.lessons[1:]:
        found = due(UpcomingLesson(weekly, item, replace(started, delivered=frozenset({"l0"})), ADA, CALENDAR))
        assert found.local.time() == time(8)


def test_a_time_that_does_not_exist_is_explained() -> None:
    night = sequence(lesson("a", 0), lesson("b", 1), at=time(1, 30))
    started = progress("2027-03-27 10:00", delivered=("a",), last="2027-03-27")
    found = due(UpcomingLesson(night, night.lessons[1], started, ADA, CALENDAR))
    assert found.local.time() == time(2)
    assert found.reasons == ("01:30 does not exist on Sunday 28 March: sent at 02:00.",)


def test_the_practices_zone_or_a_named_one_can_be_the_wall() -> None:
    started = progress("2027-06-01 10:00", delivered=("a",), last="2027-06-01")
    for zone, expected in (("practice", "2027-06-08 07:00"), ("America/New_York", "2027-06-08 12:00")):
        course = sequence(lesson("a", 0), lesson("b", 7), zone=zone)
        found = due(UpcomingLesson(course, course.lessons[1], started, FAY, CALENDAR))
        assert found.at == at(expected)


def test_after_counts_from_the_day_the_last_lesson_really_went() -> None:
    course = sequence(lesson("a", 0), lesson("b", after=7), lesson("c", after=7))
    late = progress("2027-03-01 10:00", delivered=("a", "b"), last="2027-03-10")
    found = due(UpcomingLesson(course, course.lessons[2], late, UTC_READER, CALENDAR))
    assert found.at == at("2027-03-17 08:00")


def test_two_lessons_never_meet_on_one_day() -> None:
    started = replace(
        progress("2027-03-01 10:00", delivered=("a",), last="2027-03-01"),
        busy_days=frozenset({date(2027, 3, 8), date(2027, 3, 9)}),
    )
    found = due(UpcomingLesson(COURSE, COURSE.lessons[1], started, UTC_READER, CALENDAR))
    assert found.at == at("2027-03-10 08:00")


def test_a_slower_reader_waits_twice_as_long_and_keeps_the_gap() -> None:
    slow = replace(UTC_READER, slower=True)
    course = sequence(lesson("a", 0), lesson("b", 7), lesson("c", 14))
    started = progress("2027-03-01 10:00", delivered=("a",), last="2027-03-01")
    second = due(UpcomingLesson(course, course.lessons[1], started, slow, CALENDAR))
    assert second.at == at("2027-03-15 08:00")
    again = due(UpcomingLesson(course, course.lessons[1], replace(started, shift_days=second.shift_days), slow, IN_UTC))
    assert (again.at, again.shift_days) == (second.at, second.shift_days)
    later = replace(
        started, delivered=frozenset("ab"), last_delivered_on=date(2027, 3, 15), shift_days=second.shift_days
    )
    third = due(UpcomingLesson(course, course.lessons[2], later, UTC_READER, CALENDAR))
    assert third.at == at("2027-03-22 08:00")


def test_a_pause_over_a_clock_change_keeps_hour_and_distance() -> None:
    started = progress("2027-03-15 10:00", delivered=("a",), last="2027-03-15")
    shift = shift_after_pause(COURSE, started, ADA, date(2027, 3, 18), date(2027, 4, 1))
    resumed = replace(started, shift_days=shift)
    second = due(UpcomingLesson(COURSE, COURSE.lessons[1], resumed, ADA, CALENDAR))
    third = due(UpcomingLesson(COURSE, COURSE.lessons[2], replace(resumed, delivered=frozenset("ab")), ADA, CALENDAR))
    assert shift == 14
    assert second.at == at("2027-04-05 07:00")
    assert second.local.time() == time(8)
    assert third.at - second.at == timedelta(days=7)


def test_a_pause_moves_a_lesson_that_follows_another_by_after() -> None:
    course = sequence(lesson("a", 0), lesson("b", after=7))
    started = progress("2027-03-01 10:00", delivered=("a",), last="2027-03-03")
    shift = shift_after_pause(course, started, UTC_READER, date(2027, 3, 4), date(2027, 3, 11))
    found = due(UpcomingLesson(course, course.lessons[1], replace(started, shift_days=shift), UTC_READER, CALENDAR))
    assert found.at == at("2027-03-17 08:00")


def test_the_next_lesson_follows_the_furthest_delivered() -> None:
    course = sequence(lesson("a", 0), lesson("new", 3), lesson("b", 7), lesson("c", 14))
    assert next_lesson(course, frozenset()) == course.lessons[0]
    assert next_lesson(course, {"a"}) == course.lessons[1]
    assert next_lesson(course, {"a", "b"}) == course.lessons[3]
    assert next_lesson(course, {"a"}, {"new"}) == course.lessons[2]
    assert next_lesson(course, {"c"}) is None
    assert next_lesson(course, {"a", "gone"}) == course.lessons[1]


ANY_ZONE = st.sampled_from(sorted(zone_names()))
QUIET = st.frozensets(st.dates(date(2030, 1, 1), date(2030, 3, 1)), max_size=20)


@settings(max_examples=300)
@given(
    zone=ANY_ZONE,
    start=st.datetimes(datetime(2026, 1, 1), datetime(2040, 1, 1)),  # noqa: DTZ001
    days=st.frozensets(st.integers(0, 6), min_size=1),
    wall=st.builds(time, st.integers(0, 23), st.integers(0, 59)),
    gaps=st.lists(st.integers(1, 9), min_size=1, max_size=6),
    quiet=QUIET,
    slower=st.booleans(),
    by_after=st.booleans(),
    send_zone=st.one_of(st.sampled_from(["reader", "practice"]), ANY_ZONE),
)
def test_order_is_kept_no_day_is_forbidden_and_no_day_has_two(
    zone: str,
    start: datetime,
    days: frozenset[int],
    wall: time,
    gaps: list[int],
    quiet: frozenset[date],
    slower: bool,
    by_after: bool,
    send_zone: str,
) -> None:
    placed = [lesson("l0", 0)]
    for number, gap in enumerate(gaps, start=1):
        placed.append(lesson(f"l{number}", None if by_after else sum(gaps[:number]), after=gap if by_after else None))
    course = sequence(*placed, at=wall, days=days, zone=send_zone)
    reader = ReaderClock(zone, frozenset(list(quiet)[::2]), slower)
    instant = start.replace(tzinfo=ZoneInfo("UTC"))
    state = Progress(local_date(instant, zone), instant)
    reached: list[date] = []
    while (following := next_lesson(course, state.delivered)) is not None:
        found = due(UpcomingLesson(course, following, state, reader, Calendar(PRACTICE_ZONE, quiet)))
        again = due(
            UpcomingLesson(
                course, following, replace(state, shift_days=found.shift_days), reader, Calendar(PRACTICE_ZONE, quiet)
            )
        )
        day = local_date(found.at, zone)
        if following.id != "l0":
            assert again.at == found.at, "shifting is stable under repetition"
            assert found.local.date().weekday() in days
            assert found.local.date() not in quiet
            assert day not in reader.quiet_days
            assert day >= state.started_on + timedelta(days=1)
        reached.append(day)
        state = replace(
            state,
            delivered=state.delivered | {following.id},
            last_delivered_on=day,
            shift_days=found.shift_days,
        )
    assert reached == sorted(set(reached))
