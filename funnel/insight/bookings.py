"""Requests for a conversation, with the details people left."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from funnel.models import BookingRequest, Lead, LeadState

PAGE = 50


@dataclass(frozen=True, slots=True)
class BookingLine:
    """One request, made at `at` (UTC). `title` is what the conversation was called then, empty where unknown."""

    id: int
    lead_id: int
    email: str
    first_name: str
    title: str
    words: str
    phone: str
    good_time: str
    at: datetime


def bookings_page(
    session: Session, before: int | None = None, lead_id: int | None = None, size: int = PAGE
) -> tuple[list[BookingLine], int | None]:
    """The newest requests first, of everybody or of one person, and the `before` of the next page (None on the last).

    Erased people are left out.
    """
    query = select(BookingRequest, Lead.email, Lead.first_name).join(Lead, Lead.id == BookingRequest.lead_id)
    query = query.where(Lead.state != LeadState.ERASED).order_by(BookingRequest.id.desc()).limit(size + 1)
    if before is not None:
        query = query.where(BookingRequest.id < before)
    if lead_id is not None:
        query = query.where(BookingRequest.lead_id == lead_id)
    rows = session.execute(query).all()
    lines = [
        BookingLine(row.id, row.lead_id, email, name, row.title, row.words, row.phone, row.good_time, row.at)
        for row, email, name in rows[:size]
    ]
    return lines, lines[-1].id if len(rows) > size else None
