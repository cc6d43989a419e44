"""Positions by kind, counted; what each change means for a kind is asked once, at the end."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from funnel.curriculum.plan.changes import Change
from funnel.curriculum.plan.edit import EditOutcome, Member, Position, PositionGroup
from funnel.curriculum.plan.fate import Affected, Extra, Fate, Fates
from funnel.curriculum.plan.readers import told
from funnel.curriculum.plan.result import Bonus, Loss, Plan
from funnel.curriculum.walltime import local_date

MOST_EXAMPLES = 3
_MOST_MOVES = 400
# Of whom examples are given: the first of these counts that has anybody in it.
_SHOWN = ("moved", "undated", "waiting", "overtaken", "now_next", "will_get")
_TO_COME = ("will_get", "excluded", "moved", "overtaken", "now_next")
_NOBODY = Fate(frozenset(), frozenset(), frozenset(), frozenset(), frozenset())
UNDER_WAY = ("active", "paused")


@dataclass(slots=True)
class _Alike:
    """How many positions there are of one kind, whom an edit concerns in just the same way, and a few of them."""

    first: Affected
    people: int = 0
    examples: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Some:
    """So many people, and who: all, or the first few."""

    people: int = 0
    who: list[str] = field(default_factory=list)

    def add(self, members: Iterable[Member], people: int, most: int | None) -> None:
        self.people += people
        room = None if most is None else max(0, most - len(self.who))
        self.who += [hint for _, hint in members][:room]


class PlanTally:
    """One plan while it is being counted."""

    def __init__(self, fates: Fates, differences: list[Change], bonus: frozenset[str], *, detailed: bool) -> None:
        self._edit, self._fates, self._differences, self._bonus = fates.edit, fates, differences, bonus
        self._detailed = detailed
        self._kinds: dict[tuple[object, ...], _Alike] = {}
        self._moves: dict[str, Counter[tuple[date, date]]] = defaultdict(Counter)
        self._lost: dict[str, _Some] = defaultdict(_Some)
        self._lost_and_sent: Counter[str] = Counter()
        self._finishing = _Some()
        self._sent: dict[str, Counter[date]] = defaultdict(Counter)
        self._readers: list[dict[str, Any]] = []
        self._people: Counter[str] = Counter()

    def count(self, group: PositionGroup) -> None:
        """Adds a group to those of the same kind."""
        position = group.position
        self._people[position.state] += len(group.members)
        if not self._differences and not self._bonus:
            return
        if position.state not in UNDER_WAY:
            self._add(Affected(position, None, _NOBODY), group.members)
            return
        for outcome, members in self._edit.outcomes(group):
            one = replace(position, enrolment_id=members[0][0], email_hint=members[0][1])
            if not self._fates.dated:
                # The day it will be is known when the sequence goes on; that it is another one is known now.
                waited_for = self._edit.waited_for(one)
                same = waited_for is not None and waited_for.id == outcome.next_id
                outcome = replace(outcome, moved=same and self._edit.retimes(outcome.next_id or ""), due_at=None)
            self._add(Affected(one, outcome, self._fates.of(one, outcome)), members)

    def plan(self, slug: str, kind: str, *, rests: bool) -> Plan:
        """Everything that was counted."""
        lost = [
            Loss(lesson.id, some.people, tuple(some.who), self._lost_and_sent[lesson.id])
            for lesson in self._edit.new.lessons
            if (some := self._lost.get(lesson.id))
        ]
        bonus = [
            Bonus(lesson, dates.total(), tuple((on.isoformat(), people) for on, people in sorted(dates.items())))
            for lesson in sorted(self._bonus)
            for dates in [self._sent[lesson]]
        ]
        return Plan(
            slug,
            kind,
            tuple(self._counted(change) for change in self._differences),
            dict(self._people),
            lost=tuple(lost),
            finishing=Loss("", self._finishing.people, tuple(self._finishing.who)),
            bonus=tuple(bonus),
            rests=rests,
            readers=tuple(self._readers),
        )

    def _add(self, affected: Affected, members: list[Member]) -> None:
        position, outcome, fate = affected.position, affected.outcome, affected.fate
        what = None if outcome is None else (outcome.next_id, outcome.moved, outcome.undated)
        kind = (
            position.state,
            position.progress.delivered,
            position.progress.skipped_by_edit,
            position.apart,
            fate,
            what,
        )
        alike = self._kinds.get(kind)
        if alike is None:
            alike = self._kinds[kind] = _Alike(affected)
        alike.people += len(members)
        alike.examples += [hint for _, hint in members[: MOST_EXAMPLES - len(alike.examples)]]
        if outcome is not None:
            self._note(position, outcome, fate, members)
        extra: Extra = ()
        if self._bonus:
            extra, _ = self._fates.bonus(position, outcome, self._bonus)
            for lesson, slot in extra:
                self._sent[lesson.id][local_date(slot.at, position.reader.zone)] += len(members)
                self._lost_and_sent[lesson.id] += len(members) if lesson.id in fate.lost else 0
        if self._detailed and (outcome is not None or extra):
            self._readers += told(self._fates, affected, members, self._bonus)

    def _note(self, position: Position, outcome: EditOutcome, fate: Fate, members: list[Member]) -> None:
        """Notes who moves from when to when, loses a lesson or finishes."""
        most = None if self._detailed else MOST_EXAMPLES
        for lesson_id in fate.lost:
            self._lost[lesson_id].add(members, len(members), most)
        if outcome.next_id is None and self._edit.waited_for(position) is not None:
            self._finishing.add(members, len(members), most)
        if not outcome.moved or outcome.next_id not in fate.gets:
            return
        if position.due_at is None or outcome.due_at is None or outcome.next_id is None:
            return
        zone = position.reader.zone
        move = (local_date(position.due_at, zone), local_date(outcome.due_at, zone))
        moves = self._moves[outcome.next_id]
        if self._detailed or move in moves or len(moves) < _MOST_MOVES:
            moves[move] += len(members)

    def _what(self, change: Change, affected: Affected) -> str:
        """In which count of `change` these positions belong; "" in none."""
        position, outcome, fate = affected.position, affected.outcome, affected.fate
        moved = outcome is not None and outcome.moved and outcome.next_id in fate.gets
        if change.kind == "settings" and position.state == "waiting":
            return "begins" if self._edit.begins(position) else ""
        if change.kind == "settings" and outcome is not None and outcome.undated:
            return "undated"
        if change.kind == "settings":
            return "moved" if moved else "overtaken" if self._overtaking(affected) else ""
        if change.lesson_id in position.progress.delivered:
            return next((how for lesson_id, how in position.apart if lesson_id == change.lesson_id), "had")
        if position.state in ("stopped", "waiting"):
            return ""
        if change.kind == "removed":
            return self._removed(change, position, outcome, fate)
        if outcome is None:
            return "past"
        if change.kind == "retimed" and moved and outcome.next_id == change.lesson_id:
            return "moved"
        if change.lesson_id in fate.lost:
            return "lost"
        if change.lesson_id in fate.gets:
            return self._how(change, affected)
        return "excluded" if change.lesson_id in fate.excluded else "past"

    def _how(self, change: Change, affected: Affected) -> str:
        """How a lesson comes to somebody who gets it: next, or after another, where that is not as it was."""
        if change.kind not in ("retimed", "reordered") or affected.outcome is None:
            return "will_get"
        waited_for = self._edit.waited_for(affected.position)
        if waited_for is not None and waited_for.id == change.lesson_id:
            return "overtaken" if self._overtaking(affected) else "will_get"
        same = waited_for is not None and waited_for.id == affected.outcome.next_id
        return "now_next" if not same and self._first(affected) == change.lesson_id else "will_get"

    def _overtaking(self, affected: Affected) -> str:
        """The lesson that comes before the one this position waits for, which she gets too; "" where none does."""
        waited_for = None if affected.outcome is None else self._edit.waited_for(affected.position)
        if waited_for is None or waited_for.id not in affected.fate.gets:
            return ""
        first = self._first(affected)
        return "" if first == waited_for.id else first

    def _first(self, affected: Affected) -> str:
        """What she gets first once the edit is made, as her conditions stand; "" for nothing."""
        return min(affected.fate.gets, key=self._edit.new.places.__getitem__, default="")

    def _removed(self, change: Change, position: Position, outcome: EditOutcome | None, fate: Fate) -> str:
        waited_for = None if outcome is None else self._edit.waited_for(position)
        if waited_for is not None and waited_for.id == change.lesson_id:
            return "waiting"
        return "ahead" if change.lesson_id in fate.ahead else ""

    def _counted(self, change: Change) -> Change:
        counts: Counter[str] = Counter()
        following: Counter[str] = Counter()
        examples: dict[str, list[str]] = defaultdict(list)
        depends_on: set[str] = set()
        for alike in self._kinds.values():
            outcome, what = alike.first.outcome, self._what(change, alike.first)
            if what:
                counts[what] += alike.people
                examples[what] += alike.examples
            if what == "waiting" and outcome is not None:
                following[outcome.next_id or ""] += alike.people
            if what == "overtaken":
                following[self._overtaking(alike.first)] += alike.people
            if what in _TO_COME and (names := dict(alike.first.fate.depends).get(change.lesson_id)):
                counts["depends"] += alike.people
                depends_on.update(names)
        moves = self._all_moves() if change.kind == "settings" else self._moves.get(change.lesson_id, Counter())
        shown = moves.most_common() if change.kind in ("retimed", "settings") else []
        few = next((few for what in _SHOWN if (few := examples[what])), [])
        return replace(
            change,
            counts=dict(counts),
            examples=tuple(few[:MOST_EXAMPLES]),
            next_id=following.most_common(1)[0][0] if following else "",
            dates=tuple((before.isoformat(), after.isoformat(), people) for (before, after), people in shown),
            depends_on=tuple(sorted(depends_on)),
            following=tuple(following.most_common()),
        )

    def _all_moves(self) -> Counter[tuple[date, date]]:
        total: Counter[tuple[date, date]] = Counter()
        for moves in self._moves.values():
            total.update(moves)
        return total
