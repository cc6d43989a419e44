"""Every button that was pressed is noted; and the page that shows what was."""

from __future__ import annotations

from flask import Response, g, render_template, request
from flask.typing import ResponseReturnValue

from funnel.models import AdminUser
from funnel.people.audit import NotedChange, audit_lines, note_change
from funnel.web.context import current_service
from funnel.web.dashboard.blueprint import blueprint
from funnel.web.dashboard.guard import signed_in
from funnel.web.dashboard.params import LARGEST_ID, page_before

# A search, which is a POST to keep addresses out of logs, and a look at whether all is right.
_CHANGES_NOTHING = {"dashboard.find_people", "dashboard.look_around"}
_ABOUT = {"lead_id": "lead", "booking_id": "booking", "user_id": "user"}
WORDS = {
    "act": "Acted for a person", "agree": "Wrote down a time",
    "answered": "Marked a conversation as answered", "change_user": "Changed who may sign in",
    "decide_mails": "Decided about mails", "decide_provider": "Decided about a resting provider",
    "doctor_mail": "Sent a mail to try the way out", "erase": "Erased a person",
    "resume_channel": "Tried a channel again",
    "set_password": "Set her own password",  # nosec B105 # the name of a page
    "tag": "Changed a person's tags",
}  # fmt: skip


@blueprint.get("/audit")
def audit() -> ResponseReturnValue:
    with current_service().db.read() as session:
        lines, before = audit_lines(session, page_before())
    return render_template("dashboard/audit.html", lines=lines, before=before, words=WORDS)


def note_before_and_after(before: dict[str, str], after: dict[str, str]) -> None:
    """Says what this request changes, for its entry in the log."""
    g.audit_change = (before, after)


@blueprint.before_request
def _who_asks() -> None:
    user = signed_in()  # kept: after the request she may be nobody any more, having removed herself
    g.audit_actor = None if user is None else user.id


@blueprint.after_request
def _note(answer: Response) -> Response:
    """Notes every POST that was taken, whatever page it belongs to: none can be forgotten."""
    endpoint, actor = request.endpoint or "", g.get("audit_actor")
    taken = request.method == "POST" and answer.status_code < 400 and endpoint not in _CHANGES_NOTHING
    if not taken or actor is None:
        return answer
    numbers = [(_ABOUT[name], int(n)) for name, n in (request.view_args or {}).items() if name in _ABOUT]
    about = next((each for each in numbers if each[1] <= LARGEST_ID), None)
    before, after = g.get("audit_change", ({}, {}))
    service = current_service()
    with service.db.write() as session:
        if session.get(AdminUser, actor) is not None:
            change = NotedChange(endpoint.removeprefix("dashboard."), about, actor, before, after)
            note_change(session, change, service.clock.machine_now())
    return answer
