"""Counts what an edit does, crowd by crowd, in one pass and bounded memory."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from funnel.curriculum.model import Sequence
from funnel.curriculum.plan.changes import Change, differences, when
from funnel.curriculum.plan.edit import Crowd, Edit, Member, Outcome, Walker
from funnel.curriculum.schedule.calendar import furthest_index
from funnel.curriculum.walltime import local_date

MOST_EXAMPLES = 3
_MOST_MOVES = 400
_SHOWN_MOVES = 5
# Of whom examples are given: the first of these counts that has anybody in it.
_SHOWN = ("moved", "waiting", "will_get")


@dataclass(frozen=True, slots=True)
class Plan:
    """What publishing would do. `kind`: new, edited, removed or unchanged; `refused` says why it may not be done."""

    slug: str
    kind: str
    changes: tuple[Change, ...]
    people: dict[str, int]
    refused: str = ""

    def to_json(self) -> dict[str, Any]:
        """The same as plain data, for `--json`."""
        return {
            "sequence": self.slug,
            "kind": self.kind,
            "people": dict(self.people),
            "refused": self.refused,
            "changes": [change.to_json() for change in self.changes],
        }


def plan_sequence(
    old: Sequence | None,
    new: Sequence | None,
    crowds: Iterable[Crowd],
    *,
    practice_zone: str = "UTC",
    practice_quiet: frozenset[date] = frozenset(),
    now: datetime | None = None,
) -> Plan:
    """What going from `old` to `new` would do, each crowd looked at once. Raises ValueError without either.

    None as `old`: the sequence is new. None as `new`: it is removed, which is refused while anyone is under way.
    """
    if old is None and new is None:
        raise ValueError("nothing to plan: neither an old nor a new sequence")
    if old is None or new is None:
        people: Counter[str] = Counter()
        for crowd in crowds:
            people[crowd.walker.state] += len(crowd.members)
        return _whole(old, new, people)
    tally = _Tally(old, new, practice_zone, practice_quiet, now)
    for crowd in crowds:
        tally.count(crowd)
    changes = tally.changes()
    return Plan(new.slug, "edited" if changes else "unchanged", changes, dict(tally.people))


def _whole(old: Sequence | None, new: Sequence | None, people: Counter[str]) -> Plan:
    if new is not None:
        changes = tuple(Change("inserted", lesson.id, when(lesson, new)) for lesson in new.lessons)
        return Plan(new.slug, "new", changes, dict(people))
    under_way = people["active"] + people["paused"]
    who = "reader is" if under_way == 1 else "readers are"
    refused = f"{under_way} {who} under way: move or stop them in the same command." if under_way else ""
    return Plan(old.slug if old is not None else "", "removed", (), dict(people), refused)


@dataclass(slots=True)
class _Alike:
    """How many walkers there are of one kind, whom an edit concerns in just the same way, and a few of them."""

    first: Walker
    outcome: Outcome | None
    people: int = 0
    examples: list[str] = field(default_factory=list)


class _Tally:
    """Walkers by kind, counted; what each change means for a kind is asked once, at the end."""

    def __init__(self, old: Sequence, new: Sequence, zone: str, quiet: frozenset[date], now: datetime | None) -> None:
        self._edit = Edit(old, new, zone, quiet, now)
        self._differences = differences(old, new)
        self._kinds: dict[tuple[object, ...], _Alike] = {}
        self._moves: dict[str, Counter[tuple[date, date]]] = defaultdict(Counter)
        self.people: Counter[str] = Counter()

    def count(self, crowd: Crowd) -> None:
        """Adds a crowd to those of the same kind."""
        walker = crowd.walker
        self.people[walker.state] += len(crowd.members)
        if not self._differences:
            return
        if walker.state not in ("active", "paused"):
            self._add(walker, None, crowd.members)
            return
        for outcome, members in self._edit.outcomes(crowd):
            if outcome.moved:
                self._note_move(walker, outcome, len(members))
            self._add(walker, outcome, members)

    def _add(self, walker: Walker, outcome: Outcome | None, members: list[Member]) -> None:
        kind = (walker.state, walker.walk.delivered, walker.walk.passed, outcome and (outcome.next_id, outcome.moved))
        alike = self._kinds.get(kind)
        if alike is None:
            alike = self._kinds[kind] = _Alike(walker, outcome)
        alike.people += len(members)
        alike.examples += [hint for _, hint in members[: MOST_EXAMPLES - len(alike.examples)]]

    def _what(self, change: Change, walker: Walker, outcome: Outcome | None) -> str:
        """In which count of `change` this walker belongs; "" in none."""
        if change.kind == "settings":
            return "moved" if outcome is not None and outcome.moved else ""
        if change.lesson_id in walker.walk.delivered:
            return "had"
        if walker.state == "stopped":
            return ""
        if change.kind == "removed":
            waited_for = None if outcome is None else self._edit.waited_for(walker)
            return "waiting" if waited_for is not None and waited_for.id == change.lesson_id else ""
        if outcome is None:
            return "past"
        if change.kind == "retimed" and outcome.moved and outcome.next_id == change.lesson_id:
            return "moved"
        here = furthest_index(self._edit.new, walker.walk.delivered)
        ahead = self._edit.new.places[change.lesson_id] > here and change.lesson_id not in outcome.passed
        return "will_get" if ahead else "past"

    def _note_move(self, walker: Walker, outcome: Outcome, people: int) -> None:
        if walker.due_at is None or outcome.due_at is None or outcome.next_id is None:
            return
        zone = walker.reader.zone
        move = (local_date(walker.due_at, zone), local_date(outcome.due_at, zone))
        moves = self._moves[outcome.next_id]
        if move in moves or len(moves) < _MOST_MOVES:
            moves[move] += people

    def changes(self) -> tuple[Change, ...]:
        """Every change with its counts."""
        return tuple(self._counted(change) for change in self._differences)

    def _counted(self, change: Change) -> Change:
        counts: Counter[str] = Counter()
        following: Counter[str] = Counter()
        examples: dict[str, list[str]] = defaultdict(list)
        for alike in self._kinds.values():
            what = self._what(change, alike.first, alike.outcome)
            if what:
                counts[what] += alike.people
                examples[what] += alike.examples
            if what == "waiting" and alike.outcome is not None:
                following[alike.outcome.next_id or ""] += alike.people
        moves = self._all_moves() if change.kind == "settings" else self._moves[change.lesson_id]
        shown = moves.most_common(_SHOWN_MOVES) if change.kind in ("retimed", "settings") else []
        few = next((few for what in _SHOWN if (few := examples[what])), [])
        return replace(
            change,
            counts=dict(counts),
            examples=tuple(few[:MOST_EXAMPLES]),
            next_id=following.most_common(1)[0][0] if following else "",
            dates=tuple((before.isoformat(), after.isoformat(), people) for (before, after), people in shown),
        )

    def _all_moves(self) -> Counter[tuple[date, date]]:
        total: Counter[tuple[date, date]] = Counter()
        for moves in self._moves.values():
            total.update(moves)
        return total
