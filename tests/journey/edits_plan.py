"""What a plan must have said, worked out from the rows before and after the publishing it announced."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from funnel.curriculum import Change, Lesson, Plan, Sequence
from tests.journey.edits_reference import Calendar, Seen, days_of, furthest, next_of

_SHOWN = 5


@dataclass(frozen=True)
class Walked:
    """One walk through one edit: its rows before and after, and what edits had put behind it before and after."""

    before: Seen
    after: Seen
    behind_before: frozenset[str]
    behind_after: frozenset[str]


class Expected:
    """One edit and everybody in it."""

    def __init__(self, old: Sequence, new: Sequence, walks: list[Walked], calendar: Calendar, now: datetime) -> None:
        self._old, self._new, self._walks, self._calendar, self._now = old, new, walks, calendar, now

    def check(self, said: Plan, bonus: str = "") -> None:
        """Asserts that every walk is where the rules put it, and that the plan said so in every number."""
        for each in self._walks:
            self._check_walk(each)
        people = Counter("paused" if each.before.resting and each.before.under_way else each.before.state
                         for each in self._walks)  # fmt: skip
        assert said.people == people, "the plan counts everybody"
        self._check_kinds(said)
        for change in said.changes:
            groups = [self._what(change, each) for each in self._walks]
            assert change.counts == Counter(filter(None, groups)), f"the plan said who is concerned by {change}"
            if change.kind in ("retimed", "settings"):
                self._check_dates(change)
            if change.kind == "removed" and change.counts.get("waiting"):
                self._check_next(change)
            if bonus and change.lesson_id == bonus:
                got = {each.before.id for each in self._walks if bonus in each.after.dealt} - {
                    each.before.id for each in self._walks if bonus in each.before.dealt
                }
                past = {each.before.id for each, group in zip(self._walks, groups, strict=True) if group == "past"}
                assert got == past, "a bonus goes to those the plan calls past it"

    def changed(self) -> int:
        """How many walks the edit changed."""
        return sum(each.before.calendar() != each.after.calendar() for each in self._walks)

    def _check_walk(self, each: Walked) -> None:
        before, after = each.before, each.after
        if not before.under_way:
            assert after.calendar() == before.calendar(), "who has finished or stopped is left alone"
            return
        assert after.passed == each.behind_after
        lesson, waited_for = self._next(each), self._waited_for(each)
        if lesson is None:
            assert (after.due_at, after.state) == (None, "active" if before.undecided else "finished")
            return
        assert after.under_way, "an edit ends no walk that has a lesson ahead"
        assert after.due_at is not None, "nobody is stuck"
        if before.resting and before.due_at is not None:
            assert after.due_at == before.due_at
            return
        # A bonus is written after everybody has moved.
        moved = replace(after, dealt=before.dealt, busy=before.busy)
        if before.due_at is None or waited_for is None or self._retimed(lesson, waited_for):
            assert self._calendar.agrees(self._new, lesson, moved, after.due_at, self._now)
            return
        assert after.due_at == before.due_at, "who waits for the same lesson at the same time is not moved"
        steady = not before.slower  # her gaps are counted from the last lesson she had, which may be gone
        if steady and before.due_at == self._calendar.on_calendar(self._old, waited_for, before):
            assert after.due_at == self._calendar.on_calendar(self._new, lesson, moved), "it will not move later either"

    def _next(self, each: Walked) -> Lesson | None:
        return next_of(self._new, each.before.dealt, each.behind_after)

    def _waited_for(self, each: Walked) -> Lesson | None:
        return next_of(self._old, each.before.dealt, each.behind_before)

    def _retimed(self, lesson: Lesson, earlier: Lesson) -> bool:
        return lesson.id != earlier.id or self._other_time(earlier, lesson) or self._old.send != self._new.send

    def _other_time(self, earlier: Lesson, lesson: Lesson) -> bool:
        """Whether it says so itself, or is counted from a lesson that has another day."""
        return _timing(earlier) != _timing(lesson) or days_of(self._old)[lesson.id] != days_of(self._new)[lesson.id]

    def _check_kinds(self, said: Plan) -> None:
        old = {lesson.id: lesson for lesson in self._old.lessons}
        new = {lesson.id: lesson for lesson in self._new.lessons}
        both = old.keys() & new.keys()
        wanted: Mapping[str, set[str]] = {
            "inserted": new.keys() - old.keys(),
            "removed": old.keys() - new.keys(),
            "text": {name for name in both if old[name].body != new[name].body},
            "retimed": {name for name in both if self._other_time(old[name], new[name])},
            "settings": {""} if self._old.send != self._new.send else set(),
        }
        for kind, names in wanted.items():
            assert {change.lesson_id for change in said.changes if change.kind == kind} == names

    def _what(self, change: Change, each: Walked) -> str:
        before, lesson = each.before, self._next(each)
        if change.kind == "settings":
            return "moved" if self._has_moved(each) else ""
        if change.lesson_id in before.dealt:
            return "had"
        if before.state == "stopped":
            return ""
        if change.kind == "removed":
            waited_for = self._waited_for(each) if before.under_way else None
            return "waiting" if waited_for is not None and waited_for.id == change.lesson_id else ""
        if not before.under_way:
            return "past"
        if change.kind == "retimed" and lesson is not None and lesson.id == change.lesson_id and self._has_moved(each):
            return "moved"
        order = [one.id for one in self._new.lessons]
        ahead = order.index(change.lesson_id) > furthest(self._new, before.dealt)
        return "will_get" if ahead and change.lesson_id not in each.behind_after else "past"

    def _has_moved(self, each: Walked) -> bool:
        lesson, waited_for = self._next(each), self._waited_for(each)
        same = lesson is not None and waited_for is not None and lesson.id == waited_for.id
        return each.before.under_way and same and each.after.due_at != each.before.due_at

    def _check_dates(self, change: Change) -> None:
        moves: Counter[tuple[str, str]] = Counter()
        for each in self._walks:
            lesson = self._next(each)
            ours = change.kind == "settings" or (lesson is not None and lesson.id == change.lesson_id)
            if ours and self._has_moved(each):
                zone = ZoneInfo(each.before.zone)
                days = [when.astimezone(zone).date() for when in (each.before.due_at, each.after.due_at) if when]
                moves[days[0].isoformat(), days[1].isoformat()] += 1
        assert [n for _, _, n in change.dates] == sorted(moves.values(), reverse=True)[:_SHOWN]
        assert all(moves[before, after] == n for before, after, n in change.dates)

    def _check_next(self, change: Change) -> None:
        follows: Counter[str] = Counter()
        for each in self._walks:
            if self._what(change, each) == "waiting":
                lesson = self._next(each)
                follows["" if lesson is None else lesson.id] += 1
        assert follows[change.next_id] == max(follows.values())


def _timing(lesson: Lesson) -> tuple[object, ...]:
    return lesson.day, lesson.after, lesson.at
