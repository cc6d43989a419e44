"""Conversations that were asked for: each thing that was done about them, with the details people left."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from funnel.models import BookingRequest, Lead, LeadState

PAGE = 50


@dataclass(frozen=True, slots=True)
class BookingLine:
    """One thing done at `at` (UTC); `act` is a `BookingAct`. `title` is what the conversation was called then.

    `booking` is the number of the booking, `starts_at` and `cancelled_at` (UTC) how that stands now, and `is_booking`
    says whether this line is where it was asked for.
    """

    id: int
    lead_id: int
    email: str
    first_name: str
    title: str
    words: str
    phone: str
    good_time: str
    at: datetime
    act: str
    booking: int
    is_booking: bool
    starts_at: datetime | None
    cancelled_at: datetime | None


def bookings_page(
    session: Session, before: int | None = None, lead_id: int | None = None, size: int = PAGE
) -> tuple[list[BookingLine], int | None]:
    """The newest requests first, of everybody or of one person, and the `before` of the next page (None on the last).

    Erased people are left out.
    """
    booking = aliased(BookingRequest)
    query = (
        select(BookingRequest, Lead.email, Lead.first_name, booking.starts_at, booking.cancelled_at)
        .join(Lead, Lead.id == BookingRequest.lead_id)
        .outerjoin(booking, booking.id == func.coalesce(BookingRequest.booking_id, BookingRequest.id))
    )
    query = query.where(Lead.state != LeadState.ERASED).order_by(BookingRequest.id.desc()).limit(size + 1)
    if before is not None:
        query = query.where(BookingRequest.id < before)
    if lead_id is not None:
        query = query.where(BookingRequest.lead_id == lead_id)
    rows = session.execute(query).all()
    lines = [
        BookingLine(
            row.id, row.lead_id, email, name, row.title, row.words, row.phone, row.good_time, row.at, row.act,
            row.booking_id or row.id, row.booking_id is None, starts_at, cancelled_at,
        )
        for row, email, name, starts_at, cancelled_at in rows[:size]
    ]  # fmt: skip
    return lines, lines[-1].id if len(rows) > size else None
