"""One's own sign-in: a password for who wants one, and signing out everywhere."""

from __future__ import annotations

from flask import abort, make_response, render_template, request
from flask.typing import ResponseReturnValue

from funnel.models import AdminUser
from funnel.people.admins import PasswordError, set_password
from funnel.web.context import current_service
from funnel.web.dashboard.blueprint import blueprint
from funnel.web.dashboard.guard import sign_in_browser, signed_in


@blueprint.get("/account")
def account() -> ResponseReturnValue:
    return render_template("dashboard/account.html", problem="", done=False)


@blueprint.post("/account", endpoint="set_password")
def change_password() -> ResponseReturnValue:
    """Sets a password and signs every other browser out; this one stays."""
    user = signed_in() or abort(401)
    password = request.form.get("password", "")
    if password != request.form.get("again", ""):
        return _again("The two passwords do not match. Please type the same one twice.")
    try:
        with current_service().db.write() as rows:
            admin = rows.get_one(AdminUser, user.id)
            set_password(rows, admin, password, current_service().clock.machine_now())
    except PasswordError as error:
        return _again(str(error))
    sign_in_browser(admin)
    return render_template("dashboard/account.html", problem="", done=True)


def _again(problem: str) -> ResponseReturnValue:
    return make_response(render_template("dashboard/account.html", problem=problem, done=False), 422)
