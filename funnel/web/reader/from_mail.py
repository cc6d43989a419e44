"""What a reader opens from a mail: confirm, stop, book, and the mail itself in the browser."""

from __future__ import annotations

import structlog
from flask import Blueprint, Response, abort, make_response, render_template, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response as AnyResponse

from funnel.curriculum.named_files import book_source
from funnel.db import find
from funnel.enrolment.standing import State
from funnel.language import _
from funnel.links import Purpose, RowRef
from funnel.models import Delivery, Lead, Signup
from funnel.people.addresses import asked_where_she_is
from funnel.people.answers import would_count
from funnel.people.askings import AskingRef, what_was_said
from funnel.people.quiz_results import taken
from funnel.sending.web_copy import web_copy
from funnel.subscription.confirming import confirm as confirm_signup
from funnel.subscription.unsubscribe import leave, leave_by_address
from funnel.web.context import current_now, current_service, find_signup, speak_to_reader
from funnel.web.letters import own_letter_page
from funnel.web.reader.discretion import be_discreet, is_discreet
from funnel.web.reader.human_signals import note_reading
from funnel.web.reader.standing import Place, arrives, place_of_mail, place_of_signup
from funnel.web.site.leading import lead_to
from funnel.web.visitor import network

log = structlog.get_logger(__name__)

_BODY_WORTH_READING = 64 * 1024

blueprint = Blueprint("reader", __name__)


@blueprint.get("/confirm/<token:token>")
def confirm_page(token: str) -> str | Response:
    """Says what the button would do now, which depends on what has happened since the mail was sent."""
    signup, asked, ended = _asked(token)
    place = place_of_signup(signup, is_her=not ended)
    if ended and place.standing.state is State.ASKED:
        return expired(signup, _("This link has expired"), ended)
    with current_service().db.read() as session:
        again = taken(session, signup, asked, current_now())
        answered = would_count(session, signup, asked)
    agreed = _agreed(signup, asked)
    now = {"agreed": agreed, "again": again, "answered": answered}
    return render_template("pages/confirm.html", place=place, token=token, valid=not ended, **now)


@blueprint.post("/confirm/<token:token>")
def confirm(token: str) -> str | AnyResponse:
    """Confirms; for who has left since, only with the button that was shown beside that and the consent."""
    service, now = current_service(), current_now()
    signup, asked, ended = _asked(token)
    comes_back = "comes-back" in request.form
    before = place_of_signup(signup).standing.state
    confirmed = None
    if not ended:
        origin = network(request.remote_addr)
        confirmed = confirm_signup(service, signup.id, now, origin, asked=asked, comes_back=comes_back)
    if confirmed is None:
        return confirm_page(token)
    if confirmed.again or confirmed.answered:
        done = {"again": "done" if confirmed.again else "", "answered": "done" if confirmed.answered else ""}
        return render_template("pages/confirm.html", place=place_of_signup(signup, is_her=True), **done)
    if (led := lead_to(service.library.offers[confirmed.offer].confirmed_url)) is not None:
        return led
    purpose = {"ebook": Purpose.DOWNLOAD, "training": Purpose.WATCH}.get(confirmed.kind)
    link = None
    if purpose is not None and confirmed.asset:
        link = service.links.dated_token(purpose, signup.ref, now)
    place = place_of_signup(find_signup(signup.ref) or signup, is_her=True)
    return render_template(
        "pages/confirmed.html",
        offer=service.library.offers[confirmed.offer],
        token=link,
        reads=confirmed.kind == "ebook" and book_source(service.library, confirmed.asset or "") is not None,
        place=place,
        arrives=arrives(place),
        mailed=before in (State.ASKED, State.LEFT),
    )


def _asked(token: str) -> tuple[Signup, AskingRef, str]:
    """The sign-up to be confirmed, the asking its mail was made for, and why the link is not valid any more, or "".

    Answers 404 or, where it is gone, 410.
    """
    opened = current_service().links.open_confirm(token, current_now())
    if opened is None:
        abort(404)
    signup, asked = find_signup(opened.signup) or abort(410), AskingRef(opened.asking, opened.issued)
    if not opened.valid:
        return signup, asked, _("A link like this works for %(days)s days.", days=30)
    with current_service().db.read() as session:
        if asked_where_she_is(session, session.get_one(Lead, signup.lead_id), signup, asked):
            return signup, asked, ""
    return signup, asked, elsewhere()


def elsewhere() -> str:
    """Why a link that went to a mailbox that she has left opens nothing."""
    return _("Since it was mailed, the letters go to another address.")


def _agreed(signup: Signup, asked: AskingRef) -> str:
    """What stood beside the box at that asking; "" where nothing of it is kept."""
    with current_service().db.read() as session:
        said = what_was_said(session, signup, asked)
    return said.text if said is not None else ""


def expired(signup: Signup | None, heading: str, reason: str) -> Response:
    """The page for a link that was ours and is too old, with the way to a new one."""
    place = place_of_signup(signup) if signup is not None else None
    page = render_template("pages/expired.html", heading=heading, reason=reason, place=place)
    return make_response(page, 410)


@blueprint.get("/u/<token:token>")
def leave_page(token: str) -> str:
    """Needs no row: whoever holds the link sees the button, for ever."""
    opened = current_service().links.open_unsubscribe(token)
    if opened is None:
        abort(404)
    delivery, _ = opened
    gone, place = _where(delivery)
    if not gone:
        note_reading(delivery.number)
    preferences = None if gone else current_service().links.token(Purpose.PREFERENCES, delivery)
    return render_template("pages/leave.html", token=token, preferences=preferences, place=place)


@blueprint.post("/u/<token:token>")
def leave_now(token: str) -> str:
    """One POST, no cookie, no login, no question (RFC 8058); works for ever and any number of times.

    Where the mail is gone, as after a backup was restored, it stops what goes to the address it was sent to.
    """
    opened = current_service().links.open_unsubscribe(token)
    if opened is None:
        abort(404)
    delivery, address = opened
    small = (request.content_length or 0) <= _BODY_WORTH_READING
    via = "one-click" if small and "List-Unsubscribe" in request.form else "page"
    if not leave(current_service(), delivery, current_now(), via):
        if address is not None:
            leave_by_address(current_service(), address, current_now(), via)
        elif _where(delivery)[0]:
            abort(410)
    gone, place = _where(delivery)
    room = None if gone else current_service().links.token(Purpose.PREFERENCES, delivery)
    return render_template("pages/left.html", place=place, room=room)


def _where(ref: RowRef) -> tuple[bool, Place | None]:
    """Whether the mail is gone, and where its reader is. Nobody is kept from stopping while that cannot be asked."""
    try:
        with current_service().db.read() as session:
            if find(session, Delivery, ref) is None:
                return True, None
        return False, place_of_mail(ref.number)
    except SQLAlchemyError:
        log.exception("where a reader stands could not be asked", delivery=ref.number)
        return False, None


@blueprint.get("/r/<token:token>")
def copy(token: str) -> Response:
    opened = current_service().links.open(Purpose.WEB_COPY, token)
    if opened is None:
        abort(404)
    page = web_copy(current_service(), opened[0]) or abort(410)
    with current_service().db.read() as session:
        mail = find(session, Delivery, opened[0])
    if mail is not None and mail.lead_id is not None:
        be_discreet(speak_to_reader(mail.lead_id))
    return own_letter_page(page, discreet=is_discreet())
