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
    ON_PAGES,
    Delivery,
    DeliveryKind,
    DeliveryState,
    FunnelCount,
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
        *_differences(_counted_stages(session), _signups(session)),
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


def _signups(session: Session) -> Counter[_Key]:
    found: Counter[_Key] = Counter()
    for stage, column in STAGES.items():
        day = utc_day(session, column)
        query = select(Signup.offer, day, func.count()).where(column.is_not(None)).group_by(Signup.offer, day)
        for offer, on, n in session.execute(query):
            found[offer, stage.value, str(on)] = n
    return found


def _counted_stages(session: Session) -> Counter[_Key]:
    query = select(FunnelCount).where(FunnelCount.stage.not_in(ON_PAGES))
    return Counter({(row.offer, row.stage, row.day.isoformat()): row.n for row in session.scalars(query)})


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
