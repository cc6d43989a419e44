"""A reader's own booking: how it stands, another time, cancelling and taking that back, and a file for her calendar.

Its link comes by mail. What she wrote does not stand here, for a mail may be read by others.
"""

from __future__ import annotations

from uuid import NAMESPACE_URL, uuid5

from flask import Blueprint, Response, abort, make_response, render_template, request
from sqlalchemy import select

from funnel.conversations.asking import ask_for_another_time
from funnel.conversations.changing import cancel, take_back_cancelling
from funnel.conversations.counting import BOOKED
from funnel.conversations.queries import can_be_kept, is_over, times_agreed
from funnel.conversations.values import BookingChange
from funnel.curriculum.calendar_file import Appointment, calendar_file
from funnel.curriculum.practice import Booking
from funnel.db import find
from funnel.language import _
from funnel.links import Purpose, RowRef
from funnel.models import BookingRequest, Delivery, Enrolment, Lead, LeadState
from funnel.people.leads import gets_discreet_mail
from funnel.privacy.sessions import delete_session
from funnel.web.context import current_now, current_service
from funnel.web.language import speak_to
from funnel.web.reader.booking import calendar_of, said_in_form
from funnel.web.reader.discretion import be_discreet
from funnel.web.reader.standing import place_of_mail

_USUAL_MINUTES = 30  # where nobody says how long it lasts

blueprint = Blueprint("conversation", __name__)


@blueprint.get("/booking/<token:token>")
def page(token: str) -> Response:
    return _page(token, *_opened(token))


@blueprint.post("/booking/<token:token>")
def change(token: str) -> Response:
    """One button of the page; it says what became of it."""
    booking, _lead = _opened(token)
    service, now, asked = current_service(), current_now(), request.form.get("do")
    if asked == "cancel":
        became = cancel(service, booking.ref, now)
    elif asked == "keep":
        became = take_back_cancelling(service, booking.ref, now)
    elif asked == "delete" and booking.is_session:
        delete_session(service, booking.ref, now)
        return make_response(render_template("pages/session_deleted.html"))
    elif asked == "again":
        became = ask_for_another_time(service, booking.ref, said_in_form(), now)
    else:
        abort(400)
    return _page(token, *_opened(token), asked=asked, became=became)


@blueprint.get("/booking/<token:token>/appointment.ics")
def calendar(token: str) -> Response:
    """For her calendar. Its name never says what it is about, nor does its text where her mail would not."""
    booking, lead = _opened(token)
    service = current_service()
    if booking.starts_at is None or booking.cancelled_at is not None:
        abort(404)
    with service.db.read() as session:
        version = times_agreed(session, booking)
    ref = booking.ref
    said = _said_in_practice(booking)
    title = f"{booking.title or _('A conversation')}, {service.library.practice.name}"
    content = calendar_file(
        Appointment(
            uid=str(uuid5(NAMESPACE_URL, f"{service.settings.site_url}/booking/{ref.number}-{ref.nonce}")),
            sequence=max(0, version - 1),
            starts=booking.starts_at,
            minutes=booking.minutes or (said.minutes if said else _USUAL_MINUTES),
            made=current_now(),
            summary=_("Appointment") if gets_discreet_mail(lead) else title,
            description=_("To change or cancel it, open the link in the mail about it."),
        )
    )
    response = make_response(content)
    response.headers["Content-Type"] = "text/calendar; charset=utf-8"
    response.headers["Content-Disposition"] = 'attachment; filename="appointment.ics"'
    return response


def _opened(token: str) -> tuple[BookingRequest, Lead]:
    """Whose booking this link is. Answers 404 where it is not ours, 410 where the booking is gone."""
    service = current_service()
    opened = service.links.open(Purpose.BOOKING, token)
    if opened is None:
        abort(404)
    with service.db.read() as session:
        booking = find(session, BookingRequest, RowRef(*opened[0]))
        lead = None if booking is None else session.get(Lead, booking.lead_id)
    if lead is not None:
        speak_to(lead)
        be_discreet(lead)
    if booking is None or booking.booking_id is not None or lead is None or lead.state == LeadState.ERASED:
        abort(410)
    return booking, lead


def _said_in_practice(booking: BookingRequest) -> Booking | None:
    return current_service().library.practice.bookings.get(booking.name)


def _page(
    token: str, booking: BookingRequest, lead: Lead, asked: str = "", became: BookingChange | None = None
) -> Response:
    service, now = current_service(), current_now()
    zone, practice_zone = service.zone_of(lead), service.library.practice.zone
    return make_response(
        render_template(
            "pages/book_change.html",
            token=token,
            booking=booking,
            calendar=calendar_of(_said_in_practice(booking)),
            zone=zone,
            practice_zone=practice_zone if practice_zone != zone else None,
            over=is_over(booking, now),
            can_be_kept=can_be_kept(booking, now),
            asked=asked,
            became=became.value if became else "",
            again=_ended_by_it(lead),
        )
    )


def _ended_by_it(lead: Lead) -> str | None:
    """Where letters that ended because she booked can be begun anew; None where none did, or she wants to talk."""
    ended = select(Enrolment.id).where(Enrolment.lead_id == lead.id, Enrolment.reason == BOOKED).limit(1)
    newest = select(Delivery.id).where(Delivery.lead_id == lead.id).order_by(Delivery.id.desc()).limit(1)
    with current_service().db.read() as session:
        mail = session.scalar(newest) if lead.booked_at is None and session.scalar(ended) else None
    place = None if mail is None else place_of_mail(mail)
    return None if place is None else place.again
