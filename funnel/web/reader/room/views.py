"""The page of the room and its buttons. GET shows; each POST does the one thing that the pressed button names."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, Response, abort, make_response, render_template, request

from funnel.curriculum import local_date
from funnel.curriculum.measuring import measured
from funnel.curriculum.schedule.quiet_dates import spans
from funnel.enrolment.dates_ahead import dates_ahead
from funnel.enrolment.standing import State
from funnel.links import Purpose
from funnel.models import Delivery, Lead
from funnel.privacy.erase import erase_lead
from funnel.sending.reading import sent_lessons
from funnel.subscription.choices import quiet_dates, stopped_by_her
from funnel.subscription.refunding import refunded_to
from funnel.web.context import current_now, current_service
from funnel.web.language import speak_to
from funnel.web.reader.discretion import be_discreet
from funnel.web.reader.human_signals import note_choice, note_reading
from funnel.web.reader.room import data, letters
from funnel.web.reader.room.actions import act
from funnel.web.reader.room.manner import TRACKING
from funnel.web.reader.room.pressed import ActionResult, Form
from funnel.web.reader.room.visit import RoomVisit, closed, visit
from funnel.web.reader.standing import place_of_mail
from funnel.web.site.forms import known_zones

blueprint = Blueprint("room", __name__)
_DOORS = {
    "me": (Purpose.PREFERENCES, Purpose.OWN_DATA),
    "p": (Purpose.PREFERENCES,),  # the address that every mail holds
    "your-data": (Purpose.OWN_DATA,),  # all of the room, in mails from before it had an address of its own
}
"""By the beginning of a room's address, which tokens open it there."""


@dataclass
class Inputs:
    """What stands in the fields: what is kept, or what was typed in a section that was not the one to be saved."""

    slower: bool
    discreet: bool
    tracking: str
    timezone: str
    name: str
    language: str
    email: str = ""
    quiet_first: str = ""
    quiet_last: str = ""
    unsaved: set[str] = field(default_factory=set)


@blueprint.get("/your-data/<token:token>", defaults={"door": "your-data"})
@blueprint.get("/p/<token:token>", defaults={"door": "p"})
@blueprint.get("/me/<token:token>", defaults={"door": "me"})
def show(token: str, door: str) -> Response:
    found = visit(token, *_DOORS[door])
    if isinstance(found, Response):
        return found
    if not found.full:
        note_reading(found.delivery_id)
    return _page(found)


@blueprint.post("/your-data/<token:token>", defaults={"door": "your-data"})
@blueprint.post("/p/<token:token>", defaults={"door": "p"})
@blueprint.post("/me/<token:token>", defaults={"door": "me"})
def change(token: str, door: str) -> Response:
    """Shows the page again, which says what was done, and keeps what was typed in every other section."""
    found = visit(token, *_DOORS[door])
    if isinstance(found, Response):
        return found
    form = request.form
    place = place_of_mail(found.delivery_id)
    if place is None:
        abort(404)
    if form.get("do") in ("erase", "erase:now") and found.full:
        erase_lead(current_service(), found.lead.id, current_now())
        return closed("erased", 200)
    said, section = act(found, place.standing.state, form)
    if not found.full:
        note_choice(found.delivery_id)
    return _page(found, said, form, section)


@blueprint.get("/me/<token:token>/my-data.zip")
@blueprint.get("/your-data/<token:token>/copy.zip", endpoint="old_copy")
def copy(token: str) -> Response:
    return data.copy(token)


@blueprint.get("/me/<token:token>/letters", endpoint="letters")
def show_letters(token: str) -> Response:
    return letters.listing(token)


@blueprint.get("/me/<token:token>/letters/<int:number>", endpoint="letter")
def show_letter(token: str, number: int) -> Response:
    return letters.letter(token, number)


def _page(found: RoomVisit, said: ActionResult | None = None, form: Form | None = None, saved: str = "") -> Response:
    service, now = current_service(), current_now()
    place = place_of_mail(found.delivery_id)
    with service.db.read() as session:
        lead = session.get(Lead, found.lead.id)
        if place is None or lead is None or place.standing.state is State.ERASED:
            abort(404)
        ahead = dates_ahead(session, service, lead, now) if place.state in ("under_way", "paused") else ()
        courses = () if found.full or lead.discreet else sent_lessons(session, service, lead.id)
        titles = {slug: each.said_title for slug, each in service.library.sequences.items()}
        stopped = [slug for slug in stopped_by_her(session, lead.id) if slug in titles]
        refunded = [slug for slug in refunded_to(session, lead.id) if slug in titles]
        leave = service.links.unsubscribe_token(session.get_one(Delivery, found.delivery_id).ref, lead.email_key)
    zone = service.zone_of(lead)
    be_discreet(lead)
    speak_to(lead)
    page = render_template(
        "pages/room/room.html",
        visit=found,
        lead=lead,
        place=place,
        said=said,
        inputs=_inputs(lead, form, saved),
        ahead=ahead,
        courses=courses,
        titles=titles,
        stopped=stopped,
        refunded=refunded,
        quiet=spans(quiet_dates(lead), local_date(now, zone)),
        today=local_date(now, zone),
        zone=zone,
        zones=_zones(),
        tracking_choices=TRACKING,
        leave=leave,
        languages=service.library.practice.spoken,
        result=data.result_of(lead) if found.full else None,
        asked=data.answers_of_hers(lead, form if said is not None and said.wrong == "answers" else None, said),
    )
    return make_response(page, 422 if said is not None and said.wrong else 200)


def _inputs(lead: Lead, form: Form | None, saved: str) -> Inputs:
    service = current_service()
    kept = Inputs(
        lead.slower,
        lead.discreet,
        measured(lead.tracking, service.library.practice.tracking),
        service.zone_of(lead),
        lead.first_name,
        service.language_of(lead),
    )
    if form is None or "shown" not in form:
        return kept
    typed: dict[str, tuple[str, Any]] = {
        "slower": ("pace", "slower" in form),
        "discreet": ("discreet", "discreet" in form),
        "tracking": ("tracking", form.get("tracking", kept.tracking)),
        "timezone": ("zone", form.get("timezone", kept.timezone)),
        "name": ("name", form.get("name", kept.name)),
        "language": ("language", form.get("language", kept.language)),
        "email": ("address", form.get("email", "")),
        "quiet_first": ("quiet", form.get("quiet-first", "")),
        "quiet_last": ("quiet", form.get("quiet-last", "")),
    }
    for name, (section, value) in typed.items():
        if section != saved and value != getattr(kept, name):
            setattr(kept, name, value)
            kept.unsaved.add(section)
    return kept


def _zones() -> list[str]:
    return sorted(name for name in known_zones() if "/" in name and not name.startswith(("Etc/", "SystemV/")))
