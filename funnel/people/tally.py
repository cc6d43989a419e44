"""Counters that change in the same transaction as their cause, so that every page shows the same numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any, Literal, cast

from sqlalchemy import Executable, Table, delete, select
from sqlalchemy.orm import Session

from funnel.db.upsert import insert_on
from funnel.models import (
    OF_SIGNUPS,
    CohortCount,
    CohortDimension,
    CohortGone,
    FileCount,
    FunnelCount,
    FunnelStage,
    LessonCount,
    LessonMeasure,
    SessionCount,
    Signup,
    SubjectCount,
)

_Countable = (
    type[CohortCount]
    | type[CohortGone]
    | type[FileCount]
    | type[FunnelCount]
    | type[LessonCount]
    | type[SessionCount]
    | type[SubjectCount]
)
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
        count_cohort(session, signup, stage)


def count_cohort(session: Session, signup: Signup, stage: FunnelStage) -> None:
    """Counts a sign-up at a stage, among those of its day, and by everything that is known of where it came from."""
    _add(session, CohortCount, *_cohort_rows(signup, stage, {CohortDimension.ALL: "", **_known(signup)}))


def forget_origins(session: Session, signups: Sequence[Signup]) -> None:
    """Deletes where these sign-ups came from. That they were counted by it stays true, and is kept without them.

    A source that only they came from is forgotten in the counters too.
    """
    gone: Counter[tuple[str, ...]] = Counter()
    rows: dict[tuple[str, ...], dict[str, Any]] = {}
    for signup in signups:
        for stage in OF_SIGNUPS:
            if stage == FunnelStage.SIGNUPS or getattr(signup, _STAGE_COLUMN[stage]) is not None:
                for row in _cohort_rows(signup, stage, _known(signup)):
                    key = tuple(str(each) for name, each in row.items() if name != "n")
                    rows[key] = row
                    gone[key] += 1
    words = {signup.source for signup in signups if signup.source}
    for signup in signups:
        signup.source = signup.language = signup.place = None
    _add(session, CohortGone, *({**rows[key], "n": n} for key, n in sorted(gone.items())))
    _drop_sources(session, words)


def _drop_sources(session: Session, words: set[str]) -> None:
    """Forgets each of these sources that nobody else came from: a word that one person brought may name her."""
    if not words:
        return
    session.flush()
    others = set(session.scalars(select(Signup.source).where(Signup.source.in_(sorted(words))).distinct()))
    alone = sorted(words - others)
    for counter in (CohortCount, CohortGone):
        session.execute(
            delete(counter).where(counter.dimension == CohortDimension.SOURCE.value, counter.value.in_(alone))
        )


def _known(signup: Signup) -> dict[CohortDimension, str]:
    """By what else than its day this sign-up is counted."""
    said = {each: getattr(signup, each.value) for each in CohortDimension if each is not CohortDimension.ALL}
    return {each: value for each, value in said.items() if value is not None}


def _cohort_rows(signup: Signup, stage: FunnelStage, by: Mapping[CohortDimension, str]) -> list[dict[str, Any]]:
    return [
        {
            "offer": signup.offer,
            "dimension": dimension.value,
            "day": signup.day,
            "value": value,
            "stage": stage.value,
            "n": 1,
        }
        for dimension, value in sorted(by.items())
    ]


def count_on_pages(session: Session, offer: str, stage: FunnelStage, day: date, n: int = 1) -> None:
    """One more view of a page. `day` is the practice's."""
    _add(session, FunnelCount, {"offer": offer, "stage": stage.value, "day": day, "n": n})


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


def _add(session: Session, model: _Countable, *rows: dict[str, Any]) -> None:
    """Adds to these counters, all in one round trip."""
    if not rows:
        return
    session.flush()  # everyone updates these few rows, so nobody may hold one while waiting for rows of their own
    connection = session.connection()
    connection.execute(_adding(connection.dialect.name, model), list(rows))


@cache  # building it takes five times as long as running it
def _adding(dialect: str, model: _Countable) -> Executable:
    table = cast(Table, model.__table__)
    adding = insert_on(dialect, table)
    more = {column.name: column + adding.excluded[column.name] for column in table.c if not column.primary_key}
    return cast(Executable, adding.on_conflict_do_update(index_elements=list(table.primary_key), set_=more))
