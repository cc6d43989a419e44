"""What one edit means for one walker, lesson by lesson: what she gets, what she loses, and what is sent beside it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

from funnel.curriculum.conditions import Facts
from funnel.curriculum.model import Lesson, Sequence
from funnel.curriculum.plan.ahead import Coming, Days, look_ahead, without_dates
from funnel.curriculum.plan.edit import ANY_TIME, Edit, Outcome, Walker
from funnel.curriculum.plan.extra import bonuses
from funnel.curriculum.plan.foresee import asks_for
from funnel.curriculum.schedule.calendar import Due, Walk

_KEPT = 20_000
Extra = tuple[tuple[Lesson, Due], ...]


@dataclass(frozen=True, slots=True)
class Fate:
    """`gets` and `excluded` are lessons ahead whose condition holds or does not as it stands, `depends` those where
    that may change and by what; `ahead` what was ahead before; `lost` what she would have got, or might have, and
    never will."""

    gets: frozenset[str]
    excluded: frozenset[str]
    depends: frozenset[tuple[str, tuple[str, ...]]]
    ahead: frozenset[str]
    lost: frozenset[str]


class Fates:
    """One edit's fates, for any number of walkers; `rests` says that the whole sequence does, so nobody knows a day."""

    def __init__(self, edit: Edit, days: Days, now: datetime | None, *, rests: bool) -> None:
        self._edit, self._days = edit, days
        self._now = None if rests else now
        self._by_week = "weeks" in asks_for(edit.old, edit.new)
        self._known = lru_cache(maxsize=_KEPT)(self._without_dates)

    def of(self, walker: Walker, outcome: Outcome) -> Fate:
        """What the edit means for a walker whom it does this to."""
        walk = walker.walk
        if self._now is None or not self._by_week:
            return self._known(walk.delivered, walk.passed, outcome.passed, walker.facts)
        before = self._coming(self._edit.old, walker, walk, walker.due_at)
        return self._fate(before, self.coming(walker, outcome))

    def coming(self, walker: Walker, outcome: Outcome, after: Walk | None = None) -> tuple[Coming, ...]:
        """What lies ahead of this walker once the edit is made; `after` is her walk then, if a bonus has changed it."""
        walk = after or replace(walker.walk, passed=outcome.passed, shift_days=outcome.shift_days)
        return self._coming(self._edit.new, walker, walk, outcome.due_at)

    def bonus(
        self, walker: Walker, outcome: Outcome | None, lesson_ids: frozenset[str]
    ) -> tuple[Extra, Walk]:  # fmt: skip
        """What of these lessons she is sent as a bonus, with her walk afterwards."""
        walk = walker.walk
        if outcome is not None:
            walk = replace(walk, passed=outcome.passed, shift_days=outcome.shift_days)
        if self._now is None:
            return (), walk
        return bonuses(
            self._edit.new, lesson_ids, walk, walker.state, walker.reader, walker.facts,
            self._days.practice_zone, self._days.practice_quiet, self._now, walker.enrolment_id, walker.rests_until,
        )  # fmt: skip

    def _coming(
        self, sequence: Sequence, walker: Walker, walk: Walk, due_at: datetime | None
    ) -> tuple[Coming, ...]:  # fmt: skip
        if self._now is None:
            return without_dates(sequence, walk, walker.facts)
        return look_ahead(
            sequence, walk, walker.reader, walker.facts, self._days, due_at, self._now, walker.enrolment_id,
            walker.rests_until,
        )  # fmt: skip

    def _without_dates(
        self, delivered: frozenset[str], passed: frozenset[str], behind: frozenset[str], facts: Facts
    ) -> Fate:
        walk = Walk(ANY_TIME.date(), ANY_TIME, delivered=delivered, passed=passed)
        before = without_dates(self._edit.old, walk, facts)
        return self._fate(before, without_dates(self._edit.new, replace(walk, passed=behind), facts))

    def _fate(self, before: tuple[Coming, ...], after: tuple[Coming, ...]) -> Fate:
        """Only what stays in the sequence can be lost: what is removed is nobody's any more, and counted as that."""
        reached = {each.lesson_id for each in after if each.gets or each.depends_on}
        hoped = {each.lesson_id for each in before if each.gets or each.depends_on}
        return Fate(
            gets=frozenset(each.lesson_id for each in after if each.gets),
            excluded=frozenset(each.lesson_id for each in after if not each.gets),
            depends=frozenset((each.lesson_id, each.depends_on) for each in after if each.depends_on),
            ahead=frozenset(each.lesson_id for each in before),
            lost=frozenset((hoped & self._edit.new.places.keys()) - reached),
        )
