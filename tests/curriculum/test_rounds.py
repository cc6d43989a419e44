"""A course that begins together: on its day on every wall, with who waits, who comes late, and what an edit moves."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from funnel.curriculum import (
    PlanOptions,
    Position,
    Progress,
    ReaderClock,
    Sequence,
    UpcomingLesson,
    check_library,
    decide_late,
    due,
    outcome_for,
    plan_sequence,
    rehearse,
    render_plan,
    shift_after_pause,
)
from funnel.curriculum.round_summary import begins_together
from funnel.curriculum.schedule.late import SendNow
from funnel.curriculum.schedule.not_earlier import NotEarlier, why_not_earlier
from funnel.curriculum.schedule.rounds import first_day, moved_round
from funnel.curriculum.sequence_json import content_hash, sequence_from_json, sequence_to_json
from funnel.language import speaking
from tests.curriculum.examples import (
    ADA,
    CALENDAR,
    FAY,
    IN_UTC,
    SEQUENCE,
    UTC_READER,
    WEEKDAYS,
    at,
    folder,
    groups,
    lesson,
    sequence,
)

JANUARY, MARCH = date(2027, 1, 8), date(2027, 3, 26)  # both are Fridays; on 28 March the clocks go forward in Dublin
COURSE = replace(
    sequence(lesson("a", 0), lesson("b", 7), lesson("c", 14), days=WEEKDAYS), rounds=(JANUARY, MARCH), closes=3
)
NOW = at("2026-12-01 12:00")


def waiting(asked: str = "2026-12-01 21:30", begins: date = JANUARY) -> Progress:
    return Progress(begins, at(asked))


def upcoming(progress: Progress, reader: ReaderClock = ADA, course: Sequence = COURSE) -> UpcomingLesson:
    return UpcomingLesson(course, course.lessons[0], progress, reader, CALENDAR)


@pytest.mark.parametrize(
    ("today", "joins"),
    [
        ("2026-12-01", JANUARY),
        ("2027-01-08", JANUARY),
        ("2027-01-11", JANUARY),
        ("2027-01-12", MARCH),
        ("2027-03-29", MARCH),
        ("2027-03-30", None),
    ],
)
def test_a_reader_joins_the_first_round_that_has_not_closed(today: str, joins: date | None) -> None:
    assert first_day(COURSE, date.fromisoformat(today)) == joins


def test_without_rounds_the_first_day_is_today() -> None:
    assert first_day(replace(COURSE, rounds=()), JANUARY) == JANUARY


@pytest.mark.parametrize(("reader", "when"), [(ADA, "2027-01-08 08:00"), (FAY, "2027-01-07 21:00")])
def test_who_waits_is_sent_the_first_on_her_own_wall(reader: ReaderClock, when: str) -> None:
    found = due(upcoming(waiting(), reader))
    assert found.at == at(when)
    assert f"{found.local:%Y-%m-%d %H:%M}" == "2027-01-08 08:00"
    assert found.reasons == ("The round begins on Friday 8 January.",)


def test_a_round_across_a_clock_change_keeps_the_wall() -> None:
    steps = rehearse(COURSE, ADA, CALENDAR, at("2027-02-01 10:00"))
    assert [step.due.at for step in steps] == [at("2027-03-26 08:00"), at("2027-04-02 07:00"), at("2027-04-09 07:00")]


def test_who_joins_late_has_the_first_at_once_and_the_rest_with_all() -> None:
    steps = rehearse(COURSE, ADA, CALENDAR, at("2027-01-10 22:15"))
    assert [step.due.at for step in steps] == [at("2027-01-10 22:15"), at("2027-01-15 08:00"), at("2027-01-22 08:00")]


def test_who_joins_late_on_a_day_with_a_lesson_has_it_the_next_day() -> None:
    late = replace(waiting("2027-01-10 22:15"), busy_days=frozenset({date(2027, 1, 10)}))
    assert due(upcoming(late)).at == at("2027-01-11 08:00")


def test_the_round_of_a_weekend_begins_on_monday() -> None:
    course = replace(COURSE, rounds=(date(2027, 1, 9),))
    assert due(upcoming(waiting(begins=date(2027, 1, 9)), course=course)).at == at("2027-01-11 08:00")


def test_a_clock_that_was_away_on_the_first_day_sends_as_for_any_other() -> None:
    late = upcoming(waiting())
    assert decide_late(late, due(late).at, at("2027-01-08 08:40")) == SendNow()
    moved = decide_late(late, due(late).at, at("2027-01-08 15:00"))
    assert not isinstance(moved, SendNow)
    assert moved.at.date() == date(2027, 1, 11)


def test_a_pause_that_ends_before_the_round_moves_nobody() -> None:
    moved = shift_after_pause(COURSE, waiting(), ADA, date(2026, 12, 10), date(2026, 12, 24))
    assert moved == 0


def test_a_pause_across_the_first_day_moves_by_what_was_missed() -> None:
    moved = shift_after_pause(COURSE, waiting(), ADA, date(2027, 1, 1), date(2027, 1, 15))
    assert moved == 7


def test_the_reason_why_not_earlier_is_the_round() -> None:
    assert why_not_earlier(upcoming(waiting()), JANUARY) == (NotEarlier.ROUND,)


@pytest.mark.parametrize(
    ("rounds", "goes_to"),
    [
        ((date(2027, 1, 15), MARCH), date(2027, 1, 15)),
        ((date(2027, 1, 4), MARCH), date(2027, 1, 4)),
        ((MARCH,), MARCH),
        ((JANUARY, date(2027, 1, 9)), JANUARY),
        ((date(2026, 11, 20),), None),
        ((), date(2026, 12, 1)),
    ],
)
def test_who_waits_for_a_moved_round_goes_to_the_nearest(rounds: tuple[date, ...], goes_to: date | None) -> None:
    assert moved_round(COURSE, replace(COURSE, rounds=rounds), JANUARY, date(2026, 12, 1)) == goes_to


def position(progress: Progress, due_at: datetime | None, state: str = "active") -> Position:
    return Position("1", "a…@example.org", progress, UTC_READER, due_at, state)


def test_a_moved_date_says_who_is_hit_and_moves_them() -> None:
    later = replace(COURSE, rounds=(date(2027, 1, 15), MARCH))
    one = position(waiting(), at("2027-01-08 08:00"))
    outcome = outcome_for(COURSE, later, one, IN_UTC, NOW)
    assert (outcome.started_on, outcome.due_at, outcome.moved) == (date(2027, 1, 15), at("2027-01-15 08:00"), True)
    found = plan_sequence(COURSE, later, groups([one]), PlanOptions(now=NOW))
    assert (
        "rounds 2027-01-08, 2027-03-26, open 3 days → 2027-01-15, 2027-03-26, open 3 days  "
        "1 reader moves from 8 to 15 January, for example a…@example.org" in render_plan(found)
    )


def test_whose_round_has_begun_stays_as_she_is() -> None:
    later = replace(COURSE, rounds=(date(2027, 1, 15), MARCH))
    begun = Progress(JANUARY, at("2026-12-01 21:30"), delivered=frozenset({"a"}), last_delivered_on=JANUARY)
    outcome = outcome_for(COURSE, later, position(begun, at("2027-01-15 08:00")), IN_UTC, at("2027-01-09 12:00"))
    assert (outcome.started_on, outcome.due_at) == (None, at("2027-01-15 08:00"))


def test_a_round_called_off_leaves_its_readers_waiting_for_a_date() -> None:
    none = replace(COURSE, rounds=(date(2026, 11, 20),))
    one = position(waiting(), at("2027-01-08 08:00"))
    outcome = outcome_for(COURSE, none, one, IN_UTC, NOW)
    assert (outcome.due_at, outcome.undated, outcome.next_id) == (None, True, "a")
    found = plan_sequence(COURSE, none, groups([one]), PlanOptions(now=NOW))
    assert "1 waits until a new date is set" in render_plan(found)
    assert found.lost == ()


def test_a_new_date_is_for_who_waited_for_one() -> None:
    none = replace(COURSE, rounds=(date(2026, 11, 20),))
    one = position(Progress(date(2026, 12, 1), NOW - timedelta(hours=2)), None, "waiting")
    found = plan_sequence(none, COURSE, groups([one]), PlanOptions(now=NOW))
    assert "1 who waited for a date has one" in render_plan(found)


def test_an_edition_keeps_the_rounds_and_others_stay_as_they_were() -> None:
    assert sequence_from_json(sequence_to_json(COURSE)) == COURSE
    assert "rounds" not in sequence_to_json(replace(COURSE, rounds=(), closes=0))
    assert content_hash(COURSE) != content_hash(replace(COURSE, closes=0))


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("rounds: [2027-02-30]", "rounds does not understand 2027-02-30"),
        ("rounds: [8 January]", "rounds does not understand 8 January"),
        ("rounds: [2027-01-08, 2027-01-08]", "the round of 2027-01-08 stands there twice"),
        ("closes: 3d", "closes is said of rounds, and there are none"),
        ("rounds: [2027-01-08]\ncloses: 90d", "closes is no span of time that fits here: 90d"),
        ("rounds: [2027-01-09]", "the round of 2027-01-09 is a Saturday, when no lesson goes out"),
        ("rounds: [2027-01-01]", "the round of 2027-01-01 is a quiet day of the practice, when no lesson goes out"),
    ],
)
def test_a_round_that_cannot_be_is_named_at_its_line(line: str, says: str) -> None:
    written = SEQUENCE.replace(b"stop_when", f"{line}\nstop_when".encode())
    _, problems = check_library(folder(sequence=written))
    (found,) = [problem for problem in problems if says in problem.message]
    assert (found.path, found.line) == ("evenings/sequence.md", 7 if "90d" not in line else 8)
    assert found.fix


def test_rounds_are_read_in_order() -> None:
    written = SEQUENCE.replace(b"stop_when", b"rounds: [2027-03-26, 2027-01-08]\ncloses: 1w\nstop_when")
    library, problems = check_library(folder(sequence=written))
    assert library is not None
    assert problems == check_library(folder())[1]
    course = library.sequences["evenings"]
    assert (course.rounds, course.closes) == ((JANUARY, MARCH), 7)


@pytest.mark.parametrize(
    ("today", "says"),
    [
        ("2026-12-01", "“letters” begins for everybody on one day, the next time on Friday 8 January 2027."),
        ("2027-01-09", "“letters” began for everybody on Friday 8 January 2027, and you can still join."),
        (
            "2027-04-20",
            "“letters” begins for everybody on one day. The next is not set yet; you get a mail when it is.",
        ),
    ],
)
def test_a_visitor_is_told_when_it_begins(today: str, says: str) -> None:
    course = replace(COURSE, title="letters", start_on=("confirm",), for_offers=("course",))
    with speaking("en"):
        assert begins_together([course], date.fromisoformat(today)) == [says]
