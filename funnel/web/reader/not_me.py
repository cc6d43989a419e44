"""«It wasn't me, never ask again»: from the mail that asks for a confirmation. Opening the page changes nothing."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, request

from funnel.conversations.sessions import not_by_her
from funnel.links import Purpose
from funnel.subscription.not_me import said_never, say_never, take_back
from funnel.web.context import current_now, current_service, mail_of

blueprint = Blueprint("not_me", __name__)


@blueprint.get("/not-me/<token:token>")
def show(token: str) -> str:
    never = said_never(current_service(), mail_of(Purpose.NOT_ME, token))
    if never is None:
        abort(404)
    return render_template("pages/not_me.html", token=token, never=never, changed=False)


@blueprint.post("/not-me/<token:token>")
def change(token: str) -> str:
    """Never ask again; with `do=ask` she has changed her mind."""
    service, delivery_id = current_service(), mail_of(Purpose.NOT_ME, token)
    never = request.form.get("do") != "ask"
    done = say_never(service, delivery_id, current_now()) if never else take_back(service, delivery_id)
    if never:
        not_by_her(service, delivery_id, current_now())
    if not done:
        abort(404)
    return render_template("pages/not_me.html", token=token, never=never, changed=True)
