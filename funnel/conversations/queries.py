"""What is known of a reader's conversations: which is open, what was said last, what may still be done."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from funnel.conversations.values import BookingText
from funnel.models import SESSIONS_BEGIN, BookingAct, BookingRequest, Lead

_UNDO_WITHIN = timedelta(days=1)
_MOST_ACTS = 5  # of one reader in a day: each is a mail to the practice
# Anybody may have typed the address: so few from one network are taken (`web.site.sessions`) that whoever asks learns
# nothing of what others asked by it, and nobody uses up what is left for her.
_MOST_BY_FORM = 25
_UNCOUNTED = (BookingAct.CANCELLED, BookingAct.AGREED)  # nobody is kept from cancelling


def is_over(booking: BookingRequest, now: datetime) -> bool:
    """Whether the time that was agreed on has passed."""
    return booking.starts_at is not None and booking.starts_at <= now


def can_be_kept(booking: BookingRequest, now: datetime) -> bool:
    """Whether cancelling it can still be taken back."""
    return booking.cancelled_at is not None and now - booking.cancelled_at <= _UNDO_WITHIN and not is_over(booking, now)


def times_agreed(session: Session, booking: BookingRequest) -> int:
    """How often a time was written down for it: which version of a calendar's entry this is (RFC 5545, 3.8.7.4)."""
    query = select(func.count()).where(BookingRequest.booking_id == booking.id, BookingRequest.act == BookingAct.AGREED)
    return session.scalar(query) or 0


def bookings_of(lead: Lead) -> Select[BookingRequest]:
    """All she has ever asked for from her mails, the newest first."""
    return (
        select(BookingRequest)
        .where(
            BookingRequest.lead_id == lead.id,
            BookingRequest.act == BookingAct.ASKED,
            ~BookingRequest.name.startswith(SESSIONS_BEGIN),
        )
        .order_by(BookingRequest.id.desc())
    )


def _sessions_of(lead: Lead) -> Select[BookingRequest]:
    """All that were asked for on the site by her address, the newest first."""
    return (
        select(BookingRequest)
        .where(
            BookingRequest.lead_id == lead.id,
            BookingRequest.act == BookingAct.ASKED,
            BookingRequest.name.startswith(SESSIONS_BEGIN),
        )
        .order_by(BookingRequest.id.desc())
    )


def open_booking(session: Session, lead: Lead, name: str, now: datetime) -> BookingRequest | None:
    """What she has asked for and neither cancelled nor had. One from before names were kept is any."""
    if name.startswith(SESSIONS_BEGIN):
        query = _sessions_of(lead).where(BookingRequest.cancelled_at.is_(None), BookingRequest.name == name)
    else:
        query = bookings_of(lead).where(BookingRequest.cancelled_at.is_(None), BookingRequest.name.in_((name, "")))
    return next((each for each in session.scalars(query) if not is_over(each, now)), None)


def says_more(session: Session, booking: BookingRequest, said: BookingText) -> bool:
    """Whether this says anything that what she wrote last does not: nothing said is nothing."""
    return said != BookingText() and said != said_in_row(last_act(session, booking, BookingAct.ASKED, BookingAct.ADDED))


def said_in_row(row: BookingRequest) -> BookingText:
    """What she said with this act."""
    return BookingText(row.words, row.phone, row.good_time)


def last_act(session: Session, booking: BookingRequest, *acts: BookingAct) -> BookingRequest:
    """The newest row of a booking, of these acts if any are given; the booking itself where there is no other."""
    query = select(BookingRequest).where(BookingRequest.booking_id == booking.id).order_by(BookingRequest.id.desc())
    if acts:
        query = query.where(BookingRequest.act.in_(acts))
    return session.scalars(query.limit(1)).first() or booking


def may_act(session: Session, lead: Lead, now: datetime, *, session_by_form: bool = False) -> bool:
    """Whether she may do one thing more today that the practice is told of; cancelling she always may.

    What is asked by a form on the site is counted apart: whoever types her address there takes nothing from her.
    """
    by_form = BookingRequest.name.startswith(SESSIONS_BEGIN)
    acts = select(func.count()).where(
        BookingRequest.lead_id == lead.id,
        BookingRequest.at > now - timedelta(days=1),
        BookingRequest.act.not_in(_UNCOUNTED),
        by_form if session_by_form else ~by_form,
    )
    return (session.scalar(acts) or 0) < (_MOST_BY_FORM if session_by_form else _MOST_ACTS)
