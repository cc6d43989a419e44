"""What a reader has had, by its titles; and from there to read it, begin anew, or sign up again after having left.

This link never grows old and may be passed on. What the letters say takes a fresh one, which is mailed to her. Once
her letters go to another address, it only asks for a mail there.
"""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from funnel.language import _
from funnel.models import Lead, Signup
from funnel.people.addresses import address_since
from funnel.privacy.own_data import mail_own_link_to
from funnel.sending.kept_copies import readable
from funnel.sending.reading import sent_lessons
from funnel.subscription.anew import begin_anew
from funnel.subscription.signup import ask_again
from funnel.web.context import current_now, current_service, find_signup
from funnel.web.reader.discretion import is_discreet
from funnel.web.reader.from_mail import elsewhere, expired
from funnel.web.reader.standing import place_of_signup
from funnel.web.visitor import network

blueprint = Blueprint("again", __name__)


@blueprint.get("/again/<token:token>")
def show(token: str) -> AnyResponse | str:
    signup, is_her = _signup(token)
    return _page(token, signup) if is_her else _closed(signup)


def _closed(signup: Signup) -> AnyResponse:
    return expired(signup, _("This link has expired"), elsewhere())


def _page(token: str, signup: Signup, done: str = "") -> str:
    place, service = place_of_signup(signup, is_her=True), current_service()
    with service.db.read() as session:
        courses = () if is_discreet() else sent_lessons(session, service, signup.lead_id)
        has_some = readable(session, signup.lead_id)
    return render_template(
        "pages/again.html",
        token=token,
        place=place,
        courses=courses,
        has_some=has_some,
        done=done or ("asked" if request.args.get("done") == "asked" else ""),
    )


@blueprint.post("/again/<token:token>")
def change(token: str) -> AnyResponse | str:
    """`anew` starts the way of the offer once more, for who has finished it; `ask` signs up again, and asks by mail;
    `read` mails the link by which everything can be read.
    """
    (signup, is_her), wanted = _signup(token), request.form.get("do", "")
    origin = network(request.remote_addr)
    if not is_her and wanted != "ask":
        return _closed(signup)
    if wanted == "anew":
        begin_anew(current_service(), signup.id, current_now(), origin)
        return redirect(url_for("again.show", token=token), 303)
    if wanted == "read":
        mailed = mail_own_link_to(current_service(), signup.lead_id, current_now())
        return _page(token, signup, "mailed" if mailed else "not-mailed")
    if wanted != "ask":
        abort(400)
    asked = ask_again(current_service(), signup.id, current_now(), origin)
    if asked and not is_her:
        return redirect(url_for("pages.thanks", slug=signup.offer), 303)
    return redirect(url_for("again.show", token=token, done="asked" if asked else None), 303)


def _signup(token: str) -> tuple[Signup, bool]:
    """The sign-up, and whether the link was given to the address she has now. Answers 404 or, where it is gone, 410."""
    opened = current_service().links.open_again(token)
    if opened is None:
        abort(404)
    ref, given_to = opened
    signup = find_signup(ref) or abort(410)
    with current_service().db.read() as session:
        lead = session.get_one(Lead, signup.lead_id)
        if given_to is None:
            return signup, address_since(session, lead.id) is None
    return signup, given_to == current_service().links.short_digest(lead.email_key)
