"""A plan names everybody who loses something, says what hangs on whom, and counts nothing for what it is not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from funnel.curriculum import (
    Facts,
    Lesson,
    Plan,
    PlanOptions,
    Position,
    Sequence,
    foresee,
    outcome_for,
    plan_sequence,
    render_plan,
)
from tests.curriculum.examples import IN_UTC, UTC_READER, at, groups, lesson, progress, sequence

OLD = sequence(lesson("a", 0), lesson("b", 7), lesson("c", 10), lesson("d", 14))
NOW = at("2027-03-09 12:00")


def position(number: int, *delivered: str, due_at: str | None = None, state: str = "active", **more: Any) -> Position:
    at_day = progress("2027-03-01 10:00", delivered=delivered, last="2027-03-08" if "b" in delivered else "2027-03-01")
    due = None if due_at is None else at(due_at)
    return Position(str(number), f"{chr(96 + number)}…@example.org", at_day, UTC_READER, due, state, **more)


EARLY = position(1, "a", due_at="2027-03-10 08:00")
MIDDLE = position(2, "a", "b", due_at="2027-03-11 08:00")
OTHER = position(3, "a", "b", due_at="2027-03-11 08:00")
LATE = position(4, "a", "b", "c", due_at="2027-03-15 08:00")
FINISHED = position(5, "a", "b", "c", "d", state="finished")


def only_if(item: Lesson, condition: str) -> Lesson:
    return replace(item, only_if=condition)


def plan(new: Sequence, *people: Position, old: Sequence = OLD, **more: Any) -> Plan:
    return plan_sequence(old, new, groups(people), PlanOptions(now=NOW, **more))


def counts(found: Plan, kind: str, lesson_id: str) -> dict[str, int]:
    (change,) = [each for each in found.changes if (each.kind, each.lesson_id) == (kind, lesson_id)]
    return change.counts


def test_a_lesson_moved_behind_readers_names_who_loses_it() -> None:
    new = sequence(lesson("a", 0), lesson("d", 1), lesson("b", 7), lesson("c", 10))
    found = plan(new, EARLY, MIDDLE, LATE, FINISHED)
    assert [(loss.lesson_id, loss.people, loss.who) for loss in found.lost] == [
        ("d", 2, ("b…@example.org", "d…@example.org"))
    ]
    assert (found.finishing.people, found.finishing.who) == (1, ("d…@example.org",))
    assert counts(found, "retimed", "d") == {"now_next": 1, "lost": 2, "had": 1}
    said = render_plan(found)
    assert "! d: 2 readers never get it now: b…@example.org, d…@example.org" in said
    assert "! 1 reader finishes on the spot: d…@example.org" in said


def test_moving_one_lesson_can_take_another_from_readers() -> None:
    new = sequence(lesson("a", 0), lesson("c", 10), lesson("b", 12), lesson("d", 14))
    found = plan(new, EARLY, MIDDLE, OTHER, LATE)
    assert [(loss.lesson_id, loss.people) for loss in found.lost] == [("c", 2)]
    assert found.to_json()["lost"][0]["who"] == ["b…@example.org", "c…@example.org"]


def test_a_few_of_many_are_named_and_all_in_a_detailed_plan() -> None:
    new = sequence(lesson("a", 0), lesson("d", 1), lesson("b", 7), lesson("c", 10))
    many = [replace(MIDDLE, enrolment_id=str(number), email_hint=f"{number}…@example.org") for number in range(12)]
    assert "12 readers never get it now: 0…@example.org, 1…@example.org, 2…@example.org and 9 more" in render_plan(
        plan(new, *many)
    )
    assert len(plan(new, *many, detailed=True).lost[0].who) == 12


def test_who_gets_a_lost_lesson_as_a_bonus_loses_nothing() -> None:
    new = sequence(lesson("a", 0), lesson("d", 1), lesson("b", 7), lesson("c", 10))
    found = plan(new, EARLY, MIDDLE, LATE, FINISHED, bonus=["d"])
    assert [loss.people - loss.sent_all_the_same for loss in found.lost] == [0]
    (bonus,) = found.bonus
    assert (bonus.lesson_id, bonus.people, bonus.dates) == ("d", 2, (("2027-03-10", 2),))
    assert "! d: 2 readers would never get it: 2 as a bonus" in render_plan(found)
    assert "* d: as a bonus 2 readers get it, on 10 March" in render_plan(found)


def test_a_bonus_already_sent_leads_nobody_past_a_lesson() -> None:
    had_bonus = replace(MIDDLE.progress, delivered=frozenset("abd"), skipped_by_edit=frozenset("d"))
    reader = replace(MIDDLE, progress=had_bonus)
    moved_back = replace(OLD, lessons=OLD.lessons)
    early = sequence(lesson("a", 0), lesson("d", 1), lesson("b", 7), lesson("c", 10))
    found = outcome_for(early, moved_back, reader, IN_UTC, NOW)
    assert found.next_id == "c"
    text = replace(moved_back, lessons=(*moved_back.lessons[:3], replace(moved_back.lessons[3], body="New.")))
    again = plan(text, reader, old=moved_back, bonus=["d"])
    assert counts(again, "text", "d") == {"had": 1}
    assert again.bonus[0].people == 0


def test_the_fate_of_a_lesson_is_told_apart_from_having_had_it() -> None:
    people = [
        position(number, "a", "b", due_at="2027-03-11 08:00", apart=frozenset({("b", how)}) if how else frozenset())
        for number, how in enumerate(("", "", "passed_over", "held", "on_its_way", "not_sent"), start=1)
    ]
    new = replace(OLD, lessons=(OLD.lessons[0], replace(OLD.lessons[1], body="New."), *OLD.lessons[2:]))
    found = plan(new, *people)
    assert counts(found, "text", "b") == {"had": 2, "passed_over": 1, "held": 1, "on_its_way": 1, "not_sent": 1}
    assert "2 have had it; 1 passed over, 1 held, 1 on its way as it was, 1 not sent" in render_plan(found)


@pytest.mark.parametrize(
    ("condition", "facts", "expected"),
    [
        ("booked", Facts(booked=True), (True, ())),
        ("booked", Facts(), (False, ("booked",))),
        ("not booked", Facts(), (True, ("booked",))),
        ("watched >= 2", Facts(watched=2), (True, ())),
        ("watched >= 2", Facts(watched=1), (False, ("watched",))),
        ("watched < 2", Facts(watched=3), (False, ())),
        ("'evening' in tags", Facts(tags=frozenset({"evening"})), (True, ("tags",))),
        ("opened('a')", Facts(opened=frozenset("a")), (True, ())),
        ("clicked('a')", Facts(), (False, ("clicked",))),
        ("weeks >= 2 and booked", Facts(weeks=1), (False, ())),
        ("weeks >= 2 and booked", Facts(weeks=2), (False, ("booked",))),
        ("booked or not booked", Facts(), (True, ())),
        ("quiz.result == 'anxious'", Facts(), (False, ("quiz.result",))),
        ("quiz.result == 'anxious' or not (quiz.result == 'anxious')", Facts(), (True, ())),
        ("booked and quiz.result == 'anxious'", Facts(), (False, ("booked", "quiz.result"))),
    ],
)
def test_a_condition_answers_with_what_could_still_change_it(
    condition: str, facts: Facts, expected: tuple[bool, tuple[str, ...]]
) -> None:
    assert foresee(condition, facts) == expected


def test_a_condition_tells_who_gets_a_lesson_who_not_who_may() -> None:
    new = sequence(*OLD.lessons[:3], only_if(OLD.lessons[3], "booked"))
    booked = replace(MIDDLE, facts=Facts(booked=True))
    found = plan(new, EARLY, booked, OTHER)
    assert counts(found, "condition", "d") == {"will_get": 1, "excluded": 2, "depends": 2}
    said = render_plan(found)
    assert (
        "asked of 3 readers still to come to it; 2 are passed over as things stand; for 2 it depends on a booking"
        in said
    )
    assert found.lost == ()


def test_a_condition_that_never_holds_takes_the_lesson_away() -> None:
    new = sequence(*OLD.lessons[:3], only_if(OLD.lessons[3], "weeks >= 9"))
    assert [(loss.lesson_id, loss.people) for loss in plan(new, EARLY, MIDDLE).lost] == [("d", 2)]


def test_weeks_are_those_of_the_day_the_lesson_will_fall_on() -> None:
    new = sequence(*OLD.lessons[:3], only_if(OLD.lessons[3], "weeks >= 2"))
    assert counts(plan(new, MIDDLE), "condition", "d") == {"will_get": 1}
    sooner = sequence(*OLD.lessons[:3], only_if(lesson("d", 12), "weeks >= 2"))
    assert [loss.lesson_id for loss in plan(sooner, MIDDLE).lost] == ["d"]


def test_who_is_passed_over_moves_nowhere() -> None:
    new = sequence(*OLD.lessons[:2], only_if(lesson("c", 12), "booked"), OLD.lessons[3])
    found = plan(new, MIDDLE, replace(OTHER, facts=Facts(booked=True)))
    assert counts(found, "retimed", "c") == {"moved": 1, "excluded": 1, "depends": 1}
    (change,) = [each for each in found.changes if each.kind == "retimed"]
    assert change.dates == (("2027-03-11", "2027-03-13", 1),)


def test_by_other_days_is_said_only_where_they_are_others() -> None:
    new = sequence(*OLD.lessons[:2], lesson("c", 12), OLD.lessons[3])
    later = replace(MIDDLE.progress, started_on=MIDDLE.progress.started_on.replace(day=2))
    people = [MIDDLE, OTHER, replace(EARLY, progress=later, due_at=at("2027-03-12 08:00"))]
    assert "2 readers move from 11 to 13 March, 1 by as much on other dates" in render_plan(plan(new, *people))
    spread = [*people, replace(EARLY, enrolment_id="9", progress=MIDDLE.progress, due_at=at("2027-03-12 08:00"))]
    assert "1 by as much on other dates, 1 by other days" in render_plan(plan(new, *spread))


def test_while_a_sequence_rests_nobody_says_a_day() -> None:
    new = sequence(*OLD.lessons[:2], lesson("c", 12), OLD.lessons[3])
    found = plan(new, EARLY, MIDDLE, rests=True, detailed=True)
    (change,) = found.changes
    assert (change.counts, change.dates) == ({"moved": 1, "will_get": 1}, ())
    said = render_plan(found)
    assert "rests: which days these will be is known when it goes on" in said
    assert "1 reader's next lesson moves, when it goes on" in said
    assert found.to_json()["rests"] is True
    assert {each["on"] for reader in found.readers for each in reader["gets"]} == {None}
    assert {reader["next"]["due_at"] for reader in found.readers} == {None}


def test_a_reader_who_pauses_moves_to_a_day_after_her_pause() -> None:
    resting = replace(MIDDLE, state="paused", due_at=at("2027-03-22 08:00"), paused_until=at("2027-03-20 12:00"))
    new = sequence(*OLD.lessons[:2], lesson("c", 9), OLD.lessons[3])
    found = outcome_for(OLD, new, resting, IN_UTC, NOW)
    assert found.due_at is not None
    assert at("2027-03-21 08:00") <= found.due_at < at("2027-03-21 12:00")


def test_where_all_who_waited_for_a_removed_lesson_go_is_told() -> None:
    old = replace(OLD, lessons=(*OLD.lessons[:3], OLD.lessons[3]))
    new = sequence(OLD.lessons[0], OLD.lessons[1], OLD.lessons[3])
    put_behind = replace(OTHER, progress=replace(OTHER.progress, skipped_by_edit=frozenset("d")))
    found = plan(new, EARLY, MIDDLE, put_behind, old=old)
    assert counts(found, "removed", "c") == {"waiting": 2, "ahead": 1}
    said = render_plan(found)
    assert "2 were waiting for it: 1 goes on to d, 1 has then finished; 1 more would have come to it" in said


def test_a_detailed_plan_says_of_each_what_comes_when() -> None:
    new = sequence(*OLD.lessons[:3], lesson("d", 16))
    (reader,) = plan(new, MIDDLE, detailed=True).readers
    assert reader["who"] == "b…@example.org"
    assert reader["next"] == {"lesson": "c", "due_at": "2027-03-11T08:00:00+00:00"}
    assert [(each["lesson"], each["on"]) for each in reader["gets"]] == [("c", "2027-03-11"), ("d", "2027-03-17")]
    assert (reader["loses"], reader["finishes"], reader["bonus"]) == ([], False, [])
