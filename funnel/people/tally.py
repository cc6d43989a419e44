"""Counters that change in the same transaction as their cause, so that every page shows the same numbers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any, Literal, cast

from sqlalchemy import Executable, Table
from sqlalchemy.orm import Session

from funnel.db.upsert import insert_on
from funnel.models import (
    FileCount,
    FunnelCount,
    FunnelStage,
    LessonCount,
    LessonMeasure,
    SessionCount,
    Signup,
    SubjectCount,
)

_Counter = type[FileCount] | type[FunnelCount] | type[LessonCount] | type[SessionCount] | type[SubjectCount]
_STAGE_COLUMN = {
    FunnelStage.CONFIRMED: "confirmed_at",
    FunnelStage.RECEIVED: "received_at",
    FunnelStage.UNDER_WAY: "under_way_at",
    FunnelStage.FINISHED: "finished_at",
    FunnelStage.BOOKED: "booked_at",
}


def reach(session: Session, signup: Signup, stage: FunnelStage, now: datetime) -> None:
    """Records that a sign-up reached a stage. Only the first time counts."""
    column = _STAGE_COLUMN[stage]
    if getattr(signup, column) is None:
        setattr(signup, column, now)
        count_stage(session, signup.offer, stage, now)


def count_stage(session: Session, offer: str, stage: FunnelStage, now: datetime, n: int = 1) -> None:
    _add(session, FunnelCount, {"offer": offer, "stage": stage.value, "day": now.date(), "n": n})


def count_lessons(
    session: Session, lessons: Mapping[tuple[str, str], int], measure: LessonMeasure, now: datetime
) -> None:
    """Adds how often this happened to each lesson (sequence, lesson id), in one order for all who count."""
    rows = [
        {"sequence": sequence, "lesson_id": lesson_id, "measure": measure.value, "day": now.date(), "n": n}
        for (sequence, lesson_id), n in sorted(lessons.items())
    ]
    _add(session, LessonCount, *rows)


def count_subjects(
    session: Session, subjects: Mapping[tuple[str, str, str], int], what: Literal["sent", "opened"]
) -> None:
    """Adds how many mails with each subject (sequence, lesson id, subject) were sent, or opened by a person.

    In one order for all who count.
    """
    rows = [
        {"sequence": sequence, "lesson_id": lesson_id, "subject": subject, "sent": 0, "opened": 0, what: n}
        for (sequence, lesson_id, subject), n in sorted(subjects.items())
    ]
    _add(session, SubjectCount, *rows)


def count_file(session: Session, asset: str, now: datetime) -> None:
    _add(session, FileCount, {"asset": asset, "day": now.date(), "n": 1})


def count_session(session: Session, slug: str, source: str, now: datetime) -> None:
    _add(session, SessionCount, {"session": slug, "source": source, "day": now.date(), "n": 1})


def _add(session: Session, model: _Counter, *rows: dict[str, Any]) -> None:
    """Adds to these counters, all in one round trip."""
    if not rows:
        return
    session.flush()  # everyone updates these few rows, so nobody may hold one while waiting for rows of their own
    connection = session.connection()
    connection.execute(_adding(connection.dialect.name, model), list(rows))


@cache  # building it takes five times as long as running it
def _adding(dialect: str, model: _Counter) -> Executable:
    table = cast(Table, model.__table__)
    adding = insert_on(dialect, table)
    more = {column.name: column + adding.excluded[column.name] for column in table.c if not column.primary_key}
    return cast(Executable, adding.on_conflict_do_update(index_elements=list(table.primary_key), set_=more))
