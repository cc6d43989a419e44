"""The proof of the figures: counters from the rows, the rows from the raw events. And mending, where they differ."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, func, insert, select, text
from sqlalchemy.orm import InstrumentedAttribute, Session

from funnel.context import Context
from funnel.insight.agreement import ENDS, UNDECIDED, agreement, cohort_rows, utc_day
from funnel.insight.subjects import subject_rows
from funnel.models import (
    CohortCount,
    Delivery,
    DeliveryKind,
    Event,
    LessonCount,
    LessonMeasure,
    SubjectCount,
    in_state,
)
from funnel.tracking.first_events import FIRST_EVENTS, FirstEventCounts, recount_first_events

_AT_ONCE = 500
_EVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Recounted:
    """What was wrong, one sentence for each figure; how many mails got other firsts; how many counters there are."""

    wrong: tuple[str, ...]
    mails: int
    lesson_counts: int
    cohort_counts: int


def disagreements(session: Session, kept_since: datetime = _EVER) -> list[str]:
    """One sentence for everything on which counters, rows and raw events differ; empty where they agree. Reads all.

    Of what came back before `kept_since` the events are not kept: there the rows' word stands.
    """
    return [*agreement(session), *_wrong_firsts(session, kept_since)]


def recount(context: Context) -> Recounted:
    """Writes the counters anew from the rows, and the firsts on each mail from the raw events. One transaction.

    Views of offers are counted as they happen and kept nowhere else, so they stay as they are. The service may go on
    meanwhile: whoever counts something has to wait until this is done.
    """
    with context.db.write() as session:
        wrong = tuple(disagreements(session, context.events_kept_since))
        mails = _mend_firsts(session, context.events_kept_since)
        # Only after the mails: everybody locks a mail first and counts it then.
        if not context.db.is_sqlite:
            session.execute(text("LOCK TABLE lesson_count, subject_count, cohort_count, cohort_gone IN EXCLUSIVE MODE"))
        lessons, subjects = list(_lesson_rows(session)), subject_rows(session)
        cohorts = cohort_rows(session)
        session.execute(delete(LessonCount))
        session.execute(delete(SubjectCount))
        session.execute(delete(CohortCount))
        if lessons:
            session.execute(insert(LessonCount), lessons)
        if subjects:
            session.execute(insert(SubjectCount), subjects)
        if cohorts:
            session.execute(insert(CohortCount), cohorts)
    return Recounted(wrong, mails, len(lessons), len(cohorts))


def _wrong_firsts(session: Session, kept_since: datetime) -> Iterator[str]:
    for (kind, actor), (column, _) in FIRST_EVENTS.items():
        n = session.scalar(select(func.count()).select_from(Delivery).where(_differs(kind, actor, kept_since)))
        if n:
            yield f"{n} mails say another {column.key} than the raw events"


def _mend_firsts(session: Session, kept_since: datetime) -> int:
    """Reads the firsts of every mail that is wrong again. The counters are written anew afterwards."""
    wrong: set[int] = set()
    for kind, actor in FIRST_EVENTS:
        wrong.update(session.scalars(select(Delivery.id).where(_differs(kind, actor, kept_since))))
    ids = sorted(wrong)
    for start in range(0, len(ids), _AT_ONCE):
        batch = select(Delivery).where(Delivery.id.in_(ids[start : start + _AT_ONCE])).order_by(Delivery.id)
        rows = session.scalars(batch.with_for_update()).all()
        recount_first_events(session, rows, FirstEventCounts(), kept_since)
        session.flush()
    return len(ids)


def _differs(kind: str, actor: str, kept_since: datetime) -> ColumnElement[bool]:
    """Mails whose first of this kind is not the first of the events. Where no event is left, the row's word stands."""
    events = (Event.delivery_id == Delivery.id, Event.kind == kind)
    first = select(func.min(Event.at)).where(*events, Event.actor == actor).correlate(Delivery).scalar_subquery()
    any_left = select(Event.id).where(*events).correlate(Delivery).exists()
    column = FIRST_EVENTS[kind, actor][0]
    return any_left & column.is_distinct_from(first) & (column.is_(None) | (column >= kept_since))


def _lesson_rows(session: Session) -> Iterator[dict[str, Any]]:
    # Of what is undecided only the sum over all days is a figure: it is taken off again on the day it is settled.
    for measure, state in {**ENDS, **UNDECIDED}.items():
        ended = func.coalesce(Delivery.ended_at, Delivery.not_before)
        yield from _by_day(session, measure, ended, in_state(state))
    others = ((Delivery.left_at, LessonMeasure.LEFT), (Delivery.replied_at, LessonMeasure.REPLIED))
    for column, measure in (*FIRST_EVENTS.values(), *others):
        yield from _by_day(session, measure, column, column.is_not(None))


def _by_day(
    session: Session, measure: LessonMeasure, when: ColumnElement[Any] | InstrumentedAttribute[Any], which: Any
) -> Iterator[dict[str, Any]]:
    day = utc_day(session, when)
    query = (
        select(Delivery.sequence, Delivery.lesson_id, day, func.count())
        .where(Delivery.kind == DeliveryKind.LESSON, Delivery.sequence.is_not(None), Delivery.lesson_id.is_not(None))
        .where(which)
        .group_by(Delivery.sequence, Delivery.lesson_id, day)
    )
    for sequence, lesson_id, on, n in session.execute(query):
        yield {"sequence": sequence, "lesson_id": lesson_id, "measure": measure.value, "day": _date(on), "n": n}


def _date(value: date | datetime | str) -> date:
    return date.fromisoformat(value) if isinstance(value, str) else value
