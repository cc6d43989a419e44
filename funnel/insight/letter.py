"""What the first page tells of the last seven days, and the sign-ups of each of the last weeks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from funnel.models import (
    BookingAct,
    BookingRequest,
    CohortCount,
    CohortDimension,
    FunnelStage,
    LessonCount,
    LessonMeasure,
)

WEEK = timedelta(days=7)
_WEEKS = 12


@dataclass(frozen=True, slots=True)
class MorningLetter:
    """The last seven days: who came, how many lessons went out, and what came back of any lesson.

    `confirmed` is how many of these sign-ups are confirmed by now. `weeks` are the sign-ups of each of the last twelve
    times seven days with the first day of each, oldest first.
    """

    signups: int
    confirmed: int
    sent: int
    opened: int
    replied: int
    left: int
    booked: int
    weeks: tuple[tuple[date, int], ...]


def morning_letter(session: Session, today: date, now: datetime) -> MorningLetter:
    """The letter of a day, which is the practice's; lessons are counted by days in UTC, as everywhere."""
    by_stage = _stages(session, today - WEEK, today)
    measured = _measures(session, now)
    return MorningLetter(
        signups=by_stage.get(FunnelStage.SIGNUPS, 0),
        confirmed=by_stage.get(FunnelStage.CONFIRMED, 0),
        sent=measured.get(LessonMeasure.ACCEPTED, 0),
        opened=measured.get(LessonMeasure.OPENED, 0),
        replied=measured.get(LessonMeasure.REPLIED, 0),
        left=measured.get(LessonMeasure.LEFT, 0),
        booked=_booked(session, now),
        weeks=_signups_by_week(session, today),
    )


def _stages(session: Session, after: date, until: date) -> dict[str, int]:
    query = (
        select(CohortCount.stage, func.sum(CohortCount.n))
        .where(CohortCount.dimension == CohortDimension.ALL, CohortCount.day > after, CohortCount.day <= until)
        .group_by(CohortCount.stage)
    )
    return {stage: int(n) for stage, n in session.execute(query)}


def _measures(session: Session, now: datetime) -> dict[str, int]:
    first = (now.astimezone(UTC) - WEEK).date()
    query = (
        select(LessonCount.measure, func.sum(LessonCount.n))
        .where(LessonCount.day > first)
        .group_by(LessonCount.measure)
    )
    return {measure: int(n) for measure, n in session.execute(query)}


def _booked(session: Session, now: datetime) -> int:
    asked = BookingRequest.act == BookingAct.ASKED
    return session.scalar(select(func.count()).where(asked, BookingRequest.at > now - WEEK)) or 0


def _signups_by_week(session: Session, today: date) -> tuple[tuple[date, int], ...]:
    first = today - _WEEKS * WEEK + timedelta(days=1)
    query = (
        select(CohortCount.day, func.sum(CohortCount.n))
        .where(
            CohortCount.dimension == CohortDimension.ALL,
            CohortCount.stage == FunnelStage.SIGNUPS,
            CohortCount.day >= first,
            CohortCount.day <= today,
        )
        .group_by(CohortCount.day)
    )
    counts = [0] * _WEEKS
    for day, n in session.execute(query):
        counts[(day - first).days // WEEK.days] += int(n)
    return tuple((first + n * WEEK, count) for n, count in enumerate(counts))
