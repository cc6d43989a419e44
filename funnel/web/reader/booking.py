"""Asking for a conversation: one press, and a few words if the reader likes."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, request

from funnel.curriculum.model import Booking
from funnel.enrolment.standing import State
from funnel.models import Delivery, Lead
from funnel.subscription.opening import booking_of
from funnel.tracking.goals import Said, WantedConversation
from funnel.tracking.goals import book as note_booking
from funnel.web.context import current_now, current_service, known_mail
from funnel.web.reader.standing import Place, place_of_mail

blueprint = Blueprint("booking", __name__)


@blueprint.get("/book/<token:token>")
def book_page(token: str) -> str:
    lead, _, booking, place = _asked_for(token)
    return render_template("pages/book.html", token=token, booking=booking, place=place, lead=lead, done=None)


@blueprint.post("/book/<token:token>")
def book(token: str) -> str:
    """Takes what was said, as much of it as is kept; the page says whether it was."""
    lead, delivery_id, booking, place = _asked_for(token)
    said = Said(*(request.form.get(name, "") for name in ("words", "phone", "good-time")))
    wanted = WantedConversation(booking, said)
    done = note_booking(current_service(), lead.id, delivery_id, current_now(), wanted)
    return render_template("pages/book.html", token=token, booking=booking, place=place, lead=lead, done=done)


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
