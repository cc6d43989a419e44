"""The people who signed up: how many, who they are, and how far each has got."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from funnel.models import Delivery, DeliveryKind, Enrolment, Lead, LeadState

PAGE = 50


@dataclass(frozen=True, slots=True)
class PersonEnrolment:
    """One lead's enrolment. `lesson_id` is the last lesson with a mail; the next is due at `due_at`, in UTC."""

    sequence: str
    state: str
    reason: str
    trigger: str
    started_at: datetime
    due_at: datetime | None
    ended_at: datetime | None
    lesson_id: str | None


@dataclass(frozen=True, slots=True)
class PersonLine:
    """One person in the list. Times are aware UTC."""

    id: int
    email: str
    first_name: str
    state: str
    created_at: datetime
    booked_at: datetime | None
    paused_until: datetime | None
    enrolments: tuple[PersonEnrolment, ...]


def people_counts(session: Session) -> dict[LeadState, int]:
    """How many people are in each state now."""
    counts = dict.fromkeys(LeadState, 0)
    for state, n in session.execute(select(Lead.state, func.count()).group_by(Lead.state)):
        counts[LeadState(state)] = n
    return counts


def people_page(
    session: Session,
    before: int | None = None,
    state: LeadState | None = None,
    search: str = "",
    *,
    among: ColumnElement[bool] | None = None,
    size: int = PAGE,
) -> tuple[list[PersonLine], int | None]:
    """The newest people first, and the `before` of the next page (None on the last).

    `search` matches part of an address or a first name, ignoring case; `state` keeps only people in that state, `among`
    those of whom this holds. Whoever's data is gone is on no page: `people_counts` says how many they are.
    """
    query = select(Lead).where(Lead.state != LeadState.ERASED).order_by(Lead.id.desc()).limit(size + 1)
    if before is not None:
        query = query.where(Lead.id < before)
    if state is not None:
        query = query.where(Lead.state == state)
    if among is not None:
        query = query.where(among)
    if search:
        part = search.strip().casefold()
        in_name = func.lower(Lead.first_name).contains(part, autoescape=True)
        query = query.where(or_(Lead.email_key.contains(part, autoescape=True), in_name))
    leads = session.scalars(query).all()
    shown = leads[:size]
    enrolments = enrolments_of(session, [lead.id for lead in shown])
    lines = [
        PersonLine(
            lead.id,
            lead.email,
            lead.first_name,
            lead.state,
            lead.created_at,
            lead.booked_at,
            lead.paused_until,
            enrolments.get(lead.id, ()),
        )
        for lead in shown
    ]
    return lines, shown[-1].id if len(leads) > size else None


def enrolments_of(session: Session, lead_ids: Sequence[int]) -> Mapping[int, tuple[PersonEnrolment, ...]]:
    """Every enrolment of these people, in the order they began."""
    rows = session.scalars(select(Enrolment).where(Enrolment.lead_id.in_(lead_ids)).order_by(Enrolment.id)).all()
    newest = (
        select(func.max(Delivery.id))
        .where(Delivery.lead_id.in_(lead_ids), Delivery.kind == DeliveryKind.LESSON)
        .group_by(Delivery.enrolment_id)
    )
    last = select(Delivery.enrolment_id, Delivery.lesson_id).where(Delivery.id.in_(newest))
    lessons = dict(session.execute(last).all())
    found: dict[int, list[PersonEnrolment]] = defaultdict(list)
    for row in rows:
        found[row.lead_id].append(
            PersonEnrolment(
                row.sequence,
                row.state,
                row.reason,
                row.trigger,
                row.started_at,
                row.due_at,
                row.ended_at,
                lessons.get(row.id),
            )
        )
    return {lead_id: tuple(enrolments) for lead_id, enrolments in found.items()}
