"""The page of a link that begins another sequence: it says what would come, and has one button."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, request

from funnel.enrolment.standing import State
from funnel.links import Purpose
from funnel.models import Delivery, Lead
from funnel.subscription.beginning import BeginPlan, agree_and_begin, begin_plan
from funnel.web.context import current_now, current_service, known_mail
from funnel.web.reader.human_signals import note_choice
from funnel.web.reader.standing import Place, place_of_mail
from funnel.web.visitor import network

blueprint = Blueprint("beginning", __name__)


@blueprint.get("/begin/<token:token>")
def begin_page(token: str) -> str:
    _, _, place, plan = _asked_for(token)
    return render_template("pages/begin.html", token=token, place=place, plan=plan, pressed=False)


@blueprint.post("/begin/<token:token>")
def begin(token: str) -> str:
    """The press is the consent; the answer says what comes of it."""
    delivery_id, number, _, _ = _asked_for(token)
    pressed = agree_and_begin(current_service(), delivery_id, number, current_now(), network(request.remote_addr))
    if pressed:
        note_choice(delivery_id)
    _, _, place, plan = _asked_for(token)
    return render_template("pages/begin.html", token=token, place=place, plan=plan, pressed=pressed)


def _asked_for(token: str) -> tuple[int, int, Place, BeginPlan]:
    """The mail the link stands in, the number of the sequence's name, how it stands with its reader, and what a press
    would do. Answers 404 where it opens nothing, 410 where its mail or the sequence is gone.
    """
    service = current_service()
    opened = service.links.open(Purpose.BEGIN, token, 1)
    if opened is None:
        abort(404)
    row, (number,) = opened
    delivery_id = known_mail(row)
    place = place_of_mail(delivery_id)
    if place is None or place.standing.state is State.ERASED:
        abort(404)
    with service.db.read() as session:
        mail = session.get_one(Delivery, delivery_id)
        lead = session.get(Lead, mail.lead_id)
        plan = None if lead is None else begin_plan(session, service, lead, mail, number)
    return delivery_id, number, place, plan or abort(410)
