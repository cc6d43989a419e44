"""A lesson with a date of its own: to those who had begun by then, and to nobody who came after it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from funnel.demo.evidence import ACCEPTED, SKIPPED, Disagreement, Evidence, Fault

_CAME_AFTER = "came after"


def dated_as_begun(evidence: Evidence) -> Iterator[Disagreement]:
    """Nobody has it whose first day is after its date, and whoever came too late was passed over for that reason."""
    begun = {(each.email, each.sequence, each.round): each.began_on for each in evidence.enrolments}
    for row in evidence.rows:
        on = evidence.dated.get((row.sequence or "", row.lesson_id or ""))
        began = begun.get((row.email, row.sequence or "", row.round))
        if on is None or began is None:
            continue
        if row.state == ACCEPTED and began > on:
            yield Disagreement(Fault.DATED, f"{row.email} began on {began} and has {row.name}, which was for {on}")
        elif row.state == SKIPPED and began < on and _CAME_AFTER in row.reason:
            yield Disagreement(Fault.DATED, f"{row.email} began on {began} and did not get {row.name} of {on}")


class DatedCounts(NamedTuple):
    """How many got a lesson for its date, came after it, or would have had it too late."""

    got: int
    came_after: int
    held: int


def dated_counts(evidence: Evidence) -> DatedCounts:
    """Over all lessons with a date of their own."""
    rows = [row for row in evidence.rows if (row.sequence or "", row.lesson_id or "") in evidence.dated]
    passed_over = [row.reason for row in rows if row.state == SKIPPED]
    came_after = sum(_CAME_AFTER in reason for reason in passed_over)
    return DatedCounts(sum(row.state == ACCEPTED for row in rows), came_after, len(passed_over) - came_after)
