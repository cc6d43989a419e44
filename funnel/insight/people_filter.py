"""Which people a list shows: what was asked for, as one condition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, select, true
from sqlalchemy.orm import Session

from funnel.models import (
    CohortCount,
    CohortDimension,
    Delivery,
    Enrolment,
    EnrolmentState,
    FunnelStage,
    Lead,
    Signup,
    Tagging,
)

_MOST = 100  # words to choose from


@dataclass(frozen=True, slots=True)
class PeopleFilter:
    """What people have to be; "" and False ask for nothing.

    `lesson` is the last that somebody under way on `sequence` had, `after` the lessons that come after it.
    """

    tag: str = ""
    source: str = ""
    sequence: str = ""
    lesson: str = ""
    after: Sequence[str] = ()
    booked: bool = False
    watched: bool = False
    downloaded: bool = False

    def __bool__(self) -> bool:
        return bool(self.tag or self.source or self.sequence or self.booked or self.watched or self.downloaded)


def filtered_leads(wanted: PeopleFilter) -> ColumnElement[bool]:
    """That a lead is all of that."""
    parts: list[ColumnElement[bool]] = [true()]
    if wanted.tag:
        parts.append(Lead.id.in_(select(Tagging.lead_id).where(Tagging.name == wanted.tag, Tagging.taken_at.is_(None))))
    if wanted.source:
        parts.append(Lead.id.in_(select(Signup.lead_id).where(Signup.source == wanted.source)))
    if wanted.sequence:
        parts.append(Lead.id.in_(_standing_at(wanted)))
    if wanted.booked:
        parts.append(Lead.booked_at.is_not(None))
    if wanted.watched:
        parts.append(Lead.watched > 0)
    if wanted.downloaded:
        parts.append(select(Signup.id).where(Signup.lead_id == Lead.id, Signup.downloads > 0).exists())
    return and_(*parts)


def _standing_at(wanted: PeopleFilter) -> Select[int]:
    query = select(Enrolment.lead_id).where(
        Enrolment.sequence == wanted.sequence, Enrolment.state == EnrolmentState.ACTIVE
    )
    if not wanted.lesson:
        return query
    mail = select(Delivery.id).where(Delivery.enrolment_id == Enrolment.id)
    had = mail.where(Delivery.lesson_id == wanted.lesson)
    later = mail.where(Delivery.lesson_id.in_(list(wanted.after)))
    return query.where(had.exists(), ~later.exists())


def known_tags(session: Session) -> list[str]:
    """The tags that are on somebody now, at most a hundred."""
    query = select(Tagging.name).where(Tagging.taken_at.is_(None)).distinct().order_by(Tagging.name).limit(_MOST)
    return list(session.scalars(query))


def known_sources(session: Session) -> list[str]:
    """The sources that anybody came from, at most a hundred."""
    query = (
        select(CohortCount.value)
        .where(
            CohortCount.dimension == CohortDimension.SOURCE,
            CohortCount.stage == FunnelStage.SIGNUPS,
            CohortCount.value != "",
        )
        .distinct()
        .order_by(CohortCount.value)
        .limit(_MOST)
    )
    return list(session.scalars(query))
