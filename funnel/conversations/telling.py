"""The rows below a booking, each with the mail that tells of it: a notice to the practice, or a mail to the reader."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from funnel.context import Context
from funnel.conversations.values import BookingText
from funnel.deliveries.making import new_mail
from funnel.models import BookingAct, BookingRequest, Delivery, DeliveryKind, Lead
from funnel.people.permission import refusal, suppressions


def row_below(booking: BookingRequest, act: BookingAct, now: datetime) -> BookingRequest:
    """A row below the booking. It keeps the time that stands now, for the mails that tell of it."""
    return BookingRequest(
        lead_id=booking.lead_id,
        booking_id=booking.id,
        act=act,
        name=booking.name,
        title=booking.title,
        starts_at=booking.starts_at,
        at=now,
    )


def note_act(
    session: Session,
    booking: BookingRequest,
    act: BookingAct,
    now: datetime,
    said: BookingText | None = None,
    delivery: Delivery | None = None,
) -> list[int]:
    """Keeps what she did, which is unanswered now, and tells the practice; the number of that mail."""
    row = row_below(booking, act, now)
    booking.answered_at = None  # whatever she does wants to be seen
    if said is not None:
        row.words, row.phone, row.good_time = said.words, said.phone, said.good_time
    row.delivery_id = delivery.id if delivery else None
    session.add(row)
    session.flush()
    return [tell_practice(session, booking, row, now)]


def tell_practice(session: Session, booking: BookingRequest, row: BookingRequest, now: datetime) -> int:
    """Makes the notice of this act; the number of that mail."""
    about = {"lead_id": booking.lead_id, "booking": booking.title, "request": row.id}
    notice = new_mail(DeliveryKind.NOTICE, now, detail=about)
    session.add(notice)
    session.flush()
    return notice.id


def tell_reader(session: Session, context: Context, lead: Lead, row: BookingRequest, now: datetime) -> list[int]:
    """Makes the mail that holds the link to her booking; its number, and none where she may not be written to."""
    kind = DeliveryKind.SESSION if row.is_session else DeliveryKind.BOOKING
    if refusal(lead, kind, suppressions(session, context.links, [lead])) is not None:
        return []
    mail = new_mail(kind, now, lead_id=lead.id, detail={"request": row.id})
    session.add(mail)
    session.flush()
    return [mail.id]
