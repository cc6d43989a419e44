"""Counts what an edit does, crowd by crowd, in one pass and bounded memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta

from funnel.curriculum.model import Sequence
from funnel.curriculum.plan.ahead import Days
from funnel.curriculum.plan.changes import Change, differences, when
from funnel.curriculum.plan.edit import Edit, PositionGroup
from funnel.curriculum.plan.fate import Fates
from funnel.curriculum.plan.result import Plan
from funnel.curriculum.plan.tally import Tally
from funnel.curriculum.schedule.late import GRACE


def plan_sequence(
    old: Sequence | None,
    new: Sequence | None,
    groups: Iterable[PositionGroup],
    *,
    practice_zone: str = "UTC",
    practice_quiet: frozenset[date] = frozenset(),
    now: datetime | None = None,
    grace: timedelta = GRACE,
    bonus: Collection[str] = (),
    rests: bool = False,
    detailed: bool = False,
) -> Plan:
    """What going from `old` to `new` would do, each crowd looked at once. Raises ValueError without either.

    None as `old`: the sequence is new. None as `new`: it is removed, which is refused while anyone is under way.
    `bonus` names lessons that who is past them is sent all the same; `rests` says that the whole sequence rests. A
    `detailed` plan tells of each reader by herself, and names all who lose something: memory grows with them.
    """
    if old is None and new is None:
        raise ValueError("nothing to plan: neither an old nor a new sequence")
    if old is None or new is None:
        people: Counter[str] = Counter()
        for group in groups:
            people[group.position.state] += len(group.members)
        return _whole(old, new, people)
    edit = Edit(old, new, practice_zone, practice_quiet, now)
    fates = Fates(edit, Days(practice_zone, practice_quiet, grace), now, rests=rests)
    found = differences(old, new)
    tally = Tally(edit, fates, found, frozenset(bonus), dated=now is not None and not rests, detailed=detailed)
    for group in groups:
        tally.count(group)
    return tally.plan(new.slug, "edited" if found else "unchanged", rests=rests)


def _whole(old: Sequence | None, new: Sequence | None, people: Counter[str]) -> Plan:
    if new is not None:
        changes = tuple(Change("inserted", lesson.id, when(lesson, new)) for lesson in new.lessons)
        return Plan(new.slug, "new", changes, dict(people))
    under_way = people["active"] + people["paused"]
    who = "reader is" if under_way == 1 else "readers are"
    refused = f"{under_way} {who} under way: move or stop them in the same command." if under_way else ""
    return Plan(old.slug if old is not None else "", "removed", (), dict(people), refused)
