"""Conversations that were asked for: each thing that was done about them, with the details people left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from funnel.models import BookingAct, BookingRequest, Delivery, Lead, LeadState, SessionCount

PAGE = 50
_TO_ANSWER = (
    BookingRequest.act == BookingAct.ASKED,
    BookingRequest.cancelled_at.is_(None),
    BookingRequest.answered_at.is_(None),
)


@dataclass(frozen=True, slots=True)
class BookingLine:
    """One thing done at `at` (UTC); `act` is a `BookingAct`. `title` is what the conversation was called then.

    `booking` is the number of the booking, `starts_at` and `cancelled_at` (UTC) how that stands now, and `is_booking`
    says whether this line is where it was asked for. `answered_at` (UTC) is of the booking, None while
    what she did last is not answered; `sequence` and `lesson_id` are of the letter that led there.
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
    answered_at: datetime | None = None
    sequence: str | None = None
    lesson_id: str | None = None


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
    session: Session,
    before: int | None = None,
    lead_id: int | None = None,
    size: int = PAGE,
    *,
    to_answer: bool = False,
) -> tuple[list[BookingLine], int | None]:
    """The newest requests first, of everybody or of one person, and the `before` of the next page (None on the last).

    Erased people are left out. `to_answer`: only the bookings that wait for an answer.
    """
    booking = aliased(BookingRequest)
    query = (
        select(BookingRequest, Lead.email, Lead.first_name, booking, Delivery.sequence, Delivery.lesson_id)
        .join(Lead, Lead.id == BookingRequest.lead_id)
        .outerjoin(booking, booking.id == func.coalesce(BookingRequest.booking_id, BookingRequest.id))
        .outerjoin(Delivery, Delivery.id == BookingRequest.delivery_id)
    )
    if to_answer:
        query = query.where(*_TO_ANSWER)
    query = query.where(Lead.state != LeadState.ERASED).order_by(BookingRequest.id.desc()).limit(size + 1)
    if before is not None:
        query = query.where(BookingRequest.id < before)
    if lead_id is not None:
        query = query.where(BookingRequest.lead_id == lead_id)
    rows = session.execute(query).all()
    lines = [_line(row, email, name, whole or row, letter) for row, email, name, whole, *letter in rows[:size]]
    return lines, lines[-1].id if len(rows) > size else None


def _line(
    row: BookingRequest, email: str, name: str, whole: BookingRequest, letter: Sequence[str | None]
) -> BookingLine:
    return BookingLine(
        row.id, row.lead_id, email, _name(whole, name), row.title, row.words, row.phone, row.good_time, row.at,
        row.act, row.booking_id or row.id, row.booking_id is None, whole.starts_at, whole.cancelled_at,
        whole.source, whole.answered_at, *letter,
    )  # fmt: skip


def bookings_to_answer(session: Session) -> int:
    """How many bookings wait for an answer."""
    return session.scalar(select(func.count()).select_from(BookingRequest).where(*_TO_ANSWER)) or 0


def _name(booking: BookingRequest, name: str) -> str:
    """The name that was typed for a session: who asked may be somebody else than the reader of that address."""
    return booking.typed_name if booking.is_session else name
