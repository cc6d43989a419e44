"""Random edits, deliveries and pauses against a plain reference: nobody gets a lesson twice, nobody is stuck."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import time, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from funnel.curriculum import (
    Edit,
    Lesson,
    PlanOptions,
    Position,
    ReaderClock,
    Sequence,
    UpcomingLesson,
    content_hash,
    due,
    local_date,
    next_lesson,
    outcome_for,
    plan_sequence,
    sequence_from_json,
    sequence_to_json,
    shift_after_pause,
)
from funnel.curriculum.plan import EditOutcome
from tests.curriculum.examples import IN_UTC, at, groups, lesson, progress, sequence

ZONES = ("UTC", "Australia/Sydney", "America/St_Johns")
STEP = st.tuples(
    st.sampled_from(["insert", "remove", "reorder", "retime", "text", "pause", "deliver", "deliver", "enrol"]),
    st.integers(0, 9),
    st.integers(0, 9),
)


def reference_next(new: Sequence, old: Sequence, one: Position) -> str | None:
    """The table of the contract, by hand: after the furthest one delivered, nothing an edit put behind the reader."""
    order = [item.id for item in new.lessons]
    done = [order.index(item) for item in one.progress.delivered if item in order]
    ahead = order[max(done) + 1 :] if done else order
    skipped_by_edit = outcome_for(old, new, one, IN_UTC, None).skipped_by_edit
    return next((item for item in ahead if item not in skipped_by_edit), None)


class World:
    """One sequence and the people in it."""

    def __init__(self) -> None:
        self.now = at("2027-03-01 12:00")
        self.made = 3
        self.published = sequence(lesson("l0", 0), lesson("l1", 7), lesson("l2", 14))
        self.positions: list[Position] = []
        self.sent: dict[str, list[str]] = {}
        self.behind: dict[str, set[str]] = {}

    def play(self, kind: str, first: int, second: int) -> None:
        self.now += timedelta(hours=7)
        lessons = list(self.published.lessons)
        place = first % len(lessons)
        if kind == "enrol":
            self._enrol(ZONES[second % 3])
        elif kind == "deliver":
            for number in range(len(self.positions)):
                if number % 2 == second % 2:
                    self._deliver(number)
        elif kind == "pause":
            for number in range(len(self.positions)):
                if number % 3 == second % 3:
                    self._pause(number, first)
        else:
            self._publish(self._edited(kind, lessons, place, second))

    def _edited(self, kind: str, lessons: list[Lesson], place: int, second: int) -> Sequence:
        if kind == "insert":
            lessons.insert(second % (len(lessons) + 1), lesson(f"l{self.made}", 0))
            self.made += 1
        elif kind == "remove" and len(lessons) > 1:
            del lessons[place]
        elif kind == "reorder":
            lessons.insert(second % len(lessons), lessons.pop(place))
        elif kind == "text":
            lessons[place] = replace(lessons[place], body=f"Text {self.now}")
            return replace(self.published, lessons=tuple(lessons))
        gap = 1 + second if kind == "retime" else 7
        return sequence(*(replace(item, day=index * gap) for index, item in enumerate(lessons)))

    def _enrol(self, zone: str) -> None:
        number = str(len(self.positions))
        begun = progress(f"{self.now:%Y-%m-%d %H:%M}", zone=zone)
        first = self.published.lessons[0]
        found = due(UpcomingLesson(self.published, first, begun, ReaderClock(zone), IN_UTC))
        self.positions.append(Position(number, f"{number}@…", begun, ReaderClock(zone), found.at, "active"))
        self.sent[number], self.behind[number] = [], set()

    def _deliver(self, number: int) -> None:
        one = self.positions[number]
        waiting = next_lesson(self.published, one.progress.delivered, one.progress.skipped_by_edit)
        if waiting is None or one.due_at is None:
            return
        assert waiting.id not in self.sent[one.enrolment_id], "nobody has a lesson twice"
        assert waiting.id not in self.behind[one.enrolment_id], "nobody is sent what is behind her"
        self.sent[one.enrolment_id].append(waiting.id)
        self.now = max(self.now, one.due_at)
        day = local_date(self.now, one.reader.zone)
        state = replace(one.progress, delivered=one.progress.delivered | {waiting.id}, last_delivered_on=day)
        following = next_lesson(self.published, state.delivered, state.skipped_by_edit)
        self._place(number, replace(one, progress=state), following)

    def _pause(self, number: int, days: int) -> None:
        one = self.positions[number]
        if one.state != "active" or one.due_at is None:
            return
        today = local_date(self.now, one.reader.zone)
        shift = shift_after_pause(self.published, one.progress, one.reader, today, today + timedelta(days=days))
        moved = replace(one, progress=replace(one.progress, shift_days=shift))
        self._place(
            number, moved, next_lesson(self.published, moved.progress.delivered, moved.progress.skipped_by_edit)
        )
        assert self.positions[number].due_at is not None

    def _place(self, number: int, one: Position, following: Lesson | None) -> None:
        if following is None:
            self.positions[number] = replace(one, due_at=None, state="finished")
            return
        found = due(UpcomingLesson(self.published, following, one.progress, one.reader, IN_UTC))
        state = replace(one.progress, shift_days=found.shift_days)
        self.positions[number] = replace(one, progress=state, due_at=found.at)

    def _publish(self, new: Sequence) -> None:
        old = self.published
        together = groups(self.positions)
        said = plan_sequence(old, new, together, PlanOptions(now=self.now))
        gets = {
            change.lesson_id: change.counts.get("will_get", 0) for change in said.changes if change.kind == "inserted"
        }
        edit = Edit(old, new, IN_UTC, self.now)
        at_once = {
            number: outcome for group in together for outcome, members in edit.outcomes(group) for number, _ in members
        }
        moved, overtaken = 0, Counter[str]()
        for number, one in enumerate(self.positions):
            if one.state != "active":
                continue
            outcome = outcome_for(old, new, one, IN_UTC, self.now)
            assert outcome == at_once[one.enrolment_id], "alone or in a crowd, it is the same"
            assert outcome.next_id == reference_next(new, old, one)
            self._remember_behind(one, old, new, outcome)
            moved += outcome.moved
            waited_for = next_lesson(old, one.progress.delivered, one.progress.skipped_by_edit)
            if waited_for is not None and waited_for.id != outcome.next_id:
                overtaken[waited_for.id] += self._will_get(new, one, outcome, waited_for.id)
            for inserted in gets:
                gets[inserted] -= self._will_get(new, one, outcome, inserted)
            self._apply(number, one, outcome)
        assert not any(gets.values()), "the plan said exactly who gets what is inserted"
        assert moved == sum(change.counts.get("moved", 0) for change in said.changes if change.kind == "retimed")
        for change in said.changes:
            if change.kind in ("retimed", "reordered"):
                assert change.counts.get("overtaken", 0) == overtaken[change.lesson_id], "and who gets another first"
        self.published = new

    @staticmethod
    def _will_get(new: Sequence, one: Position, outcome: EditOutcome, lesson_id: str) -> bool:
        """Whether walking the new sequence to its end from here passes by this lesson."""
        delivered = set(one.progress.delivered)
        while (following := next_lesson(new, delivered, outcome.skipped_by_edit)) is not None:
            if following.id == lesson_id:
                return True
            delivered.add(following.id)
        return False

    def _remember_behind(self, one: Position, old: Sequence, new: Sequence, outcome: EditOutcome) -> None:
        order = [item.id for item in new.lessons]
        done = [order.index(item) for item in one.progress.delivered if item in order]
        inserted = {item.id for item in new.lessons} - {item.id for item in old.lessons}
        behind = {item for item in inserted if done and order.index(item) < max(done)}
        assert behind <= outcome.skipped_by_edit
        self.behind[one.enrolment_id] |= behind

    def _apply(self, number: int, one: Position, outcome: EditOutcome) -> None:
        state = replace(one.progress, shift_days=outcome.shift_days, skipped_by_edit=outcome.skipped_by_edit)
        if outcome.next_id is None:
            self.positions[number] = replace(one, progress=state, due_at=None, state="finished")
            return
        assert outcome.due_at is not None, "nobody is stuck"
        assert outcome.due_at >= min(self.now, one.due_at or self.now), "nothing is due in the past by an edit"
        self.positions[number] = replace(one, progress=state, due_at=outcome.due_at)


@settings(max_examples=120)
@given(st.lists(STEP, min_size=4, max_size=25))
def test_random_edits_repeat_no_lesson_and_leave_nobody_stuck(steps: list[tuple[str, int, int]]) -> None:
    world = World()
    world.play("enrol", 0, 0)
    world.play("enrol", 0, 1)
    for kind, first, second in steps:
        world.play(kind, first, second)
    for _ in range(40):
        world.play("deliver", 0, 0)
        world.play("deliver", 0, 1)
    assert all(one.state == "finished" for one in world.positions)


def test_an_edition_comes_back_from_its_data_as_it_was() -> None:
    course = sequence(lesson("a", 0), lesson("b", after=7, at=time(18)))
    again = sequence_from_json(sequence_to_json(course))
    assert again == course
    assert content_hash(again) == content_hash(course)


def test_a_new_text_makes_an_edition_and_a_new_file_name_none() -> None:
    course = sequence(lesson("a", 0))
    renamed = replace(course, lessons=(replace(course.lessons[0], path="letters/other.md", body_line=9),))
    changed = replace(course, lessons=(replace(course.lessons[0], body="Other."),))
    assert content_hash(renamed) == content_hash(course)
    assert content_hash(changed) != content_hash(course)
