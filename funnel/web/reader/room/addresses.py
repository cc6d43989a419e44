"""The buttons of the two mails of a change of address: the new one confirms, the old one takes it back."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, abort, make_response, render_template, request

from funnel.links import Purpose, RowRef
from funnel.privacy.new_address import (
    Answered,
    confirm_new_address,
    never_there,
    open_change,
    undo_new_address,
)
from funnel.web.context import current_now, current_service
from funnel.web.language import speak_to

blueprint = Blueprint("addresses", __name__)
_NOTHING_DONE = (Answered.GONE, Answered.TAKEN, Answered.REFUSED)
_EXPIRED = "expired"


@blueprint.get("/new-address/<token:token>")
def ask(token: str) -> Response:
    return _page_after(Purpose.NEW_ADDRESS, token)


@blueprint.post("/new-address/<token:token>")
def confirm(token: str) -> Response:
    """This is her address; or, with `do=never`, it is not, and nobody is to ask again."""
    return _page_after(Purpose.NEW_ADDRESS, token, _never if request.form.get("do") == "never" else _confirmed)


@blueprint.get("/old-address/<token:token>")
def ask_back(token: str) -> Response:
    return _page_after(Purpose.OLD_ADDRESS, token)


@blueprint.post("/old-address/<token:token>")
def take_back(token: str) -> Response:
    return _page_after(Purpose.OLD_ADDRESS, token, _taken_back)


def _confirmed(ref: RowRef) -> str:
    return confirm_new_address(current_service(), ref, current_now()).value


def _never(ref: RowRef) -> str:
    return "never" if never_there(current_service(), ref, current_now()) else Answered.GONE.value


def _taken_back(ref: RowRef) -> str:
    return undo_new_address(current_service(), ref, current_now()).value


def _page_after(purpose: Purpose, token: str, press: Callable[[RowRef], str] | None = None) -> Response:
    """What a press on the change that this link names came to, the question where none was pressed, or that it is over.

    Answers 404 where the link is not ours.
    """
    service = current_service()
    ref, valid = service.links.open_dated(purpose, token, service.clock.machine_now())
    if ref is None:
        abort(404)
    with service.db.read() as session:
        found = open_change(session, ref)
    if found is None:
        return _page(purpose, Answered.GONE.value)
    if purpose is Purpose.OLD_ADDRESS:
        speak_to(found[1])
    if not valid:
        return _page(purpose, _EXPIRED)
    return _page(purpose, press(ref) if press is not None else "")


def _page(purpose: Purpose, said: str) -> Response:
    which = "new" if purpose is Purpose.NEW_ADDRESS else "old"
    gone = said in (_EXPIRED, *(each.value for each in _NOTHING_DONE))
    return make_response(render_template(f"pages/room/{which}_address.html", said=said), 410 if gone else 200)
