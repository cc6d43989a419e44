"""How a reader's mail should come: paused, slower, discreet, unmeasured. Every change is a POST; no password."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from funnel.curriculum.measuring import measured
from funnel.enrolment.standing import NOT_WRITTEN_TO, State
from funnel.links import Purpose
from funnel.models import Delivery, Lead
from funnel.privacy.own_data import mail_own_data_link
from funnel.subscription.preferences import Preferences, next_now, pause, read_preferences, save_preferences
from funnel.web.context import current_now, current_service, mail_of
from funnel.web.reader.human_signals import note_choice, note_reading
from funnel.web.reader.standing import place_of_mail
from funnel.web.site.forms import known_zones

TRACKING = {
    "full": "Opened mails and pressed links",
    "clicks": "Pressed links only",
    "none": "Nothing",
}
_WRITTEN_TO = frozenset(State) - {State.LEFT, *NOT_WRITTEN_TO}
# What a button did is said again on the page that follows, and only while it is still so.
_DONE: dict[str, tuple[str, frozenset[State]]] = {
    "paused": ("Noted. Your mails continue by themselves after the break.", frozenset({State.PAUSED})),
    "resumed": ("Your mails continue.", frozenset({State.UNDER_WAY})),
    "saved": ("Saved. This applies from the next mail on.", _WRITTEN_TO),
    "next": ("The next mail is on its way. It should be with you in a few minutes.", _WRITTEN_TO),
    "own-data": ("A mail with a link is on its way to your address. The link works for a day.", frozenset(State)),
    "no-own-data": (
        "A mail with a link was sent to you several times today. Please look for it among your mails, or write to us.",
        frozenset(State),
    ),
    "no-next": ("No mail can be sent early just now. Below is what comes next, and when.", frozenset(State)),
}

blueprint = Blueprint("preferences", __name__)


@blueprint.get("/p/<token:token>")
def show(token: str) -> str:
    service = current_service()
    delivery_id = mail_of(Purpose.PREFERENCES, token)
    found = read_preferences(service, delivery_id)
    if found is None:
        abort(404)
    if "done" not in request.args:  # else the browser was sent here by the button that is noted already
        note_reading(delivery_id)
    practice = service.library.practice
    place = place_of_mail(delivery_id)
    if place is None:
        abort(404)
    said, while_in = _DONE.get(request.args.get("done", ""), ("", frozenset()))
    return render_template(
        "pages/preferences.html",
        token=token,
        place=place,
        found=found,
        zone=found.zone or practice.zone,
        zones=sorted(name for name in known_zones() if "/" in name and not name.startswith(("Etc/", "SystemV/"))),
        tracking=measured(found.tracking, practice.tracking),
        tracking_choices=TRACKING,
        leave=_unsubscribe_token(delivery_id),
        done=said if place.standing.state in while_in else "",
    )


@blueprint.post("/p/<token:token>")
def change(token: str) -> AnyResponse:
    """Does one thing, the one the pressed button names, and shows the page again, which says how things stand then.

    Nothing is written for who has left or is not written to: there is no mail that it could be about. But whoever has
    left may still ask what is kept of her.
    """
    delivery_id = mail_of(Purpose.PREFERENCES, token)
    place = place_of_mail(delivery_id)
    if place is None or place.standing.state is State.ERASED:
        abort(404)
    action = _ACTIONS.get(request.form.get("do", ""))
    if action is None:
        abort(400)
    silent = NOT_WRITTEN_TO if action is _own_data else (State.LEFT, *NOT_WRITTEN_TO)
    done = "" if place.standing.state in silent else action(delivery_id, request.form)
    note_choice(delivery_id)
    return redirect(url_for("preferences.show", token=token, done=done or None), 303)


def _pause(delivery_id: int, form: MultiDict[str, str]) -> str:
    weeks = form.get("weeks", "")
    if weeks not in ("1", "2", "4"):
        abort(400)
    return "paused" if pause(current_service(), delivery_id, int(weeks), current_now()) else ""


def _resume(delivery_id: int, form: MultiDict[str, str]) -> str:
    pause(current_service(), delivery_id, 0, current_now())
    return "resumed"


def _save(delivery_id: int, form: MultiDict[str, str]) -> str:
    tracking = form.get("tracking", "")
    found = read_preferences(current_service(), delivery_id)
    if tracking not in TRACKING or found is None:
        abort(400)
    # Who leaves the ticked choice as it is has chosen nothing: then the practice's default goes on to count.
    default = measured(None, current_service().library.practice.tracking)
    is_default = found.tracking is None and tracking == default
    _keep(
        delivery_id,
        found,
        tracking=None if is_default else tracking,
        discreet="discreet" in form,
        slower="slower" in form,
    )
    return "saved"


def _about(delivery_id: int, form: MultiDict[str, str]) -> str:
    zone = form.get("timezone", "")
    found = read_preferences(current_service(), delivery_id)
    if zone not in known_zones() or found is None:
        abort(400)
    is_default = found.zone is None and zone == current_service().library.practice.zone
    _keep(delivery_id, found, zone=None if is_default else zone)
    return "saved"


def _keep(delivery_id: int, found: Preferences, **changes: Any) -> None:
    """Saves the choices with these changed, all in one go."""
    save_preferences(current_service(), delivery_id, replace(found, **changes), current_now())


def _own_data(delivery_id: int, form: MultiDict[str, str]) -> str:
    mailed = mail_own_data_link(current_service(), delivery_id, current_now())
    return "own-data" if mailed else "no-own-data"


def _next(delivery_id: int, form: MultiDict[str, str]) -> str:
    return "next" if next_now(current_service(), delivery_id, current_now()) else "no-next"


_ACTIONS = {"pause": _pause, "resume": _resume, "save": _save, "about": _about, "next": _next, "own-data": _own_data}


def _unsubscribe_token(delivery_id: int) -> str:
    service = current_service()
    with service.db.read() as session:
        delivery = session.get_one(Delivery, delivery_id)
        lead = session.get_one(Lead, delivery.lead_id)
    return service.links.unsubscribe_token(delivery.ref, lead.email_key)
