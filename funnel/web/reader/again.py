"""What a reader has had, to be read again; and from there to begin anew, or to sign up again after having left."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from funnel.links import Purpose
from funnel.models import Signup
from funnel.sending.reading import sent_lessons
from funnel.subscription.anew import begin_anew
from funnel.subscription.signup import ask_again
from funnel.web.context import current_now, current_service, find_signup
from funnel.web.reader.standing import place_of_signup
from funnel.web.visitor import network

blueprint = Blueprint("again", __name__)


@blueprint.get("/again/<token:token>")
def show(token: str) -> str:
    signup = _signup(token)
    service = current_service()
    with service.db.read() as session:
        courses = sent_lessons(session, service, signup.lead_id)
    return render_template(
        "pages/again.html",
        token=token,
        place=place_of_signup(signup),
        courses=courses,
        copy=lambda delivery: service.links.token(Purpose.WEB_COPY, delivery),
        asked=request.args.get("done") == "asked",
    )


@blueprint.post("/again/<token:token>")
def change(token: str) -> AnyResponse:
    """`anew` starts the way of the offer once more, for who has finished it; `ask` signs up again, and asks by mail."""
    signup, wanted = _signup(token), request.form.get("do", "")
    origin = network(request.remote_addr)
    if wanted == "anew":
        begin_anew(current_service(), signup.id, current_now(), origin)
        return redirect(url_for("again.show", token=token), 303)
    if wanted != "ask":
        abort(400)
    asked = ask_again(current_service(), signup.id, current_now(), origin)
    return redirect(url_for("again.show", token=token, done="asked" if asked else None), 303)


def _signup(token: str) -> Signup:
    opened = current_service().links.open(Purpose.AGAIN, token)
    if opened is None:
        abort(404)
    return find_signup(opened[0]) or abort(410)
