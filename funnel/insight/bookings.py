"""Conversations that were asked for: each thing that was done about them, with the details people left."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from funnel.models import BookingRequest, Lead, LeadState, SessionCount

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
    source: str = ""


@dataclass(frozen=True, slots=True)
class SessionAskings:
    """How often a session was asked for on the site, by its slug, from one page or lesson ("" where none is known)."""

    session: str
    source: str
    asked: int


def session_counts(session: Session, since: date | None = None) -> list[SessionAskings]:
    """What was asked for most first, from a day (UTC) on or over all days; what was deleted since counts too."""
    asked = func.sum(SessionCount.n)
    query = select(SessionCount.session, SessionCount.source, asked).group_by(SessionCount.session, SessionCount.source)
    if since is not None:
        query = query.where(SessionCount.day >= since)
    ordered = query.order_by(asked.desc(), SessionCount.session, SessionCount.source).limit(PAGE)
    return [SessionAskings(slug, source, int(n)) for slug, source, n in session.execute(ordered)]


def bookings_page(
    session: Session, before: int | None = None, lead_id: int | None = None, size: int = PAGE
) -> tuple[list[BookingLine], int | None]:
    """The newest requests first, of everybody or of one person, and the `before` of the next page (None on the last).

    Erased people are left out.
    """
    booking = aliased(BookingRequest)
    query = (
        select(BookingRequest, Lead.email, Lead.first_name, booking)
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
            row.id, row.lead_id, email, _name(whole, name), row.title, row.words, row.phone, row.good_time, row.at,
            row.act, row.booking_id or row.id, row.booking_id is None, whole.starts_at, whole.cancelled_at,
            whole.source,
        )
        for row, email, name, whole in ((row, email, name, whole or row) for row, email, name, whole in rows[:size])
    ]  # fmt: skip
    return lines, lines[-1].id if len(rows) > size else None


def _name(booking: BookingRequest, name: str) -> str:
    """The name that was typed for a session: who asked may be somebody else than the reader of that address."""
    return booking.typed_name if booking.is_session else name
