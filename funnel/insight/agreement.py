"""Checks that the counters agree with the rows they count. Every figure on the dashboard rests on this."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from funnel.insight.subjects import counted_subjects, subject_rows
from funnel.models import (
    CohortCount,
    CohortDimension,
    CohortGone,
    Delivery,
    DeliveryKind,
    DeliveryState,
    FunnelStage,
    LessonCount,
    LessonMeasure,
    Signup,
    in_state,
)

_Key = tuple[str, ...]

# What each counter counts; `funnel recount` rebuilds the counters from the same statements.
STAGES: Mapping[FunnelStage, InstrumentedAttribute[Any]] = {
    FunnelStage.SIGNUPS: Signup.created_at,
    FunnelStage.CONFIRMED: Signup.confirmed_at,
    FunnelStage.RECEIVED: Signup.received_at,
    FunnelStage.UNDER_WAY: Signup.under_way_at,
    FunnelStage.FINISHED: Signup.finished_at,
    FunnelStage.BOOKED: Signup.booked_at,
}
# By what sign-ups are counted, and where that stands in their rows.
_VALUES: Mapping[CohortDimension, InstrumentedAttribute[str | None] | None] = {
    CohortDimension.ALL: None,
    CohortDimension.SOURCE: Signup.source,
    CohortDimension.LANGUAGE: Signup.language,
    CohortDimension.PLACE: Signup.place,
}
# A delivery's end is counted on the day it came; what came back, on the day it first did.
ENDS = {
    LessonMeasure.ACCEPTED: DeliveryState.ACCEPTED,
    LessonMeasure.FAILED: DeliveryState.FAILED,
    LessonMeasure.SKIPPED: DeliveryState.SKIPPED,
}
_FIRSTS: Mapping[LessonMeasure, InstrumentedAttribute[Any]] = {
    LessonMeasure.OPENED: Delivery.opened_at,
    LessonMeasure.CLICKED: Delivery.clicked_at,
    LessonMeasure.MACHINE_OPENED: Delivery.machine_opened_at,
    LessonMeasure.MACHINE_CLICKED: Delivery.machine_clicked_at,
    LessonMeasure.LEFT: Delivery.left_at,
    LessonMeasure.REPLIED: Delivery.replied_at,
}
# Held and unknown mail is settled on a later day and subtracted then, so only the sum over all days means anything.
UNDECIDED = {LessonMeasure.UNKNOWN: DeliveryState.UNKNOWN, LessonMeasure.HELD: DeliveryState.HELD}


def agreement(session: Session) -> list[str]:
    """One sentence for every figure on which counters and rows differ; empty where they agree.

    Reads every sign-up and delivery, so it is for tests, demonstrations and `funnel status`, not for a page.
    """
    return [
        *_differences(_counted_cohorts(session), _cohorts(session)),
        *_differences(_counted_lessons(session), _lessons(session)),
        *_differences(*(_by_subject(rows) for rows in (counted_subjects(session), subject_rows(session)))),
        *_out_of_order(session),
    ]


def _differences(counted: Counter[_Key], rows: Counter[_Key]) -> Iterator[str]:
    for key in sorted(counted.keys() | rows.keys()):
        if counted[key] != rows[key]:
            yield f"{' / '.join(key)}: the counter says {counted[key]}, the rows say {rows[key]}"


def _by_subject(rows: Sequence[Mapping[str, Any]]) -> Counter[_Key]:
    return Counter(
        {
            (row["sequence"], row["lesson_id"], row["subject"], measure): row[measure]
            for row in rows
            for measure in ("sent", "opened")
        }
    )


def _cohorts(session: Session) -> Counter[_Key]:
    return Counter({_cohort_key(row): row["n"] for row in cohort_rows(session)})


def _counted_cohorts(session: Session) -> Counter[_Key]:
    columns = (CohortCount.offer, CohortCount.dimension, CohortCount.day, CohortCount.value, CohortCount.stage)
    rows = session.execute(select(*columns, CohortCount.n)).mappings()
    return Counter({_cohort_key(row): row["n"] for row in rows})


def _cohort_key(row: Mapping[Any, Any]) -> _Key:
    by = (f"{row['dimension']} {row['value']!r}",) if row["dimension"] else ()
    return (row["offer"], row["stage"], *by, row["day"].isoformat())


def cohort_rows(session: Session) -> list[dict[str, Any]]:
    """What every row of `cohort_count` has to be: counted from the sign-ups, and those whose origin was deleted."""
    found: Counter[tuple[str, str, date, str, str]] = Counter()
    for stage, reached in STAGES.items():
        for dimension, value in _VALUES.items():
            said = [] if value is None else [value]
            known = (each.is_not(None) for each in said)
            query = select(Signup.offer, Signup.day, func.count(), *said).where(reached.is_not(None), *known)
            for offer, day, n, *values in session.execute(query.group_by(Signup.offer, Signup.day, *said)):
                found[offer, dimension.value, day, values[0] if values else "", stage.value] = n
    for row in session.scalars(select(CohortGone)):
        found[row.offer, row.dimension, row.day, row.value, row.stage] += row.n
    names = ("offer", "dimension", "day", "value", "stage")
    return [{**dict(zip(names, key, strict=True)), "n": n} for key, n in sorted(found.items())]


def _lessons(session: Session) -> Counter[_Key]:
    found: Counter[_Key] = Counter()
    for measure, state in ENDS.items():
        found += _by_day(session, measure, Delivery.ended_at, in_state(state))
    for measure, column in _FIRSTS.items():
        found += _by_day(session, measure, column, column.is_not(None))
    for measure, state in UNDECIDED.items():
        query = (
            select(Delivery.sequence, Delivery.lesson_id, func.count())
            .where(Delivery.kind == DeliveryKind.LESSON, in_state(state))
            .group_by(Delivery.sequence, Delivery.lesson_id)
        )
        for sequence, lesson, n in session.execute(query):
            found[str(sequence), str(lesson), measure.value] = n
    return found


def _by_day(
    session: Session, measure: LessonMeasure, column: InstrumentedAttribute[Any], which: ColumnElement[bool]
) -> Counter[_Key]:
    day = utc_day(session, column)
    query = (
        select(Delivery.sequence, Delivery.lesson_id, day, func.count())
        .where(Delivery.kind == DeliveryKind.LESSON, which)
        .group_by(Delivery.sequence, Delivery.lesson_id, day)
    )
    return Counter(
        {(str(sequence), str(lesson), measure.value, str(on)): n for sequence, lesson, on, n in session.execute(query)}
    )


def _counted_lessons(session: Session) -> Counter[_Key]:
    found: Counter[_Key] = Counter()
    for row in session.scalars(select(LessonCount)):
        undecided = row.measure in UNDECIDED
        key: _Key = (row.sequence, row.lesson_id, row.measure)
        found[key if undecided else (*key, row.day.isoformat())] += row.n
    return found


def _out_of_order(session: Session) -> Iterator[str]:
    """Sign-ups that reached a stage without the stage it depends on."""
    for later, earlier in (
        (FunnelStage.RECEIVED, FunnelStage.CONFIRMED),
        (FunnelStage.UNDER_WAY, FunnelStage.CONFIRMED),
        (FunnelStage.FINISHED, FunnelStage.CONFIRMED),
    ):
        query = select(func.count()).where(STAGES[later].is_not(None), STAGES[earlier].is_(None))
        n = session.scalar(query)
        if n:
            yield f"{n} sign-ups are {later.value} but not {earlier.value}"


def utc_day(session: Session, column: ColumnElement[Any] | InstrumentedAttribute[Any]) -> ColumnElement[date]:
    """The UTC date of a time; PostgreSQL would otherwise use the connection's time zone."""
    if session.get_bind().dialect.name == "postgresql":
        return func.date(func.timezone("UTC", column))
    return func.date(column)
