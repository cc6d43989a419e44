"""Figures in which nobody can be recognised, for who may see no people.

1. Only whole months that are over, and one way of telling apart at a time: no two spans differ by a day.
2. Every number is rounded down to fives, and under five is not said, so no difference of two is of one person.
3. Parts of fewer than five people are counted together; and if those are fewer than five, with the smallest shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.orm import Session

from funnel.insight.cohorts import Cohort, cohorts, cohorts_by
from funnel.insight.span import DaySpan
from funnel.models import OF_SIGNUPS, CohortDimension, FunnelStage

FEWEST = 5
_MONTHS = 12


@dataclass(frozen=True, slots=True)
class GuardedLine:
    """One offer, or a part of it (None: several together). A count is a multiple of five; 0 means under five."""

    offer: str
    value: str | None
    together: bool
    counts: Mapping[FunnelStage, int]


def months_over(today: date) -> list[DaySpan]:
    """The last twelve whole months before `today`, the newest first."""
    found: list[DaySpan] = []
    last = today.replace(day=1) - timedelta(days=1)
    while len(found) < _MONTHS:
        found.append(DaySpan(last.replace(day=1), last))
        last = last.replace(day=1) - timedelta(days=1)
    return found


def guarded_cohorts(session: Session, month: DaySpan, dimension: CohortDimension) -> list[GuardedLine]:
    """The funnels of who signed up in a month, by offer; with a dimension, its parts instead of the whole."""
    if dimension is CohortDimension.ALL:
        return [_line(each) for each in cohorts(session, month)]
    found: dict[str, list[Cohort]] = {}
    for each in cohorts_by(session, dimension, month):
        found.setdefault(each.offer, []).append(each)
    return [line for parts in found.values() for line in _guard(parts)]


def _guard(parts: list[Cohort]) -> list[GuardedLine]:
    """The parts of one offer, the largest first; the last line may be several together."""
    largest_first = sorted(parts, key=lambda each: (-each.entered, each.value or ""))
    shown = [each for each in largest_first if each.entered >= FEWEST]
    rest = largest_first[len(shown) :]
    while rest and shown and sum(each.entered for each in rest) < FEWEST:
        rest.insert(0, shown.pop())
    lines = [_line(each) for each in shown]
    if rest:
        sums = {stage: sum(each.counts[stage] for each in rest) for stage in OF_SIGNUPS}
        lines.append(_line(Cohort(rest[0].offer, None, sums), together=True))
    return lines


def _line(cohort: Cohort, *, together: bool = False) -> GuardedLine:
    counts = {stage: n - n % FEWEST for stage, n in cohort.counts.items()}
    return GuardedLine(cohort.offer, cohort.value, together, counts)
