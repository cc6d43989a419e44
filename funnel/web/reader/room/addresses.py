"""The buttons of the two mails of a change of address: the new one confirms, the old one takes it back."""

from __future__ import annotations

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


@blueprint.get("/new-address/<token:token>")
def ask(token: str) -> Response:
    ref = _opened(Purpose.NEW_ADDRESS, token)
    return ref if isinstance(ref, Response) else _page("new", "", token)


@blueprint.post("/new-address/<token:token>")
def confirm(token: str) -> Response:
    """This is her address; or, with `do=never`, it is not, and nobody is to ask again."""
    ref = _opened(Purpose.NEW_ADDRESS, token)
    if isinstance(ref, Response):
        return ref
    service, now = current_service(), current_now()
    if request.form.get("do") == "never":
        return _page("new", "never" if never_there(service, ref, now) else Answered.GONE.value, token)
    return _page("new", confirm_new_address(service, ref, now).value, token)


@blueprint.get("/old-address/<token:token>")
def ask_back(token: str) -> Response:
    ref = _opened(Purpose.OLD_ADDRESS, token)
    return ref if isinstance(ref, Response) else _page("old", "", token)


@blueprint.post("/old-address/<token:token>")
def take_back(token: str) -> Response:
    ref = _opened(Purpose.OLD_ADDRESS, token)
    if isinstance(ref, Response):
        return ref
    return _page("old", undo_new_address(current_service(), ref, current_now()).value, token)


def _opened(purpose: Purpose, token: str) -> RowRef | Response:
    """The change that the link names, or the page that says that it is over. Answers 404 where it is not ours."""
    service = current_service()
    ref, valid = service.links.open_dated(purpose, token, current_now())
    if ref is None:
        abort(404)
    which = "new" if purpose is Purpose.NEW_ADDRESS else "old"
    with service.db.read() as session:
        found = open_change(session, ref)
    if found is None:
        return _page(which, Answered.GONE.value, token)
    if which == "old":
        speak_to(found[1])
    return ref if valid else _page(which, "expired", token)


def _page(which: str, said: str, token: str) -> Response:
    page = render_template(f"pages/room/{which}_address.html", said=said, token=token)
    gone = said == "expired" or said in [each.value for each in _NOTHING_DONE]
    response = make_response(page, 410 if gone else 200)
    response.headers["Cache-Control"] = "no-store"
    return response
