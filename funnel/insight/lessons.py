"""Each sequence, lesson by lesson: what was sent, and what came back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from funnel.insight.span import EVER, DaySpan
from funnel.models import (
    OPEN_STATES,
    Delivery,
    DeliveryState,
    Edition,
    EditionLesson,
    Enrolment,
    EnrolmentState,
    LessonCount,
    LessonMeasure,
    SequenceState,
    in_state,
)

_LessonKey = tuple[str, str]  # sequence, lesson id
_Counts = dict[_LessonKey, dict[LessonMeasure, int]]
_CountsNow = dict[_LessonKey, dict[str, int]]
_WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class LessonReport:
    """One lesson. `counts` has every measure, from the counters; `waiting`, `held` and `unknown` are current numbers.

    `current` is false for a lesson that was sent once and is no longer in the published edition.
    """

    lesson_id: str
    subject: str
    counts: Mapping[LessonMeasure, int]
    waiting: int = 0
    held: int = 0
    unknown: int = 0
    current: bool = True

    def share(self, measure: LessonMeasure) -> float | None:
        """The measure as a share of what was sent, 0.0 to 1.0; None where nothing was sent."""
        sent = self.counts[LessonMeasure.ACCEPTED]
        return self.counts[measure] / sent if sent else None


@dataclass(frozen=True, slots=True)
class SequenceReport:
    """One published sequence. `walking`, `finished` and `stopped` count enrolments now; times are aware UTC.

    `rounds` are the dates on which it begins together, each with how many are on it now, or wait for it; `undated` wait
    until a date is set.
    """

    sequence: str
    title: str
    edition: int
    published_at: datetime
    paused_at: datetime | None
    walking: int
    finished: int
    stopped: int
    lessons: tuple[LessonReport, ...]
    rounds: tuple[tuple[date, int], ...] = ()
    undated: int = 0


def sequence_reports(session: Session, span: DaySpan = EVER, sequence: str | None = None) -> list[SequenceReport]:
    """Every published sequence (or the one named) by slug, its lessons in the order of the current edition.

    Counters count what happened on these days, which for lessons are days in UTC (story time).
    """
    query = select(SequenceState, Edition).join(Edition, Edition.id == SequenceState.edition_id)
    if sequence is not None:
        query = query.where(SequenceState.sequence == sequence)
    published = session.execute(query.order_by(SequenceState.sequence)).all()
    counts = _counts(session, span)
    now = _counts_now(session)
    enrolments = _enrolments(session)
    return [
        SequenceReport(
            sequence=state.sequence,
            title=str(edition.source["title"]),
            edition=edition.number,
            published_at=edition.published_at,
            paused_at=state.paused_at,
            walking=enrolments[state.sequence, EnrolmentState.ACTIVE],
            finished=enrolments[state.sequence, EnrolmentState.FINISHED],
            stopped=enrolments[state.sequence, EnrolmentState.STOPPED],
            lessons=tuple(_lessons(session, edition, counts, now)),
            rounds=_rounds(session, edition),
            undated=enrolments[state.sequence, EnrolmentState.WAITING],
        )
        for state, edition in published
    ]


def _rounds(session: Session, edition: Edition) -> tuple[tuple[date, int], ...]:
    days = [date.fromisoformat(day) for day in edition.source.get("rounds", ())]
    if not days:
        return ()
    on = (
        Enrolment.sequence == edition.sequence,
        Enrolment.state == EnrolmentState.ACTIVE,
        Enrolment.started_on.in_(days),
    )
    query = select(Enrolment.started_on, func.count()).where(*on).group_by(Enrolment.started_on)
    found = dict(session.execute(query).all())
    return tuple((day, found.get(day, 0)) for day in days)


def _lessons(session: Session, edition: Edition, counts: _Counts, now: _CountsNow) -> Iterator[LessonReport]:
    subjects = {lesson["id"]: lesson["subjects"][0] for lesson in edition.source["lessons"]}
    for lesson_id in _order(session, edition, counts, now):
        key = (edition.sequence, lesson_id)
        yield LessonReport(
            lesson_id=lesson_id,
            subject=subjects.get(lesson_id, lesson_id),
            counts=counts[key],
            waiting=now[key][_WAITING],
            held=now[key][DeliveryState.HELD],
            unknown=now[key][DeliveryState.UNKNOWN],
            current=lesson_id in subjects,
        )


def _order(session: Session, edition: Edition, counts: _Counts, now: _CountsNow) -> list[str]:
    """The edition's lessons in order, then removed lessons that have figures."""
    current = list(
        session.scalars(
            select(EditionLesson.lesson_id)
            .where(EditionLesson.edition_id == edition.id)
            .order_by(EditionLesson.position)
        )
    )
    seen = {lesson for sequence, lesson in (*counts, *now) if sequence == edition.sequence}
    return current + sorted(seen.difference(current))


def _counts(session: Session, span: DaySpan) -> _Counts:
    columns = (LessonCount.sequence, LessonCount.lesson_id, LessonCount.measure)
    query = select(*columns, func.sum(LessonCount.n)).where(*span.holds(LessonCount.day)).group_by(*columns)
    found: _Counts = defaultdict(lambda: dict.fromkeys(LessonMeasure, 0))
    for sequence, lesson, measure, n in session.execute(query):
        found[sequence, lesson][LessonMeasure(measure)] = int(n)
    return found


def _counts_now(session: Session) -> _CountsNow:
    """What waits, is held or is unknown now: few rows, found by index."""
    columns = (Delivery.sequence, Delivery.lesson_id, func.count())
    found: _CountsNow = defaultdict(lambda: defaultdict(int))
    waiting = select(*columns).where(in_state(*OPEN_STATES), Delivery.sequence.is_not(None))
    for sequence, lesson, n in session.execute(waiting.group_by(Delivery.sequence, Delivery.lesson_id)):
        found[str(sequence), str(lesson)][_WAITING] = n
    query = select(*columns, Delivery.state).where(
        in_state(DeliveryState.HELD, DeliveryState.UNKNOWN), Delivery.sequence.is_not(None)
    )
    for sequence, lesson, n, state in session.execute(
        query.group_by(Delivery.sequence, Delivery.lesson_id, Delivery.state)
    ):
        found[str(sequence), str(lesson)][state] = n
    return found


def _enrolments(session: Session) -> dict[tuple[str, str], int]:
    query = select(Enrolment.sequence, Enrolment.state, func.count()).group_by(Enrolment.sequence, Enrolment.state)
    found: dict[tuple[str, str], int] = defaultdict(int)
    for sequence, state, n in session.execute(query):
        found[sequence, state] = n
    return found
