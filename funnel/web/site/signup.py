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
    render_template,
    request,
    url_for,
)
from werkzeug.wrappers import Response as AnyResponse

from funnel.curriculum.measuring import agreed_text, choice_at
from funnel.curriculum.model import Offer
from funnel.settings import Settings
from funnel.subscription.keeping import carried_result, keeping_text
from funnel.subscription.signup import SignupError, SignupRequest, checked_request
from funnel.subscription.signup import sign_up as sign_somebody_up
from funnel.web.budgets import Budgets
from funnel.web.context import current_now, current_service
from funnel.web.language import page_language
from funnel.web.problems import prefers_json, problem
from funnel.web.site.doubt import EXTENSION, Doubt, OneMoreStep, current_doubt
from funnel.web.site.forms import SignupForm, form_from_json, read_form
from funnel.web.site.pages import offer_page, open_offer
from funnel.web.visitor import comes_from_elsewhere, network

_FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")


blueprint = Blueprint("signup", __name__)


def guard_signups(app: Flask, settings: Settings, budgets: Budgets) -> None:
    """Have this app ask for one more step where sign-ups are unusual. Raises SettingsError for a limit that is none."""
    app.extensions[EXTENSION] = Doubt(settings, budgets)


@blueprint.get("/signup-challenge")
def challenge() -> AnyResponse:
    """The work to do before signing up, in ALTCHA's format; 204 where there is none."""
    if not current_doubt().unusual(request.remote_addr):
        return Response(status=204)
    return jsonify(current_doubt().proofs.challenge(current_now()))


@blueprint.post("/offers/<slug>/signup")
def sign_up(slug: str) -> AnyResponse:
    offer = open_offer(slug)
    service = current_service()
    if comes_from_elsewhere(request, service.settings.site_url):
        abort(403)
    form = _read_body()
    if form is None:
        return problem(400, 'The body is not a JSON object. Send one such as {"email": "…", "consent": true}.')
    asked = SignupRequest(
        offer=slug,
        email=form.email,
        first_name=form.name,
        zone=form.timezone or None,
        consent=form.consent,
        may_measure=form.tracking,
        utm=form.utm,
        language=form.language or page_language(),
        origin=network(request.remote_addr),
        result=carried_result(service, slug, form.result, current_now()),
        keeps=form.keep,
    )
    try:
        # Only what could be taken counts: somebody who mistypes an address five times is asked for nothing more.
        checked_request(service, asked)
        if not form.errors:
            step = current_doubt().step_before(form, request.remote_addr, current_now(), program=prefers_json())
            if step is not None:
                return _one_more_step(offer, form, step)
            sign_somebody_up(service, asked, current_now())
    except SignupError as error:
        form.errors.update(error.errors | form.errors)
    if form.errors:
        return _say_what_is_wrong(offer, form)
    if prefers_json():
        answer = jsonify(status="accepted", detail=offer.thanks)
        answer.status_code = 202
        return answer
    return redirect(url_for("pages.thanks", slug=slug), 303)


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


def _one_more_step(offer: Offer, form: SignupForm, step: OneMoreStep) -> Response:
    """A page that keeps what was typed and goes on by itself; for a program 429 and until when (RFC 6585, 4)."""
    if prefers_json():
        url = url_for("signup.challenge", _external=True)
        answer = problem(
            429,
            f"Your network has signed up often. Try again in {step.program_seconds} seconds, or solve the challenge at "
            f"{url} and send its solution as `altcha`.",
        )
        answer.headers["Retry-After"] = str(step.program_seconds)
        return answer
    waited, seconds = current_doubt().begin_wait(form, step, current_now())
    practice = current_service().library.practice
    page = render_template(
        "pages/one_more_step.html",
        offer=offer,
        agreed=agreed_text(offer, practice, choice_at(practice, may=form.tracking)),
        keeping=keeping_text(current_service(), current_now()) if form.result and form.keep else "",
        form=form,
        waited=waited,
        seconds=seconds,
        network=step.network,
        challenge=json.dumps(current_doubt().proofs.challenge(current_now())),
    )
    answer = make_response(page, 429 if step.network else 200)
    if step.network:
        answer.headers["Retry-After"] = str(seconds)
    return answer


def _say_what_is_wrong(offer: Offer, form: SignupForm) -> Response:
    if "offer" in form.errors:
        abort(404)
    if prefers_json():
        return problem(422, "Some fields cannot be taken as they are; `errors` says which and why.", form.errors)
    return make_response(offer_page(offer, form), 422)
