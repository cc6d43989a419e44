"""Signing in: by a link that comes by mail and works once, or with a password for who has set one.

Opening the link only shows a button, because mail scanners open every link; pressing it signs in.
"""

from __future__ import annotations

import time
from typing import Any, cast

from flask import Blueprint, Flask, Response, make_response, redirect, render_template, request, url_for
from flask.sansio.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue

from funnel.links import Purpose
from funnel.models import AdminUser
from funnel.people.admins import (
    find_admin,
    is_unused,
    mail_sign_in,
    sign_out_everywhere,
    use_sign_in,
    verify_password,
)
from funnel.sending.scheduler import enqueue_now
from funnel.web.budgets import EXTENSION as BUDGETS
from funnel.web.context import current_now, current_service
from funnel.web.dashboard.attempts import may_be_mailed, seconds_to_wait
from funnel.web.dashboard.figures import template_tools
from funnel.web.dashboard.guard import end, install, let_in, may_here, protect_forms, signed_in
from funnel.web.dashboard.params import form_text

# An answer takes at least this long, so that its time does not tell whether an address is known: writing the mail's
# row takes a few milliseconds that an unknown address does not.
EVEN_SECONDS = 0.3


blueprint = Blueprint("sign_in", __name__)
protect_forms(blueprint)


@blueprint.context_processor
def _tools() -> dict[str, Any]:
    return {**template_tools(current_service()), "may": may_here}


@blueprint.record
def _prepare(state: BlueprintSetupState) -> None:
    """Make the app ready for signing in. Raises RuntimeError if attempts are not counted: guessing must have an end."""
    app = cast(Flask, state.app)
    if BUDGETS not in app.extensions:
        raise RuntimeError("give the app its Budgets before registering the sign-in pages")
    install(app)


@blueprint.get("/sign-in")
def form() -> ResponseReturnValue:
    if signed_in() is not None:
        return redirect(url_for("dashboard.overview"), code=303)
    return _form(sent="sent" in request.args)


@blueprint.post("/sign-in")
def ask() -> ResponseReturnValue:
    """Sends a link where the address may sign in and was not sent several; says the same either way."""
    began = time.monotonic()
    service, email = current_service(), form_text("email")
    if wait := seconds_to_wait(""):
        return _too_often(wait, email)
    delivery_id = None
    if may_be_mailed(email):
        with service.db.write() as rows:
            delivery_id = mail_sign_in(rows, email, service.clock.machine_now(), current_now())
    if delivery_id is not None:
        enqueue_now(service, [delivery_id])
    _even(began)
    return redirect(url_for("sign_in.form", sent=1), code=303)


@blueprint.post("/sign-in/with-password")
def with_password() -> ResponseReturnValue:
    began, email = time.monotonic(), form_text("email")
    if wait := seconds_to_wait(email):
        return _too_often(wait, email, password=True)
    with current_service().db.read() as rows:
        admin = find_admin(rows, email)
    right = verify_password(admin, request.form.get("password", ""))
    _even(began)
    if admin is None or not right:
        return make_response(_form(email=email, wrong=True, password=True), 422)
    return let_in(admin)


@blueprint.get("/sign-in/<token>")
def link(token: str) -> ResponseReturnValue:
    """Shows the button. Changes nothing, so a scanner that opens every link uses nothing up."""
    service = current_service()
    machine_now = service.clock.machine_now()
    ref, valid = service.links.open_dated(Purpose.SIGN_IN, token, machine_now)
    with service.db.read() as rows:
        usable = ref is not None and valid and is_unused(rows, ref)
    return make_response(render_template("dashboard/link.html", usable=usable, token=token), 200 if usable else 410)


@blueprint.post("/sign-in/<token>")
def use(token: str) -> ResponseReturnValue:
    service = current_service()
    machine_now = service.clock.machine_now()
    ref, valid = service.links.open_dated(Purpose.SIGN_IN, token, machine_now)
    admin = None
    if ref is not None and valid:
        with service.db.write() as rows:
            admin = use_sign_in(rows, ref, machine_now)
    if admin is None:
        return make_response(render_template("dashboard/link.html", usable=False, token=token), 410)
    return let_in(admin)


@blueprint.post("/sign-out")
def leave() -> ResponseReturnValue:
    """Signs this browser out, or with `everywhere` all of them."""
    user = signed_in()
    if user is not None and request.form.get("everywhere"):
        with current_service().db.write() as rows:
            sign_out_everywhere(rows, rows.get_one(AdminUser, user.id), current_service().clock.machine_now())
    end()
    return redirect(url_for("sign_in.form"), code=303)


def _form(email: str = "", *, sent: bool = False, wrong: bool = False, password: bool = False, wait: int = 0) -> str:
    said = {"email": email, "sent": sent, "wrong": wrong, "password": password, "wait": wait}
    return render_template("dashboard/sign_in.html", **said)


def _too_often(seconds: int, email: str = "", *, password: bool = False) -> Response:
    """The form as it was, with the wait; only this network is asked to wait."""
    answer = make_response(_form(email, password=password, wait=seconds), 429)
    answer.headers["Retry-After"] = str(seconds)
    return answer


def _even(began: float) -> None:
    time.sleep(max(0.0, EVEN_SECONDS - (time.monotonic() - began)))
