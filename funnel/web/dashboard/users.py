"""Who may sign in, and what each of them may do."""

from __future__ import annotations

from flask import abort, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from funnel.models import AdminRole, AdminUser
from funnel.people.roles import LastAdminError, all_users, change_role, remove_user
from funnel.web.context import current_service
from funnel.web.dashboard.auditing import note_before_and_after
from funnel.web.dashboard.blueprint import blueprint
from funnel.web.dashboard.params import LARGEST_ID, form_text

_ROLES = {
    AdminRole.ADMIN: "Admin",
    AdminRole.PRACTITIONER: "Practitioner",
    AdminRole.VIEWER: "Viewer",
}


@blueprint.get("/users")
def users() -> ResponseReturnValue:
    return _page()


@blueprint.post("/users/<int:user_id>")
def change_user(user_id: int) -> ResponseReturnValue:
    """Gives another role, or with `remove` takes the sign-in away. The last admin stays as she is."""
    service, wanted = current_service(), form_text("role")
    removing = bool(form_text("remove"))
    if user_id > LARGEST_ID or not (removing or wanted in _ROLES):
        abort(404)
    try:
        with service.db.write() as session:
            user = session.get(AdminUser, user_id)
            if user is None or user.role == AdminRole.NOBODY:
                abort(404)
            had = user.role
            if removing:
                remove_user(session, user, service.clock.machine_now())
            else:
                change_role(session, user, AdminRole(wanted))
    except LastAdminError as error:
        return make_response(_page(str(error)), 422)
    note_before_and_after({"role": had}, {"role": AdminRole.NOBODY.value if removing else wanted})
    return redirect(url_for("dashboard.users"), 303)


def _page(problem: str = "") -> str:
    with current_service().db.read() as session:
        found = all_users(session)
    return render_template("dashboard/users.html", users=found, roles=_ROLES, problem=problem)
