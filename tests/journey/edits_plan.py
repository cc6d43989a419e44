"""What a plan must have said, worked out from the rows before and after the publishing it announced."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from funnel.curriculum import Change, Lesson, Plan, Sequence
from tests.journey.edits_reference import Calendar, Seen, ahead_of, days_of, holds, may_hold, next_of


@dataclass(frozen=True)
class EditedEnrolment:
    """One enrolment through one edit: its rows before and after, and what edits had put behind it before and after."""

    before: Seen
    after: Seen
    behind_before: frozenset[str]
    behind_after: frozenset[str]


class Expected:
    """One edit and everybody in it."""

    def __init__(
        self,
        old: Sequence,
        new: Sequence,
        enrolments: list[EditedEnrolment],
        calendar: Calendar,
        now: datetime,
        *,
        rests: bool,
    ) -> None:
        self._old, self._new, self._enrolments, self._calendar, self._now = old, new, enrolments, calendar, now
        self._rests = rests

    def check(self, said: Plan, bonus: str = "") -> None:
        """Asserts that every enrolment is where the rules put it, and that the plan said so in every number."""
        for each in self._enrolments:
            self._check_enrolment(each)
        people = Counter("paused" if each.before.resting and each.before.under_way else each.before.state
                         for each in self._enrolments)  # fmt: skip
        assert said.people == people, "the plan counts everybody"
        self._check_kinds(said)
        self._check_losses(said)
        if bonus:
            self._check_bonus(said, bonus)
        for change in said.changes:
            groups = [self._what(change, each) for each in self._enrolments]
            counts = {what: people for what, people in change.counts.items() if what != "depends"}
            assert counts == Counter(filter(None, groups)), f"the plan said who is concerned by {change}"
            if change.kind in ("retimed", "settings"):
                self._check_dates(change)
            if change.kind == "removed" and change.counts.get("waiting"):
                self._check_next(change)
            if change.counts.get("overtaken"):
                first = Counter(self._overtaking(each) for each in self._enrolments
                                if self._what(change, each) == "overtaken")  # fmt: skip
                assert dict(change.following) == first, "the plan names what comes before"

    def _check_losses(self, said: Plan) -> None:
        lost = Counter(lesson_id for each in self._enrolments for lesson_id in self._lost(each))
        assert {loss.lesson_id: loss.people for loss in said.lost} == lost, "the plan names what is lost to how many"
        finish = [each for each in self._enrolments if self._waited_for(each) and not self._next(each)]
        assert said.finishing.people == len([each for each in finish if each.before.under_way])
        told = {reader["enrolment"]: set(reader["loses"]) for reader in said.readers}
        for each in self._enrolments:
            assert told.get(each.before.id, set()) == self._lost(each), "and to whom"

    def _check_bonus(self, said: Plan, bonus: str) -> None:
        got = {
            each.before.id for each in self._enrolments if bonus in each.after.dealt.keys() - each.before.dealt.keys()
        }
        assert got == {each.before.id for each in self._enrolments if self._past(each, bonus)}
        promised = {reader["enrolment"]: reader["bonus"] for reader in said.readers if reader["bonus"]}
        assert got == promised.keys()
        assert said.bonus[0].people == len(got)
        for each in self._enrolments:
            if each.before.id in got:
                (slot,) = promised[each.before.id]
                assert slot["on"] == str(each.after.dealt[bonus]), "a bonus goes on the day that was said"

    def _past(self, each: EditedEnrolment, lesson_id: str) -> bool:
        """Whether she has not had this lesson, never comes to it, and may have it by its condition."""
        before = each.before
        lesson = self._new.lesson(lesson_id)
        if lesson is None or lesson_id in before.dealt or before.state == "stopped" or not holds(lesson, before.known):
            return False
        ahead = {one.id for one in ahead_of(self._new, before.dealt, each.behind_after)}
        return not before.under_way or lesson_id not in ahead

    def _lost(self, each: EditedEnrolment) -> set[str]:
        if not each.before.under_way:
            return set()
        known, kept = each.before.known, {lesson.id for lesson in self._new.lessons}
        hoped = ahead_of(self._old, each.before.dealt, each.behind_before)
        reached = ahead_of(self._new, each.before.dealt, each.behind_after)
        still = {lesson.id for lesson in reached if may_hold(lesson, known)}
        return {lesson.id for lesson in hoped if may_hold(lesson, known)} & kept - still

    def changed(self) -> int:
        """How many enrolments the edit changed."""
        return sum(each.before.calendar() != each.after.calendar() for each in self._enrolments)

    def _check_enrolment(self, each: EditedEnrolment) -> None:
        before, after = each.before, each.after
        got = after.dealt.keys() - before.dealt.keys()  # a bonus, which is no progress
        if not before.under_way:
            kept = replace(before, skipped_by_edit=before.skipped_by_edit | got)
            assert after.calendar() == kept.calendar(), "who has finished or stopped is left alone"
            return
        assert after.skipped_by_edit == each.behind_after | got
        lesson, waited_for = self._next(each), self._waited_for(each)
        if lesson is None:
            assert (after.due_at, after.state) == (None, "active" if before.undecided else "finished")
            return
        assert after.under_way, "an edit ends no walk that has a lesson ahead"
        assert after.due_at is not None, "nobody is stuck"
        earliest = max(self._now, before.paused_until or self._now)
        # A bonus is written after everybody has moved.
        moved = replace(after, dealt=before.dealt, busy=before.busy, skipped_by_edit=each.behind_after)
        if before.due_at is None or waited_for is None or self._retimed(lesson, waited_for):
            assert self._calendar.agrees(self._new, lesson, moved, after.due_at, earliest)
            return
        assert after.due_at == before.due_at, "who waits for the same lesson at the same time is not moved"
        steady = not before.slower  # her gaps are counted from the last lesson she had, which may be gone
        if steady and before.due_at == self._calendar.on_calendar(self._old, waited_for, before):
            assert after.due_at == self._calendar.on_calendar(self._new, lesson, moved), "it will not move later either"

    def _next(self, each: EditedEnrolment) -> Lesson | None:
        return next_of(self._new, each.before.dealt, each.behind_after)

    def _waited_for(self, each: EditedEnrolment) -> Lesson | None:
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
            "condition": {name for name in both if old[name].only_if != new[name].only_if},
            "retimed": {name for name in both if self._other_time(old[name], new[name])},
            "settings": {""} if self._old.send != self._new.send else set(),
        }
        for kind, names in wanted.items():
            assert {change.lesson_id for change in said.changes if change.kind == kind} == names

    def _what(self, change: Change, each: EditedEnrolment) -> str:
        before, lesson_id = each.before, change.lesson_id
        if change.kind == "settings":
            return "moved" if self._has_moved(each) else "overtaken" if self._overtaking(each) else ""
        if lesson_id in before.dealt:
            return before.became[lesson_id]
        if before.state == "stopped":
            return ""
        if change.kind == "removed":
            return self._removed(lesson_id, each)
        if not before.under_way:
            return "past"
        lesson = self._next(each)
        if change.kind == "retimed" and lesson is not None and lesson.id == lesson_id and self._has_moved(each):
            return "moved"
        if lesson_id in self._lost(each):
            return "lost"
        ahead = {one.id: one for one in ahead_of(self._new, before.dealt, each.behind_after)}
        if lesson_id not in ahead:
            return "past"
        if not holds(ahead[lesson_id], before.known):
            return "excluded"
        return self._how(change, each) if change.kind in ("retimed", "reordered") else "will_get"

    def _how(self, change: Change, each: EditedEnrolment) -> str:
        lesson, waited_for = self._next(each), self._waited_for(each)
        if waited_for is not None and waited_for.id == change.lesson_id:
            return "overtaken" if self._overtaking(each) else "will_get"
        if lesson is not None and waited_for is not None and lesson.id == waited_for.id:
            return "will_get"
        return "now_next" if self._first(each) == change.lesson_id else "will_get"

    def _first(self, each: EditedEnrolment) -> str:
        """What she gets first after the edit, as far as is known today."""
        ahead = ahead_of(self._new, each.before.dealt, each.behind_after)
        return next((lesson.id for lesson in ahead if holds(lesson, each.before.known)), "")

    def _overtaking(self, each: EditedEnrolment) -> str:
        """What she gets before the lesson she waited for, if she still gets that; else nothing."""
        waited_for = self._waited_for(each) if each.before.under_way else None
        kept = None if waited_for is None else self._new.lesson(waited_for.id)
        ahead = {one.id for one in ahead_of(self._new, each.before.dealt, each.behind_after)}
        if kept is None or kept.id not in ahead or not holds(kept, each.before.known):
            return ""
        first = self._first(each)
        return "" if first == kept.id else first

    def _removed(self, lesson_id: str, each: EditedEnrolment) -> str:
        waited_for = self._waited_for(each) if each.before.under_way else None
        if waited_for is None:
            return ""
        if waited_for.id == lesson_id:
            return "waiting"
        ahead = {one.id for one in ahead_of(self._old, each.before.dealt, each.behind_before)}
        return "ahead" if lesson_id in ahead else ""

    def _has_moved(self, each: EditedEnrolment) -> bool:
        lesson, waited_for = self._next(each), self._waited_for(each)
        if lesson is None or waited_for is None or lesson.id != waited_for.id or not each.before.under_way:
            return False
        if not holds(lesson, each.before.known):
            return False
        return self._retimed(lesson, waited_for) if self._rests else each.after.due_at != each.before.due_at

    def _check_dates(self, change: Change) -> None:
        if self._rests:
            assert not change.dates, "nobody knows a day while the sequence rests"
            return
        moves: Counter[tuple[str, str]] = Counter()
        for each in self._enrolments:
            lesson = self._next(each)
            ours = change.kind == "settings" or (lesson is not None and lesson.id == change.lesson_id)
            if ours and self._has_moved(each):
                zone = ZoneInfo(each.before.zone)
                days = [when.astimezone(zone).date() for when in (each.before.due_at, each.after.due_at) if when]
                moves[days[0].isoformat(), days[1].isoformat()] += 1
        assert [n for _, _, n in change.dates] == sorted(moves.values(), reverse=True)
        assert all(moves[before, after] == n for before, after, n in change.dates)

    def _check_next(self, change: Change) -> None:
        follows: Counter[str] = Counter()
        for each in self._enrolments:
            if self._what(change, each) == "waiting":
                lesson = self._next(each)
                follows["" if lesson is None else lesson.id] += 1
        assert follows[change.next_id] == max(follows.values())


def _timing(lesson: Lesson) -> tuple[object, ...]:
    return lesson.day, lesson.after, lesson.at
