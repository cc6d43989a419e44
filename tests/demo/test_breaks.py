"""Breaks, and courses begun again, are held against what came and what was recorded."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from funnel.demo.deeds import Pause, Press
from funnel.demo.evidence import Evidence, Fault
from funnel.demo.reconcile import reconcile
from tests.demo.cast import ADA, ALARM, BEGINS, CLEO, COURSE, at, mail, peaceful, row, with_mail, with_row

PRESSED = Press(at(2), at(2.1))
UNTIL = at(2).story + timedelta(weeks=1)


def resting(pause: Pause, until: datetime | None) -> Evidence:
    """Ada takes a break on the third day; `until` is what the service has of it."""
    evidence = peaceful()
    people = {**evidence.people, ADA: replace(evidence.people[ADA], pause=pause)}
    recorded = {} if until is None else {ADA: until}
    figures = replace(evidence.figures, paused_until=recorded)
    moved = with_row(evidence, row(7, ADA, ALARM, 15))
    caught = tuple(each for each in moved.caught if each.message_id != "<7@example.org>")
    return with_mail(replace(moved, people=people, figures=figures, caught=caught), mail(7, ADA, 15))


def faults(evidence: Evidence) -> list[Fault]:
    return [found.kind for found in reconcile(evidence)]


def test_a_break_without_a_lesson_that_is_recorded_as_taken_is_right() -> None:
    assert faults(resting(Pause(PRESSED, 1), UNTIL)) == []


def test_a_lesson_made_due_in_a_break_is_found_and_that_it_came() -> None:
    evidence = with_row(resting(Pause(PRESSED, 1), UNTIL), row(7, ADA, ALARM, 8))
    assert faults(evidence) == [Fault.IN_A_BREAK, Fault.IN_A_BREAK]


def test_a_lesson_of_before_that_comes_in_a_break_is_found_unless_it_was_on_the_wire() -> None:
    waiting = replace(row(7, ADA, ALARM, 1.9), ended_at=at(6).story)
    evidence = with_row(resting(Pause(PRESSED, 1), UNTIL), waiting)
    caught = tuple(each for each in evidence.caught if each.message_id != "<7@example.org>")
    late = with_mail(replace(evidence, caught=caught), mail(7, ADA, 6))
    assert Fault.IN_A_BREAK in faults(late)
    assert Fault.IN_A_BREAK not in faults(with_mail(replace(evidence, caught=caught), mail(7, ADA, 2.5)))


def test_a_break_ended_by_hand_lasts_no_longer() -> None:
    ended = Pause(PRESSED, 4, Press(at(6), at(6.1)))
    assert faults(resting(ended, None)) == []
    assert Fault.IN_A_BREAK in faults(with_row(resting(ended, None), row(7, ADA, ALARM, 5)))


@pytest.mark.parametrize(
    ("pause", "until", "fault"),
    [
        (Pause(PRESSED, 1), None, Fault.MISSING),
        (Pause(PRESSED, 1), UNTIL + timedelta(weeks=1), Fault.FIGURE),
        (Pause(PRESSED, 4, Press(at(6), at(6.1))), at(2).story + timedelta(weeks=4), Fault.FIGURE),
    ],
)
def test_a_break_that_is_recorded_otherwise_is_found(pause: Pause, until: datetime | None, fault: Fault) -> None:
    assert faults(resting(pause, until)) == [fault]


def test_a_break_of_who_took_none_is_found() -> None:
    evidence = peaceful()
    figures = replace(evidence.figures, paused_until={CLEO: UNTIL})
    assert faults(replace(evidence, figures=figures)) == [Fault.FIGURE]


def test_a_lesson_that_is_not_moved_by_a_break_is_early() -> None:
    evidence = resting(Pause(PRESSED, 1), UNTIL)
    expected = tuple(
        replace(each, after_a_break=BEGINS + timedelta(days=15.5)) if each.lesson_id == ALARM else each
        for each in evidence.expected
    )
    assert faults(replace(evidence, expected=expected)) == [Fault.EARLY]


def test_a_lesson_of_a_course_begun_again_is_no_duplicate_but_two_in_one_round_are() -> None:
    first = with_mail(with_row(peaceful(), replace(row(20, ADA, ALARM, 20), round=2)), mail(20, ADA, 20))
    lessons = {**first.figures.lessons, (COURSE, ALARM): {"accepted": 2, "clicked": 1}}
    first = replace(first, figures=replace(first.figures, lessons=lessons))
    assert faults(first) == []
    second = with_mail(with_row(first, replace(row(21, ADA, ALARM, 21), round=2)), mail(21, ADA, 21))
    assert Fault.DUPLICATE in faults(second)
