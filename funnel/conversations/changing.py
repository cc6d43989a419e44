"""A booking is cancelled, that is taken back, or the practice writes down the time that was agreed on."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from funnel.context import Context
from funnel.conversations.counting import count_booked
from funnel.conversations.holding import change_booking
from funnel.conversations.queries import bookings_of, can_be_kept, is_over, last_act, may_act, open_booking
from funnel.conversations.telling import note_act, row_below, tell_reader
from funnel.conversations.values import BookingChange
from funnel.links import RowRef
from funnel.models import BookingAct, BookingRequest, Lead

_FURTHEST = timedelta(days=366)  # ahead, for a time that is agreed on


def cancel(context: Context, ref: RowRef, now: datetime) -> BookingChange:
    """She does not want it any more. Too late once its time has passed."""

    def work(session: Session, lead: Lead, booking: BookingRequest) -> tuple[BookingChange, list[int]]:
        if booking.cancelled_at is not None:
            return BookingChange.ALREADY, []
        if is_over(booking, now):
            return BookingChange.TOO_LATE, []
        booking.cancelled_at = now
        session.flush()
        if not booking.is_session and not session.scalar(
            bookings_of(lead).where(BookingRequest.cancelled_at.is_(None)).limit(1)
        ):
            lead.booked_at = None
        ids = note_act(session, booking, BookingAct.CANCELLED, now)
        return BookingChange.DONE, ids + tell_reader(session, context, lead, last_act(session, booking), now)

    return change_booking(context, ref, work)


def take_back_cancelling(context: Context, ref: RowRef, now: datetime) -> BookingChange:
    """She takes her cancelling back, within a day and before the time that was agreed on."""

    def work(session: Session, lead: Lead, booking: BookingRequest) -> tuple[BookingChange, list[int]]:
        if booking.cancelled_at is None:
            return BookingChange.ALREADY, []
        if not can_be_kept(booking, now) or open_booking(session, lead, booking.name, now) is not None:
            return BookingChange.TOO_LATE, []
        if not may_act(session, lead, now, session_by_form=booking.is_session):
            return BookingChange.TOO_MANY, []
        booking.cancelled_at = None
        if not booking.is_session:
            count_booked(session, context, lead, None, now)
        return BookingChange.DONE, note_act(session, booking, BookingAct.KEPT, now)

    return change_booking(context, ref, work)


def agree_on(context: Context, booking_id: int, starts_at: datetime, now: datetime) -> BookingChange:
    """The practice writes down the time (aware) that was agreed on; the reader is told, with a file for her calendar.

    Too late for a time that has passed, or is more than a year ahead.
    """
    with context.db.read() as session:
        row = session.get(BookingRequest, booking_id)
        ref = None if row is None or row.act != BookingAct.ASKED else row.ref

    def work(session: Session, lead: Lead, booking: BookingRequest) -> tuple[BookingChange, list[int]]:
        if booking.cancelled_at is not None:
            return BookingChange.GONE, []
        if not now < starts_at <= now + _FURTHEST:
            return BookingChange.TOO_LATE, []
        if booking.starts_at == starts_at and last_act(session, booking).act == BookingAct.AGREED:
            return BookingChange.ALREADY, []
        booking.starts_at, booking.answered_at = starts_at, now
        row = row_below(booking, BookingAct.AGREED, now)
        session.add(row)
        session.flush()
        return BookingChange.DONE, tell_reader(session, context, lead, row, now)

    return BookingChange.GONE if ref is None else change_booking(context, ref, work)


def note_answered(context: Context, booking_id: int, seen: datetime, now: datetime) -> BookingChange:
    """The practice has answered her; no mail tells of it. Too late where she did something after `seen` (UTC)."""
    with context.db.read() as session:
        row = session.get(BookingRequest, booking_id)
        ref = None if row is None or row.act != BookingAct.ASKED else row.ref

    def work(session: Session, _lead: Lead, booking: BookingRequest) -> tuple[BookingChange, list[int]]:
        if booking.answered_at is not None:
            return BookingChange.ALREADY, []
        if last_act(session, booking).at > seen:
            return BookingChange.TOO_LATE, []
        booking.answered_at = now
        return BookingChange.DONE, []

    return BookingChange.GONE if ref is None else change_booking(context, ref, work)
