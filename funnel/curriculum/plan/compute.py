"""Counts what an edit does, group by group, in one pass and bounded memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from funnel.curriculum.model import Sequence
from funnel.curriculum.plan.changes import Change, day_in_words, differences
from funnel.curriculum.plan.edit import Edit, PositionGroup
from funnel.curriculum.plan.fate import Fates
from funnel.curriculum.plan.result import Plan
from funnel.curriculum.plan.tally import PlanTally
from funnel.curriculum.schedule.calendar import Calendar
from funnel.curriculum.tag_names import asked_tags

_IN_UTC = Calendar()


@dataclass(frozen=True, slots=True)
class PlanOptions:
    """Under what a plan is made. `now` is UTC; None holds no time against the clock.

    `bonus` names lessons that are sent to those who are past them too; `rests` says that the whole sequence rests. A
    `detailed` plan lists every reader, and names all who lose something: memory grows with them.
    """

    calendar: Calendar = _IN_UTC
    now: datetime | None = None
    bonus: frozenset[str] = frozenset()
    rests: bool = False
    detailed: bool = False


_PLAIN = PlanOptions()


def plan_sequence(
    old: Sequence | None, new: Sequence | None, groups: Iterable[PositionGroup], options: PlanOptions = _PLAIN
) -> Plan:
    """What going from `old` to `new` would do, each group looked at once. Raises ValueError without either.

    None as `old`: the sequence is new. None as `new`: it is removed, which is refused while anyone is under way.
    """
    if old is None and new is None:
        raise ValueError("nothing to plan: neither an old nor a new sequence")
    if old is None or new is None:
        people: Counter[str] = Counter()
        for group in groups:
            people[group.position.state] += len(group.members)
        return _whole(old, new, people)
    edit = Edit(old, new, options.calendar, options.now)
    fates = Fates(edit, options.calendar, options.now, rests=options.rests)
    found = differences(old, new)
    tally = PlanTally(fates, found, options.bonus, detailed=options.detailed)
    for group in groups:
        tally.count(group)
    return tally.plan(new.slug, "edited" if found else "unchanged", rests=options.rests)


def _whole(old: Sequence | None, new: Sequence | None, people: Counter[str]) -> Plan:
    if new is not None:
        changes = tuple(Change("inserted", lesson.id, day_in_words(lesson, new)) for lesson in new.lessons)
        return Plan(new.slug, "new", changes, dict(people), started_by=tuple(asked_tags(new.start_on)))
    under_way = people["active"] + people["paused"]
    who = "reader is" if under_way == 1 else "readers are"
    refused = f"{under_way} {who} under way: move or stop them in the same command." if under_way else ""
    return Plan(old.slug if old is not None else "", "removed", (), dict(people), refused)
