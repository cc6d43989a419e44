"""Asking for a conversation: one press, and a few words if the reader likes."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, abort, render_template, request

from funnel.conversations.asking import book as note_booking
from funnel.conversations.values import Booked, BookingText, WantedConversation
from funnel.curriculum.practice import Booking
from funnel.enrolment.standing import State
from funnel.links import Purpose
from funnel.models import Delivery, Lead
from funnel.subscription.opening import booking_of
from funnel.web.context import current_now, current_service, known_mail
from funnel.web.reader.standing import Place, place_of_mail

blueprint = Blueprint("booking", __name__)


@blueprint.get("/book/<token:token>")
def book_page(token: str) -> str:
    return _page(token, *_asked_for(token))


@blueprint.post("/book/<token:token>")
def book(token: str) -> str:
    """Takes what was said, as much of it as is kept; the page says whether it was."""
    lead, delivery_id, booking, place = _asked_for(token)
    wanted = WantedConversation(booking, said_in_form())
    done = note_booking(current_service(), lead.id, delivery_id, current_now(), wanted)
    return _page(token, lead, delivery_id, booking, place, pressed=True, done=done)


def said_in_form() -> BookingText:
    """What she wrote into the form."""
    return BookingText(*(request.form.get(name, "") for name in ("words", "phone", "good-time")))


def calendar_of(booking: Booking | None) -> tuple[str, str] | None:
    """The address of the practice's calendar on the web and the site it is on; None where it has none."""
    return None if booking is None else calendar_at(booking.url)


def calendar_at(url: str) -> tuple[str, str] | None:
    """The same by its address."""
    return (url, urlsplit(url).hostname or url) if url else None


def _page(
    token: str,
    lead: Lead,
    _delivery_id: int,
    booking: Booking | None,
    place: Place,
    pressed: bool = False,
    done: Booked | None = None,
) -> str:
    """The link to change it stands here only for whoever has just made it: the mail with this link may be passed on."""
    made = None if done is None or done.ref is None else current_service().links.to(Purpose.BOOKING, done.ref)
    return render_template(
        "pages/book.html",
        token=token,
        booking=booking,
        calendar=calendar_of(booking),
        place=place,
        lead=lead,
        pressed=pressed,
        done=done,
        made=made,
    )


def _asked_for(token: str) -> tuple[Lead, int, Booking | None, Place]:
    """The reader, the mail the link stands in, the conversation it names, and how it stands with her.

    Answers 404 where it opens nothing, 410 where its mail is gone.
    """
    service = current_service()
    opened = service.links.open_booking(token)
    if opened is None:
        abort(404)
    delivery_id = known_mail(opened[0])
    place = place_of_mail(delivery_id)
    if place is None or place.standing.state is State.ERASED:
        abort(404)
    with service.db.read() as session:
        lead = session.get(Lead, session.get_one(Delivery, delivery_id).lead_id)
    if lead is None:
        abort(404)
    return lead, delivery_id, booking_of(service, opened[1]), place
