"""What fills the mails about a conversation: all from the row of what was done, so that every attempt is alike."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from funnel.context import Context
from funnel.curriculum import Booking
from funnel.curriculum.countries import country_of_zone
from funnel.enrolment.telling import appointment_in_words
from funnel.language import _, date_in_words
from funnel.links import Purpose
from funnel.models import BookingAct, BookingRequest, Lead


def for_practice(
    session: Session, context: Context, lead: Lead, row: BookingRequest | None, title: str
) -> dict[str, str]:
    """What the practice is told; `kind` is what was done. Without a row nothing is known but who asked for what."""
    values = {
        "reader_email": lead.email,
        "first_name": lead.first_name or _("A reader"),
        "booking_title": title,
        "person_url": context.links.url(f"dashboard/people/{lead.id}"),
        "kind": BookingAct.ASKED.value,
    }
    if row is None:
        return values
    values |= {"words": row.words, "phone": row.phone, "good_time": row.good_time, "kind": row.act}
    if row.is_session:
        # What her letters know of her is not for who may be somebody else.
        values["first_name"] = _typed_name(session, row) or _("Somebody")
        values["by_form"], values["source"] = "yes", row.source
    if row.starts_at is not None:
        values["when"] = appointment_in_words(row.starts_at, context.library.practice.zone)
    if _calendar(context, row):
        values["calendar"] = "yes"
    return values


def for_reader(session: Session, context: Context, lead: Lead, row_id: int) -> dict[str, str] | None:
    """What the reader is told; None where the booking is gone."""
    row = session.get(BookingRequest, row_id)
    booking = row if row is None or row.booking_id is None else session.get(BookingRequest, row.booking_id)
    if row is None or booking is None:
        return None
    zone, practice_zone = context.zone_of(lead), context.library.practice.zone
    values = {
        "first_name": "" if booking.is_session else lead.first_name,
        "booking_title": booking.title or _("A conversation"),
        "booking_url": context.links.to(Purpose.BOOKING, booking.ref),
        "kind": row.act,
        "by_form": "yes" if booking.is_session else "",
        "country": country_of_zone(zone),
    }
    if row.starts_at is not None:
        values["when"] = appointment_in_words(row.starts_at, zone)
        if zone != practice_zone:
            values["when_there"] = appointment_in_words(row.starts_at, practice_zone)
    if _calendar(context, row):
        values["calendar"] = "yes"
    if booking.is_session and row.act == BookingAct.ASKED:
        kept = booking.at + timedelta(days=context.settings.keep_sessions_days)
        values["kept_until"] = date_in_words(kept, practice_zone)
    return values


def _typed_name(session: Session, row: BookingRequest) -> str:
    """The name that was typed when the session was asked for."""
    booking = row if row.booking_id is None else session.get(BookingRequest, row.booking_id)
    return "" if booking is None else booking.typed_name


def _calendar(context: Context, row: BookingRequest) -> bool:
    """Whether she chooses a time herself, in the practice's own calendar."""
    booking: Booking | None = context.library.practice.bookings.get(row.name)
    return booking is not None and bool(booking.url)
