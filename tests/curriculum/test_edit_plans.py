"""What an edit does to people half-way through is said beforehand, in numbers and plain words."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest

from funnel.curriculum import (
    Change,
    Edit,
    Plan,
    PlanOptions,
    Position,
    PositionGroup,
    Sequence,
    inserted_behind,
    outcome_for,
    plan_sequence,
    render_plan,
)
from tests.curriculum.examples import IN_UTC, UTC_READER, at, groups, lesson, progress, sequence

OLD = sequence(lesson("a", 0), lesson("b", 7), lesson("c", 14), lesson("d", 28))
NOW = at("2027-03-03 12:00")


def position(number: int, *delivered: str, due_at: str | None = None, state: str = "active") -> Position:
    last = "2027-03-01" if delivered else None
    at_day = progress("2027-03-01 10:00", delivered=delivered, last=last)
    due = None if due_at is None else at(due_at)
    return Position(str(number), f"reader{number}@…", at_day, UTC_READER, due, state)


EARLY = position(1, "a", due_at="2027-03-08 08:00")
MIDDLE = position(2, "a", "b", due_at="2027-03-15 08:00")
LATE = position(3, "a", "b", "c", due_at="2027-03-29 08:00")
FINISHED = position(4, "a", "b", "c", "d", state="finished")
GONE = position(5, "a", state="stopped")
EVERYBODY = (EARLY, MIDDLE, LATE, FINISHED, GONE)


def plan(new: Sequence, old: Sequence = OLD) -> Plan:
    return plan_sequence(old, new, groups(EVERYBODY), PlanOptions(now=NOW))


def only(found: Plan) -> Change:
    assert len(found.changes) == 1, found.changes
    return found.changes[0]


def edited(**bodies: str) -> Sequence:
    return replace(OLD, lessons=tuple(replace(item, body=bodies.get(item.id, item.body)) for item in OLD.lessons))


def test_a_changed_text_reaches_who_has_not_had_it() -> None:
    found = plan(edited(c="New."))
    assert only(found).kind == "text"
    assert only(found).counts == {"will_get": 2, "had": 2}
    for one in (EARLY, MIDDLE, LATE):
        outcome = outcome_for(OLD, edited(c="New."), one, IN_UTC, NOW)
        assert (outcome.due_at, outcome.moved) == (one.due_at, False)
    assert "next 2 readers get the new text; 2 have had it" in render_plan(found)


def test_an_inserted_lesson_reaches_only_who_is_before_it() -> None:
    new = sequence(lesson("a", 0), lesson("b", 7), lesson("new", 10), *OLD.lessons[2:])
    found = plan(new)
    assert only(found).kind == "inserted"
    assert only(found).counts == {"will_get": 2, "past": 2}
    assert outcome_for(OLD, new, MIDDLE, IN_UTC, NOW).next_id == "new"
    assert outcome_for(OLD, new, LATE, IN_UTC, NOW).next_id == "d"
    assert "inserted, day 10" in render_plan(found)
    assert "2 will get it; 2 are past it: nothing (--bonus sends it to them)" in render_plan(found)


def test_who_waited_for_a_removed_lesson_goes_on_to_the_next() -> None:
    new = sequence(OLD.lessons[0], OLD.lessons[1], OLD.lessons[3])
    found = plan(new)
    assert only(found).counts["waiting"] == 1
    assert outcome_for(OLD, new, MIDDLE, IN_UTC, NOW).next_id == "d"
    assert outcome_for(OLD, new, LATE, IN_UTC, NOW).next_id == "d"
    assert "1 was waiting for it: this reader goes on to d" in render_plan(found)


def test_a_lesson_added_last_reaches_only_who_is_under_way() -> None:
    new = sequence(*OLD.lessons, lesson("e", 35))
    assert only(plan(new)).counts == {"will_get": 3, "past": 1}


def test_removing_the_last_lesson_finishes_who_waited_for_it() -> None:
    new = sequence(*OLD.lessons[:3])
    assert outcome_for(OLD, new, LATE, IN_UTC, NOW).next_id is None
    assert "1 was waiting for it: this reader has then finished" in render_plan(plan(new))


def test_a_longer_delay_moves_the_due_time_and_says_how() -> None:
    new = sequence(*OLD.lessons[:3], lesson("d", 30))
    found = plan(new)
    assert only(found).counts == {"moved": 1, "will_get": 2, "had": 1}
    assert only(found).dates == (("2027-03-29", "2027-03-31", 1),)
    said = render_plan(found)
    assert "day 28 → day 30" in said
    assert "1 reader moves from 29 to 31 March, for example reader3@…; 2 further on get it at its new time" in said


def test_a_delay_shorter_than_the_wait_is_never_due_in_the_past() -> None:
    new = sequence(lesson("a", 0), lesson("b", 1), *OLD.lessons[2:])
    outcome = outcome_for(OLD, new, EARLY, IN_UTC, NOW)
    assert outcome.due_at is not None
    assert at("2027-03-04 08:00") <= outcome.due_at < at("2027-03-04 12:00")
    assert outcome.shift_days == 0


def test_in_a_new_order_the_next_follows_the_furthest_delivered() -> None:
    new = sequence(lesson("a", 0), lesson("c", 7), lesson("b", 14), lesson("d", 28))
    assert outcome_for(OLD, new, EARLY, IN_UTC, NOW).next_id == "c"
    assert outcome_for(OLD, new, MIDDLE, IN_UTC, NOW).next_id == "d"
    kinds = [(change.kind, change.lesson_id) for change in plan(new).changes]
    assert sum(kind == "reordered" for kind, _ in kinds) == 1


def test_a_next_lesson_moved_back_names_what_comes_first() -> None:
    new = sequence(lesson("a", 0), lesson("c", 14), lesson("b", 20), lesson("d", 28))
    found = plan(new)
    (retimed,) = [change for change in found.changes if change.kind == "retimed"]
    assert (retimed.lesson_id, retimed.counts) == ("b", {"overtaken": 1, "had": 3})
    assert retimed.following == (("c", 1),)
    assert retimed.to_json()["following"] == [{"lesson": "c", "people": 1}]
    said = render_plan(found)
    assert "day 7 → day 20" in said
    assert "1 reader gets c first, for example reader1@…" in said
    assert "nobody's next lesson moves" not in said


def test_a_lesson_moved_forward_says_for_whom_it_comes_next() -> None:
    new = sequence(lesson("a", 0), lesson("c", 3), lesson("b", 7), lesson("d", 28))
    found = plan(new)
    (retimed,) = [change for change in found.changes if change.kind == "retimed"]
    assert (retimed.lesson_id, retimed.counts) == ("c", {"now_next": 1, "lost": 1, "had": 2})
    assert "it comes next for 1 reader, for example reader1@…" in render_plan(found)


def test_what_a_condition_leaves_out_does_not_come_first() -> None:
    asked = replace(lesson("c", 14), only_if="booked")
    old = sequence(lesson("a", 0), lesson("b", 7), asked, lesson("d", 28))
    new = sequence(lesson("a", 0), asked, lesson("b", 20), lesson("d", 28))
    (retimed,) = [change for change in plan(new, old).changes if change.kind == "retimed"]
    assert retimed.counts == {"will_get": 1, "had": 3}


def test_new_hour_and_order_say_who_gets_another_lesson_first() -> None:
    new = sequence(lesson("a", 0), lesson("c", 14), lesson("b", 20), lesson("d", 28))
    new = replace(new, send=replace(new.send, at=new.send.at.replace(hour=18)))
    (settings_,) = [change for change in plan(new).changes if change.kind == "settings"]
    assert (settings_.counts, settings_.following) == ({"moved": 1, "overtaken": 1}, (("c", 1),))


def test_a_lesson_inserted_behind_a_reader_stays_behind() -> None:
    with_new = sequence(lesson("a", 0), lesson("new", 3), *OLD.lessons[1:])
    skipped_by_edit = inserted_behind(OLD, with_new, MIDDLE.progress.delivered)
    assert skipped_by_edit == {"new"}
    moved_on = replace(MIDDLE, progress=replace(MIDDLE.progress, skipped_by_edit=skipped_by_edit))
    without_b = sequence(lesson("a", 0), lesson("new", 3), *OLD.lessons[2:])
    assert outcome_for(with_new, without_b, moved_on, IN_UTC, NOW).next_id == "c"


def test_a_lesson_renamed_is_not_sent_again_to_who_has_had_it() -> None:
    renamed = sequence(lesson("a", 0), lesson("b2", 7), *OLD.lessons[2:])
    assert inserted_behind(OLD, renamed, MIDDLE.progress.delivered) == {"b2"}
    assert inserted_behind(OLD, renamed, EARLY.progress.delivered) == frozenset()
    assert outcome_for(OLD, renamed, EARLY, IN_UTC, NOW).next_id == "b2"


def test_a_new_hour_of_sending_moves_everybody_under_way() -> None:
    new = replace(OLD, send=replace(OLD.send, at=OLD.send.at.replace(hour=18)))
    found = plan(new)
    assert only(found).kind == "settings"
    assert only(found).counts == {"moved": 3}
    assert "sent at 08:00 → 18:00" in render_plan(found)


def test_a_paused_reader_keeps_no_due_time_and_still_counts() -> None:
    paused = position(6, "a", state="paused")
    new = sequence(lesson("a", 0), lesson("b", 9), *OLD.lessons[2:])
    assert outcome_for(OLD, new, paused, IN_UTC, NOW).due_at is None
    assert only(plan_sequence(OLD, new, groups([paused]), PlanOptions(now=NOW))).counts == {"will_get": 1}


def test_a_reader_resting_after_her_last_lesson_gets_a_new_one() -> None:
    new = sequence(*OLD.lessons, lesson("e", 35))
    resting = position(6, "a", "b", "c", "d", state="paused")
    outcome = outcome_for(OLD, new, resting, IN_UTC, NOW)
    assert outcome.next_id == "e"
    assert outcome.due_at == at("2027-04-05 08:00")


def test_readers_whose_new_day_has_passed_spread_over_the_next() -> None:
    late = at("2027-03-20 12:00")
    new = sequence(lesson("a", 0), lesson("b", 5), *OLD.lessons[2:])
    alike = [replace(EARLY, enrolment_id=str(number)) for number in range(40)]
    [together] = groups(alike)
    found = {number: outcome for outcome, members in Edit(OLD, new, IN_UTC, late).outcomes(together)
             for number, _ in members}  # fmt: skip
    assert found == {one.enrolment_id: outcome_for(OLD, new, one, IN_UTC, late) for one in alike}
    assert len({outcome.due_at for outcome in found.values()}) > 30
    counted = only(plan_sequence(OLD, new, groups(alike), PlanOptions(now=late)))
    assert counted.counts == {"moved": 40}
    assert sum(people for _, _, people in counted.dates) == 40


def test_a_lesson_counted_from_the_one_before_moves_with_it() -> None:
    old = sequence(lesson("a", 0), lesson("b", 7), lesson("c", after=3))
    new = sequence(lesson("a", 0), lesson("b", 9), lesson("c", after=3))
    found = plan(new, old)
    assert [(each.lesson_id, each.detail) for each in found.changes] == [
        ("b", "day 7 → day 9"),
        ("c", "day 10 → day 12"),
    ]


def test_a_sequence_is_not_removed_while_anyone_is_under_way() -> None:
    refused = plan_sequence(OLD, None, groups(EVERYBODY))
    assert refused.refused.startswith("3 readers are under way")
    assert "the sequence is removed: 3 readers" in render_plan(refused)
    assert plan_sequence(OLD, None, groups([FINISHED, GONE])).refused == ""


def test_a_new_sequence_and_an_unchanged_one_are_called_so() -> None:
    assert "a new sequence of 4 lessons" in render_plan(plan_sequence(None, OLD, []))
    assert plan(OLD).kind == "unchanged"
    assert render_plan(plan(OLD)) == "letters\n  nothing changes"
    with pytest.raises(ValueError, match="nothing to plan"):
        plan_sequence(None, None, [])


def test_a_plan_can_be_written_as_plain_data() -> None:
    data = plan(sequence(*OLD.lessons[:3], lesson("d", 30))).to_json()
    assert data["sequence"] == "letters"
    assert data["changes"][0]["dates"] == [{"from": "2027-03-29", "to": "2027-03-31", "people": 1}]
    assert data["people"] == {"active": 3, "finished": 1, "stopped": 1}


def many(people: int) -> Iterator[PositionGroup]:
    for number in range(people):
        started = at("2027-02-01 10:00") + timedelta(days=number % 28)
        delivered = frozenset("abc"[: 1 + number % 3])
        progress = replace(
            EARLY.progress,
            started_on=started.date(),
            started_at=started,
            delivered=delivered,
            last_delivered_on=date(2027, 3, 1),
        )
        due = started + timedelta(days=28)
        member = (str(number), f"reader{number}@…")
        yield PositionGroup(Position(*member, progress, UTC_READER, due, "active"), [member])


def test_a_crowd_is_counted_in_bounded_memory() -> None:
    new = sequence(*OLD.lessons[:3], lesson("d", 30))
    tracemalloc.start()
    plan_sequence(OLD, new, many(500), PlanOptions(now=NOW))
    tracemalloc.reset_peak()
    before = tracemalloc.get_traced_memory()[0]
    plan_sequence(OLD, new, many(4_000), PlanOptions(now=NOW))
    peak = tracemalloc.get_traced_memory()[1] - before
    tracemalloc.stop()
    assert peak < 300_000
