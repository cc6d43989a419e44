"""Signing up: a form or JSON in, the same answer out whoever it was."""

from __future__ import annotations

import json

from flask import Blueprint, Response, abort, jsonify, make_response, redirect, request, url_for
from flask_limiter import Limiter
from limits import parse_many
from werkzeug.wrappers import Response as AnyResponse

from funnel.curriculum.model import Offer
from funnel.settings import SettingsError
from funnel.subscription.signup import SignupError, SignupRequest
from funnel.subscription.signup import sign_up as sign_somebody_up
from funnel.web.context import current_now, current_service
from funnel.web.problems import prefers_json, problem
from funnel.web.site.forms import SignupForm, form_from_json, read_form
from funnel.web.site.limits import counts_against_limit
from funnel.web.site.pages import offer_page, open_offer
from funnel.web.visitor import comes_from_elsewhere, network

_FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")


blueprint = Blueprint("signup", __name__)


def limit_signups(limiter: Limiter, limit: str) -> None:
    """Limit sign-ups in this app.

    `limit` is in Flask-Limiter's notation; an empty one means no limit. Raises SettingsError if it is not valid.
    """
    if not limit:
        return
    try:
        parse_many(limit)
    except ValueError:
        raise SettingsError(
            f"FUNNEL_SIGNUP_LIMIT is wrong: {limit!r} is no limit; write for example 20 per hour. See docs/settings.md"
        ) from None
    limiter.limit(limit, deduct_when=counts_against_limit)(blueprint)


@blueprint.post("/offers/<slug>/signup")
def sign_up(slug: str) -> AnyResponse:
    offer = open_offer(slug)
    service = current_service()
    if comes_from_elsewhere(request, service.settings.site_url):
        abort(403)
    form = _read_body()
    if form is None:
        return problem(400, 'The body is not a JSON object. Send one such as {"email": "…", "consent": true}.')
    if not form.errors:
        asked = SignupRequest(
            offer=slug,
            email=form.email,
            first_name=form.name,
            zone=form.timezone or None,
            consent=form.consent,
            utm=form.utm,
            origin=network(request.remote_addr),
        )
        try:
            sign_somebody_up(service, asked, current_now())
        except SignupError as error:
            form.errors.update(error.errors)
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


def _say_what_is_wrong(offer: Offer, form: SignupForm) -> Response:
    if "offer" in form.errors:
        abort(404)
    if prefers_json():
        return problem(422, "Some fields cannot be taken as they are; `errors` says which and why.", form.errors)
    return make_response(offer_page(offer, form), 422)
