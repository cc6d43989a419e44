"""Erasing a person from her page: the password is asked for again, for it cannot be undone."""

from __future__ import annotations

from flask import abort, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from funnel.models import AdminUser, Lead, LeadState
from funnel.people.admins import verify_password
from funnel.privacy.erase import erase_lead
from funnel.web.context import current_now, current_service
from funnel.web.dashboard.attempts import seconds_to_wait
from funnel.web.dashboard.blueprint import blueprint
from funnel.web.dashboard.guard import signed_in
from funnel.web.dashboard.params import LARGEST_ID


@blueprint.get("/people/<int:lead_id>/erase", endpoint="ask_to_erase")
def ask(lead_id: int) -> ResponseReturnValue:
    return _form(lead_id)


@blueprint.post("/people/<int:lead_id>/erase", endpoint="erase")
def erase(lead_id: int) -> ResponseReturnValue:
    user = signed_in() or abort(401)
    service = current_service()
    if wait := seconds_to_wait(user.email):
        answer = make_response(_form(lead_id, f"Too many tries. Please wait {-(-wait // 60)} min."), 429)
        answer.headers["Retry-After"] = str(wait)
        return answer
    with service.db.read() as session:
        admin = session.get(AdminUser, user.id)
    if not verify_password(admin, request.form.get("password", "")):
        return make_response(_form(lead_id, "This is not your password. Nothing was erased."), 422)
    erase_lead(service, lead_id, current_now())
    return redirect(url_for("dashboard.people", done="erased"), 303)


def _form(lead_id: int, problem: str = "") -> str:
    user = signed_in() or abort(401)
    with current_service().db.read() as session:
        lead = session.get(Lead, lead_id) if lead_id <= LARGEST_ID else None
        admin = session.get_one(AdminUser, user.id)
    if lead is None or lead.state == LeadState.ERASED:
        abort(404)
    return render_template(
        "dashboard/erase.html", lead=lead, problem=problem, has_password=admin.password_hash is not None
    )
