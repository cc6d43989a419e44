"""Lessons with several subjects: how often each was opened, and whether the difference is significant."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from funnel.insight.intervals import LEVEL, difference, wilson
from funnel.models import Delivery, DeliveryKind, DeliveryState, Edition, SequenceState, SubjectCount

# With fewer mails than this per subject there is no verdict, whatever the intervals are.
FEWEST = 30


class Verdict(StrEnum):
    NOTHING = "nothing"  # no mail yet
    EARLY = "early"
    ALIKE = "alike"  # the difference may be chance
    AHEAD = "ahead"  # the first is opened more often than every other


@dataclass(frozen=True, slots=True)
class SubjectFigures:
    """One subject: a person opened `opened` of `sent` mails. The share and its interval (95 %) are 0.0 to 1.0."""

    subject: str
    sent: int
    opened: int
    current: bool

    @property
    def share(self) -> float | None:
        return self.opened / self.sent if self.sent else None

    @property
    def interval(self) -> tuple[float, float]:
        return wilson(self.opened, self.sent)


@dataclass(frozen=True, slots=True)
class SubjectTest:
    """The subjects of one lesson, the most opened first.

    `ahead` is the least and the most by which the first leads the next (0.0 to 1.0); only for `AHEAD`.
    """

    lesson_id: str
    subjects: tuple[SubjectFigures, ...]
    verdict: Verdict
    ahead: tuple[float, float] | None


def subject_tests(session: Session, sequence: str) -> list[SubjectTest]:
    """Each lesson of the published edition that has several subjects, in order; earlier subjects are included.

    They are counted from the beginning, whatever range a page shows: see `SubjectCount`.
    """
    source = session.scalar(
        select(Edition.source)
        .join(SequenceState, SequenceState.edition_id == Edition.id)
        .where(SequenceState.sequence == sequence)
    )
    if source is None:
        return []
    counted: dict[str, dict[str, tuple[int, int]]] = defaultdict(dict)
    for row in session.scalars(select(SubjectCount).where(SubjectCount.sequence == sequence)):
        counted[row.lesson_id][row.subject] = (row.sent, row.opened)
    return [
        compare(lesson["id"], lesson["subjects"], counted[lesson["id"]])
        for lesson in source["lessons"]
        if len(lesson["subjects"]) > 1
    ]


def compare(lesson_id: str, current: Sequence[str], counted: Mapping[str, tuple[int, int]]) -> SubjectTest:
    """The comparison of these subjects; `counted` has (sent, opened) for each."""
    names = [*current, *sorted(subject for subject in counted if subject not in current)]
    figures = [SubjectFigures(name, *counted.get(name, (0, 0)), name in current) for name in names]
    ordered = sorted(figures, key=lambda each: (not each.current, -(each.share or 0.0)))
    verdict, ahead = _verdict([each for each in ordered if each.current])
    return SubjectTest(lesson_id, tuple(ordered), verdict, ahead)


def _verdict(figures: Sequence[SubjectFigures]) -> tuple[Verdict, tuple[float, float] | None]:
    """The verdict on the current subjects. With several comparisons each gets a stricter level (Bonferroni)."""
    first, *others = figures
    if not any(each.sent for each in figures):
        return Verdict.NOTHING, None
    if min(each.sent for each in figures) < FEWEST:
        return Verdict.EARLY, None
    # The first was chosen by the same figures, so every pair counts, not only those with the first.
    pairs = len(figures) * (len(figures) - 1) // 2
    level = 1 - (1 - LEVEL) / pairs
    found = [difference((first.opened, first.sent), (each.opened, each.sent), level) for each in others]
    if all(low > 0 for low, _ in found):
        return Verdict.AHEAD, found[0]
    # While a difference of a tenth of all readers is still within the interval, more mail may show one.
    return (Verdict.EARLY if max(high for _, high in found) > 0.1 else Verdict.ALIKE), None


def counted_subjects(session: Session) -> list[dict[str, Any]]:
    """The counters; `subject_rows` gives what they should be."""
    columns = (SubjectCount.sequence, SubjectCount.lesson_id, SubjectCount.subject)
    return _rows(session.execute(select(*columns, SubjectCount.sent, SubjectCount.opened)))


def subject_rows(session: Session) -> list[dict[str, Any]]:
    """The figures from the deliveries: how many mails with each subject were sent, and opened by a person."""
    subject = Delivery.filled["subject"].as_string()
    sent = func.sum(case((Delivery.state == DeliveryState.ACCEPTED, 1), else_=0))
    query = (
        select(Delivery.sequence, Delivery.lesson_id, subject, sent, func.count(Delivery.opened_at))
        .where(Delivery.kind == DeliveryKind.LESSON, subject.is_not(None))
        .where(Delivery.sequence.is_not(None), Delivery.lesson_id.is_not(None))
        .group_by(Delivery.sequence, Delivery.lesson_id, subject)
    )
    return _rows(session.execute(query))


def _rows(found: Iterable[Any]) -> list[dict[str, Any]]:
    """The rows, without those that count nothing."""
    return [
        {"sequence": sequence, "lesson_id": lesson, "subject": subject, "sent": int(sent), "opened": int(opened)}
        for sequence, lesson, subject, sent, opened in found
        if sent or opened
    ]
