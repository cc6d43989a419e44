"""What one edit means for one position, lesson by lesson: what she gets, what she loses, and what is sent beside it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

from funnel.curriculum.conditions import Facts
from funnel.curriculum.model import Lesson, Sequence
from funnel.curriculum.plan.ahead import Coming, look_ahead, without_dates
from funnel.curriculum.plan.edit import ANY_TIME, Edit, EditOutcome, Position
from funnel.curriculum.plan.extra import bonuses
from funnel.curriculum.plan.foresee import asks_for
from funnel.curriculum.schedule.calendar import Calendar, Due, Progress

_KEPT = 20_000
Extra = tuple[tuple[Lesson, Due], ...]


@dataclass(frozen=True, slots=True)
class Fate:
    """What an edit means for one reader, lesson by lesson.

    * `gets`: lessons ahead whose condition holds now
    * `excluded`: lessons ahead whose condition does not
    * `depends`: those where that can still change, and through which names
    * `ahead`: what was ahead before the edit
    * `lost`: what she would or might have got, and never will
    """

    gets: frozenset[str]
    excluded: frozenset[str]
    depends: frozenset[tuple[str, tuple[str, ...]]]
    ahead: frozenset[str]
    lost: frozenset[str]


@dataclass(frozen=True, slots=True)
class Affected:
    """One position, what the edit does to it (None where it is not under way), and what that means for her."""

    position: Position
    outcome: EditOutcome | None
    fate: Fate


class Fates:
    """One edit's fates, for any number of positions; `rests`: the whole sequence does, so nobody knows a day."""

    def __init__(self, edit: Edit, calendar: Calendar, now: datetime | None, *, rests: bool) -> None:
        self.edit, self._calendar = edit, calendar
        self._now = None if rests else now
        self._by_day = bool("weeks" in asks_for(edit.old, edit.new) or edit.old.dated or edit.new.dated)
        self._known = lru_cache(maxsize=_KEPT)(self._without_dates)

    @property
    def dated(self) -> bool:
        """Whether anybody knows when lessons will go."""
        return self._now is not None

    def of(self, position: Position, outcome: EditOutcome) -> Fate:
        """What this outcome means for the position, lesson by lesson."""
        progress = position.progress
        if self._now is None or not self._by_day:
            return self._known(progress.delivered, progress.skipped_by_edit, outcome.skipped_by_edit, position.facts)
        before = self._coming(self.edit.old, position, progress, position.due_at)
        return self._fate(before, self.coming(position, outcome))

    def coming(self, position: Position, outcome: EditOutcome, after: Progress | None = None) -> tuple[Coming, ...]:
        """What lies ahead of this position once the edit is made; `after`: her progress then, if a bonus changed it."""
        progress = after or outcome.applied_to(position.progress)
        if outcome.undated:
            return without_dates(self.edit.new, progress, position.facts)
        return self._coming(self.edit.new, position, progress, outcome.due_at)

    def bonus(
        self, position: Position, outcome: EditOutcome | None, lesson_ids: frozenset[str]
    ) -> tuple[Extra, Progress]:  # fmt: skip
        """What of these lessons she is sent as a bonus, with her enrolment afterwards."""
        progress = position.progress
        if outcome is not None:
            progress = outcome.applied_to(progress)
        if self._now is None:
            return (), progress
        return bonuses(self.edit.new, lesson_ids, replace(position, progress=progress), self._calendar, self._now)

    def _coming(
        self, sequence: Sequence, position: Position, progress: Progress, due_at: datetime | None
    ) -> tuple[Coming, ...]:  # fmt: skip
        if self._now is None:
            return without_dates(sequence, progress, position.facts)
        return look_ahead(sequence, replace(position, progress=progress, due_at=due_at), self._calendar, self._now)

    def _without_dates(
        self, delivered: frozenset[str], skipped_by_edit: frozenset[str], behind: frozenset[str], facts: Facts
    ) -> Fate:
        progress = Progress(ANY_TIME.date(), ANY_TIME, delivered=delivered, skipped_by_edit=skipped_by_edit)
        before = without_dates(self.edit.old, progress, facts)
        return self._fate(before, without_dates(self.edit.new, replace(progress, skipped_by_edit=behind), facts))

    def _fate(self, before: tuple[Coming, ...], after: tuple[Coming, ...]) -> Fate:
        """Only what stays in the sequence can be lost: a removed lesson is counted as removed."""
        reached = {each.lesson_id for each in after if each.gets or each.depends_on}
        hoped = {each.lesson_id for each in before if each.gets or each.depends_on}
        return Fate(
            gets=frozenset(each.lesson_id for each in after if each.gets),
            excluded=frozenset(each.lesson_id for each in after if not each.gets),
            depends=frozenset((each.lesson_id, each.depends_on) for each in after if each.depends_on),
            ahead=frozenset(each.lesson_id for each in before),
            lost=frozenset((hoped & self.edit.new.places.keys()) - reached),
        )
