"""What the calendar owes whom, from the practice's folder and the time somebody pressed the button."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from funnel.curriculum import Library
from funnel.demo.calendar import LAG, SLACK, expected_lessons
from funnel.demo.evidence import Expected, Moment, Recalled
from funnel.settings import load_settings
from funnel.wiring import read_library

# Wednesday 3 February 2027, eight in the evening in Dublin: 4 February, seven in the morning, in Sydney.
EVENING = datetime(2027, 2, 3, 20, tzinfo=UTC)
DAY = 86_400.0


def library() -> Library:
    return read_library(load_settings({}))


def person(offer: str, zone: str = "Europe/Dublin", answered_after: timedelta = timedelta(0)) -> Recalled:
    return Recalled(
        "ada@example.org",
        zone,
        offer,
        Moment(EVENING, EVENING),
        Moment(EVENING, EVENING + answered_after),
    )


def enrolment(known: Recalled, rate: float = 1.0) -> dict[str, Expected]:
    return {lesson.lesson_id: lesson for lesson in expected_lessons(library(), [known], rate)}


def test_who_never_confirmed_is_owed_nothing() -> None:
    assert expected_lessons(library(), [Recalled("ben@example.org", "Europe/Dublin", "course")], 1.0) == []


def test_the_course_is_eight_letters_the_first_of_them_at_once() -> None:
    lessons = enrolment(person("course"))
    assert len(lessons) == 8
    assert next(iter(lessons.values())).earliest == EVENING


def test_a_weekly_letter_is_owed_at_eight_in_the_readers_time() -> None:
    dublin, sydney = enrolment(person("course")), enrolment(person("course", "Australia/Sydney"))
    assert dublin["name-the-alarm"].earliest == datetime(2027, 2, 10, 8, tzinfo=UTC)
    assert sydney["name-the-alarm"].earliest == datetime(2027, 2, 10, 21, tzinfo=UTC)  # 11 February, 8:00


def test_the_ebook_leads_through_its_welcome_into_the_course() -> None:
    lessons = enrolment(person("ebook"))
    assert list(lessons)[:4] == ["here-it-is", "what-stayed", "what-readers-find-hard", "begin-here"]
    assert len(lessons) == 11
    assert lessons["begin-here"].earliest == lessons["what-readers-find-hard"].earliest


def test_a_following_course_begins_on_a_day_without_a_lesson() -> None:
    lessons = enrolment(person("ebook"))
    # The welcome ends on Sunday 7 February, and the course goes out on working days.
    monday = datetime(2027, 2, 8, 8, tzinfo=UTC)
    assert lessons["begin-here"].latest == monday + SLACK + LAG


def test_the_latest_time_counts_from_the_answer_at_clock_rate() -> None:
    slow, fast = enrolment(person("course")), enrolment(person("course"), rate=DAY)
    late = enrolment(person("course", answered_after=timedelta(days=1)))
    first = "begin-here"
    assert fast[first].latest - slow[first].latest == LAG * (DAY - 1)
    assert late[first].latest - slow[first].latest == timedelta(days=1)
    assert late[first].earliest == slow[first].earliest
