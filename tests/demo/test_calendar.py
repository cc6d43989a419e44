"""What the calendar owes whom, from the practice's folder and the time somebody pressed the button."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from funnel.curriculum import Library
from funnel.demo.calendar import LAG, SLACK, expected_lessons
from funnel.demo.deeds import Moment, Pause, Press, Recalled
from funnel.demo.evidence import Expected
from funnel.settings import load_settings
from funnel.wiring import read_library

# Wednesday 3 February 2027, eight in the evening in Dublin: 4 February, seven in the morning, in Sydney.
EVENING = datetime(2027, 2, 3, 20, tzinfo=UTC)
DAY = 86_400.0


def library() -> Library:
    return read_library(load_settings({}))


def person(
    offer: str, zone: str = "Europe/Dublin", answered_after: timedelta = timedelta(0), *, both: bool = False
) -> Recalled:
    return Recalled(
        "ada@example.org",
        zone,
        offer,
        Moment(EVENING, EVENING),
        Moment(EVENING, EVENING + answered_after),
        ticks_both=both,
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


def test_the_ebook_alone_is_owed_its_own_mails() -> None:
    assert list(enrolment(person("ebook"))) == ["here-it-is", "what-stayed", "what-readers-find-hard"]


def test_the_ebook_leads_through_its_welcome_into_the_course() -> None:
    lessons = enrolment(person("ebook", both=True))
    assert list(lessons)[:4] == ["here-it-is", "what-stayed", "what-readers-find-hard", "begin-here"]
    assert len(lessons) == 11
    assert lessons["begin-here"].earliest == lessons["what-readers-find-hard"].earliest


def test_a_following_course_begins_on_a_day_without_a_lesson() -> None:
    lessons = enrolment(person("ebook", both=True))
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


def test_a_break_moves_all_lessons_that_were_to_come_and_none_that_had_been_due() -> None:
    def moment(days: float) -> Moment:
        return Moment(EVENING + timedelta(days=days), EVENING + timedelta(days=days))

    known = person("course")
    pause = Pause(Press(moment(40), moment(40)), 2)
    usual, later = enrolment(known), enrolment(replace(known, pause=pause))
    assert all(later[name].latest - usual[name].latest in (timedelta(0), timedelta(weeks=2)) for name in usual)
    assert later["begin-here"].latest == usual["begin-here"].latest
    assert later["keep-what-helped"].latest == usual["keep-what-helped"].latest + timedelta(weeks=2)
    assert all(later[name].earliest == usual[name].earliest for name in usual)
    moved = later["name-the-alarm"].after_a_break
    assert moved == datetime(2027, 2, 24, 8, tzinfo=UTC)
    by_hand = enrolment(replace(known, pause=replace(pause, went_on=Press(moment(43), moment(43)))))
    assert by_hand["name-the-alarm"].after_a_break == datetime(2027, 2, 13, 8, tzinfo=UTC)


def test_a_break_moves_what_follows_a_sequence_by_its_length_once() -> None:
    during = Moment(EVENING + timedelta(days=1), EVENING + timedelta(days=1))
    lessons = enrolment(replace(person("ebook", both=True), pause=Pause(Press(during, during), 1)))
    moved = {name: each.after_a_break - each.earliest for name, each in lessons.items() if each.after_a_break}
    assert moved.pop("here-it-is") == moved.pop("begin-here") == timedelta(days=7, hours=-1)
    assert set(moved) >= {"what-stayed", "what-readers-find-hard", "name-the-alarm"}
    # An hour less in UTC for a lesson that a break moves behind the clock change of 28 March.
    assert set(moved.values()) == {timedelta(days=7), timedelta(days=7, hours=-1)}


def test_who_begins_again_is_owed_the_course_a_second_time_from_then_on() -> None:
    later = Moment(EVENING + timedelta(days=60), EVENING + timedelta(days=60))
    known = replace(person("course"), began_again=Press(later, later))
    twice = expected_lessons(library(), [known], 1.0)
    assert [lesson.round for lesson in twice] == [1] * 8 + [2] * 8
    first, second = twice[:8], twice[8:]
    assert second[0].earliest == later.story
    assert [lesson.lesson_id for lesson in first] == [lesson.lesson_id for lesson in second]
