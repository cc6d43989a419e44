"""Signing up: a form or JSON in, the same answer out whoever it was."""

from __future__ import annotations

import json

from flask import (
    Blueprint,
    Flask,
    Response,
    abort,
    jsonify,
    make_response,
    redirect,
    request,
    url_for,
)
from werkzeug.wrappers import Response as AnyResponse

from funnel.clock import Clock
from funnel.curriculum.model import Offer
from funnel.language import _
from funnel.models import SignupPlace
from funnel.settings import Settings
from funnel.subscription.watching import plays_at_once
from funnel.web.budgets import Budgets
from funnel.web.context import current_service
from funnel.web.problems import prefers_json, problem
from funnel.web.site.doubt import EXTENSION, Doubt, OneMoreStep, current_doubt
from funnel.web.site.forms import SignupForm, form_from_json, read_form
from funnel.web.site.leading import lead_to
from funnel.web.site.pages import offer_page, open_offer
from funnel.web.site.playing import to_the_player, watch_token, watch_url
from funnel.web.site.step import step_page, step_problem
from funnel.web.site.taking import count_form_elsewhere, take_signup
from funnel.web.visitor import comes_from_elsewhere

_FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")


blueprint = Blueprint("signup", __name__)


def guard_signups(app: Flask, settings: Settings, budgets: Budgets, clock: Clock) -> None:
    """Have this app ask for one more step where sign-ups are unusual. Raises SettingsError for a limit that is none."""
    app.extensions[EXTENSION] = Doubt(settings, budgets, clock)


@blueprint.get("/signup-challenge")
def challenge() -> AnyResponse:
    """The work to do before signing up, in ALTCHA's format; 204 where there is none."""
    if not current_doubt().unusual(request.remote_addr):
        return Response(status=204)
    return jsonify(current_doubt().proofs.challenge())


@blueprint.post("/offers/<slug>/signup")
def sign_up(slug: str) -> AnyResponse:
    offer = open_offer(slug)
    if comes_from_elsewhere(request, current_service().settings.site_url):
        abort(403)
    if offer.paid:
        return _is_sold(offer)
    form = _read_body()
    if form is None:
        return problem(400, _('The body is not a JSON object. Send one such as {"email": "…", "consent": true}.'))
    program = prefers_json()
    taken = take_signup(offer, form, SignupPlace.PROGRAM if program else SignupPlace.PAGE)
    if isinstance(taken, OneMoreStep):
        return step_problem(taken) if program else step_page(offer, form, taken)
    if taken is None:
        return _say_what_is_wrong(offer, form)
    if program:
        count_form_elsewhere(offer)
        url = watch_url(offer, watch_token(offer, taken))
        answer = jsonify(status="accepted", detail=offer.thanks, **({"watch_url": url} if url else {}))
        answer.status_code = 202
        return answer
    if plays_at_once(current_service(), offer):
        return to_the_player(offer, taken, form.back)
    return lead_to(offer.thanks_url) or redirect(url_for("pages.thanks", slug=slug, back=form.back or None), 303)


def _is_sold(offer: Offer) -> AnyResponse:
    """Nobody signs up for what is sold: a program is told so, and a browser is led to the page that says where."""
    page = url_for("pages.offer", slug=offer.slug, _external=True)
    if prefers_json():
        return problem(409, _("This is sold, so nobody can sign up for it. Its page says where: %(page)s", page=page))
    return redirect(page, 303)


def _read_body() -> SignupForm | None:
    """What was sent; None where it said it was JSON and is no JSON object. Answers 415 for any other format."""
    if request.mimetype in _FORM_TYPES:
        return read_form(request.form)
    if not request.is_json:
        abort(415)
    sent = request.get_data()
    if len(sent) >= (request.max_content_length or len(sent) + 1):
        abort(413)  # sent in chunks, without its length beforehand: what lies beyond the limit was never read
    try:
        body = json.loads(sent)
    except (ValueError, RecursionError):  # RecursionError: thousands of brackets, one inside the other
        return None
    return form_from_json(body) if isinstance(body, dict) else None


def _say_what_is_wrong(offer: Offer, form: SignupForm) -> Response:
    if "offer" in form.errors:
        abort(404)
    if prefers_json():
        said = {"did_you_mean": form.meant} if form.meant else {}
        return problem(
            422, _("Some fields cannot be taken as they are; `errors` says which and why."), form.errors, **said
        )
    return make_response(offer_page(offer, form), 422)
