"""A date of its own as it is written, checked and changed while readers are on the way."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from funnel.curriculum import (
    PlanOptions,
    Position,
    Progress,
    check_library,
    inserted_behind,
    next_lesson,
    outcome_for,
    plan_sequence,
)
from funnel.curriculum.lint.dates import dates_gone_by
from tests.curriculum.examples import ADA, CALENDAR, FIRST, at, folder, groups, lesson, sequence

EVE = "2026-12-24"  # a Thursday
COURSE = sequence(lesson("a", 0), lesson("b", 7), lesson("eve", on=EVE), lesson("c", 14), lesson("d", 21))
DATED = b"""\
---
id: winter
subject: A winter letter
on: %s
---
It is the shortest day.
"""


def dated(on: str) -> bytes:
    return DATED % on.encode()


def problems(**changed: bytes | None) -> list[tuple[str, int, str]]:
    return [(one.code, one.line, one.fix) for one in check_library(folder(**changed))[1]]


def test_check_says_what_is_no_date() -> None:
    for typed, fix in (
        ("2027-02-30", "Write one day of the calendar, the year first, such as on: 2026-12-24."),
        ("24 December", "Write one day of the calendar, the year first, such as on: 2026-12-24."),
        ("2026-12-21 18:30", 'Write on: 2026-12-21, and the time of day on a line of its own: at: "18:30".'),
    ):
        assert ("bad-date", 4, fix) in problems(second=dated(typed)), typed


@pytest.mark.parametrize("typed", ["2026-12-21", '"2026-12-21"', "'2026-12-21'"])
def test_a_date_may_stand_in_quotation_marks(typed: str) -> None:
    library, found = check_library(folder(second=dated(typed)))
    assert found == []
    assert library is not None
    assert library.sequences["evenings"].lessons[1].on == date(2026, 12, 21)


def test_day_and_date_together_are_one_too_many() -> None:
    both = FIRST.replace(b"day: 0", b"day: 0\non: 2026-12-21")
    assert any(code == "day-and-after" for code, _, _ in problems(first=both))


def test_check_warns_of_a_day_without_mail_and_of_the_past() -> None:
    codes = [code for code, _, _ in problems(second=dated("2026-12-26"))]
    assert codes == ["no-sending-day"]
    library, _ = check_library(folder(second=dated("2026-12-21")))
    assert library is not None
    assert [one.severity for one in dates_gone_by(library, date(2026, 12, 22))] == ["warning"]
    assert not list(dates_gone_by(library, date(2026, 12, 21)))


def test_dates_that_run_backwards_are_an_error() -> None:
    files = folder(second=dated("2027-01-21"))
    files["evenings/03.md"] = dated("2026-12-21").replace(b"id: winter", b"id: solstice")
    found = check_library(files)[1]
    assert [(one.path, one.code, one.severity) for one in found] == [("evenings/03.md", "dates-backwards", "error")]


def waiting(delivered: tuple[str, ...], due_at: str, last: str) -> Position:
    progress = Progress(
        date(2026, 12, 1),
        at("2026-12-01 12:00"),
        delivered=frozenset(delivered),
        last_delivered_on=date.fromisoformat(last),
    )
    return Position("1", "a…@example.org", progress, ADA, at(due_at), "active")


def on(day: str) -> tuple[str, date]:
    return "eve", date.fromisoformat(day)


def edited(day: date | None, nth_day: int | None = None) -> list[object]:
    return [replace(each, on=day, day=nth_day) if each.id == "eve" else each for each in COURSE.lessons]


def test_a_date_that_is_moved_moves_who_waits_for_it() -> None:
    now = at("2026-12-23 12:00")
    new = replace(COURSE, lessons=tuple(edited(date(2026, 12, 31))))  # type: ignore[arg-type]
    one = waiting(("a", "b", "c", "d"), "2026-12-24 08:00", "2026-12-22")
    found = outcome_for(COURSE, new, one, CALENDAR, now)
    assert (found.next_id, found.due_at, found.moved) == ("eve", at("2026-12-31 08:00"), True)
    (change,) = plan_sequence(COURSE, new, groups([one]), PlanOptions(CALENDAR, now)).changes
    assert (change.kind, change.counts, change.detail) == ("retimed", {"moved": 1}, "on 2026-12-24 → on 2026-12-31")


def test_a_date_moved_into_the_past_is_a_loss_that_is_named() -> None:
    now = at("2026-12-23 12:00")
    new = replace(COURSE, lessons=tuple(edited(date(2026, 12, 1))))  # type: ignore[arg-type]
    one = waiting(("a", "b", "c", "d"), "2026-12-24 08:00", "2026-12-22")
    plan = plan_sequence(COURSE, new, groups([one]), PlanOptions(CALENDAR, now))
    assert [(loss.lesson_id, loss.people) for loss in plan.lost] == [("eve", 1)]
    assert plan.finishing.people == 1


def test_a_new_date_leaves_who_waits_for_another_lesson_alone() -> None:
    old = replace(COURSE, lessons=tuple(each for each in COURSE.lessons if each.on is None))
    one = waiting(("a", "b"), "2026-12-15 08:00", "2026-12-08")
    found = outcome_for(old, COURSE, one, CALENDAR, at("2026-12-10 12:00"))
    assert (found.next_id, found.due_at, found.moved) == ("c", at("2026-12-15 08:00"), False)
    assert found.skipped_by_edit == frozenset()


def test_one_she_had_by_date_is_no_progress_once_it_has_a_day() -> None:
    new = sequence(*(replace(each, on=None, day=60) if each.on else each for each in COURSE.lessons))
    had = frozenset({"a", "eve"})
    behind = inserted_behind(COURSE, new, had)
    assert behind == {"eve"}
    found = next_lesson(new, had, behind)
    assert found is not None
    assert found.id == "b"
