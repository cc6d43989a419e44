"""Counters that change in the transaction of their cause, so that every page shows the same numbers."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any, cast

from sqlalchemy import Executable, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from funnel.models import FileCount, FunnelCount, FunnelStage, LessonCount, LessonMeasure, Signup, SubjectCount

_Counter = type[FileCount] | type[FunnelCount] | type[LessonCount]
_STAGE_COLUMN = {
    FunnelStage.CONFIRMED: "confirmed_at",
    FunnelStage.RECEIVED: "received_at",
    FunnelStage.UNDER_WAY: "under_way_at",
    FunnelStage.FINISHED: "finished_at",
    FunnelStage.BOOKED: "booked_at",
}


def reach(session: Session, signup: Signup, stage: FunnelStage, now: datetime) -> None:
    """Notes that a sign-up reached a stage; the first time counts, later times change nothing."""
    column = _STAGE_COLUMN[stage]
    if getattr(signup, column) is None:
        setattr(signup, column, now)
        count_stage(session, signup.offer, stage, now)


def count_stage(session: Session, offer: str, stage: FunnelStage, now: datetime, n: int = 1) -> None:
    _add(session, FunnelCount, {"offer": offer, "stage": stage.value, "day": now.date()}, n)


def count_lesson(
    session: Session, sequence: str, lesson_id: str, measure: LessonMeasure, now: datetime, n: int = 1
) -> None:
    key = {"sequence": sequence, "lesson_id": lesson_id, "measure": measure.value, "day": now.date()}
    _add(session, LessonCount, key, n)


def count_subject(
    session: Session, sequence: str, lesson_id: str, subject: str, *, sent: int = 0, opened: int = 0
) -> None:
    """Adds to what became of mails with this one of several subjects."""
    session.flush()
    connection = session.connection()
    key = {"sequence": sequence, "lesson_id": lesson_id, "subject": subject}
    connection.execute(_adding_subjects(connection.dialect.name), {**key, "sent": sent, "opened": opened})


@cache
def _adding_subjects(dialect: str) -> Executable:
    table = cast(Table, SubjectCount.__table__)
    insert = (postgresql if dialect == "postgresql" else sqlite).insert(table)
    more = {name: table.c[name] + insert.excluded[name] for name in ("sent", "opened")}
    return cast(Executable, insert.on_conflict_do_update(index_elements=list(table.primary_key), set_=more))


def count_file(session: Session, asset: str, now: datetime) -> None:
    _add(session, FileCount, {"asset": asset, "day": now.date()}, 1)


def _add(session: Session, model: _Counter, key: dict[str, Any], n: int) -> None:
    session.flush()  # all who count come by these few rows, so nobody holds one while waiting for rows of their own
    connection = session.connection()
    connection.execute(_adding(connection.dialect.name, model), {**key, "n": n})


@cache  # building it costs five times what running it does
def _adding(dialect: str, model: _Counter) -> Executable:
    table = cast(Table, model.__table__)
    insert = (postgresql if dialect == "postgresql" else sqlite).insert(table)
    more = {"n": table.c.n + insert.excluded.n}
    return cast(Executable, insert.on_conflict_do_update(index_elements=list(table.primary_key), set_=more))
