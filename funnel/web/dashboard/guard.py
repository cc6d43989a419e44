"""Who is signed in, what they may do, and that every form was sent from our own page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from flask import (
    Blueprint,
    Flask,
    Response,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, current_user, login_user, logout_user
from flask_wtf.csrf import CSRFError, CSRFProtect

from funnel.models import AdminRole, AdminUser
from funnel.people.admins import admin_of_session, begin_session, end_session
from funnel.web.context import current_service
from funnel.web.dashboard.attempts import know_browser
from funnel.web.dashboard.permissions import VIEWER_HOME, may

_NEXT = "next"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The admin of this request, as Flask-Login asks for one. Its id is the session's token, and nothing else."""

    id: int
    email: str
    role: str
    token: str
    is_authenticated: bool = True
    is_active: bool = True
    is_anonymous: bool = False

    def get_id(self) -> str:
        return self.token


def install(app: Flask) -> None:
    """Prepares an app for signing in. Visitors' forms are not concerned: they carry no session to protect."""
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False
    app.config["WTF_CSRF_TIME_LIMIT"] = None  # as long as the session: a page may stay open over lunch
    CSRFProtect(app)
    manager = LoginManager(app)
    manager.user_loader(_load)


def guard(blueprint: Blueprint) -> None:
    """Lets nobody in who has not signed in, and takes no form from elsewhere."""
    protect_forms(blueprint)
    blueprint.before_request(_signed_in_only)
    blueprint.before_request(_permitted_only)


def protect_forms(blueprint: Blueprint) -> None:
    """Every form of this blueprint must carry the session's CSRF token."""
    blueprint.before_request(_own_forms_only)
    blueprint.register_error_handler(CSRFError, _old_page)


def signed_in() -> SignedIn | None:
    """The admin of this request; None where nobody is signed in."""
    return cast(SignedIn, current_user._get_current_object()) if current_user.is_authenticated else None


def may_here(page: str) -> bool:
    """Whether who is signed in may use this page of the dashboard, named without its blueprint."""
    user = signed_in()
    return user is not None and may(user.role, f"dashboard.{page}")


def sees_people() -> bool:
    """Whether somebody is signed in who may read what is kept of people, their mails among it."""
    return may_here("people") and may_here("mails")


def let_in(admin: AdminUser) -> ResponseReturnValue:
    """Begins a new session for this admin and goes where they wanted to go."""
    wanted = session.get(_NEXT)
    session.clear()  # nothing of a session somebody else may have prepared is kept
    sign_in_browser(admin)
    answer = make_response(redirect(wanted or url_for("dashboard.overview"), code=303))
    know_browser(answer, admin.email)
    return answer


def sign_in_browser(admin: AdminUser) -> None:
    """Signs this browser in."""
    service = current_service()
    with service.db.write() as rows:
        token = begin_session(rows, admin.id, service.clock.machine_now())
    login_user(SignedIn(admin.id, admin.email, admin.role, token))
    session.permanent = True


def end() -> None:
    """Signs this browser out, here and wherever its cookie was copied to."""
    user = signed_in()
    if user is not None:
        with current_service().db.write() as rows:
            end_session(rows, user.token)
    logout_user()


def _load(user_id: str) -> SignedIn | None:
    service = current_service()
    with service.db.read() as rows:
        admin = admin_of_session(rows, user_id, service.clock.machine_now())
    return None if admin is None else SignedIn(admin.id, admin.email, admin.role, user_id)


def _signed_in_only() -> ResponseReturnValue | None:
    if request.endpoint == "dashboard.static" or signed_in() is not None:
        return None
    if request.method == "GET":
        session[_NEXT] = request.full_path.rstrip("?")  # our own path, signed in the cookie: no open redirect
    return redirect(url_for("sign_in.form"), code=303)


def _permitted_only() -> ResponseReturnValue | None:
    """The one place where permissions are enforced: what no decision allows is refused."""
    user, endpoint = signed_in(), request.endpoint or ""
    if endpoint == "dashboard.static" or (user is not None and may(user.role, endpoint)):
        return None
    if user is not None and user.role == AdminRole.VIEWER and endpoint == "dashboard.overview":
        return redirect(url_for(VIEWER_HOME), code=303)
    return make_response(render_template("dashboard/not_yours.html"), 403)


def _own_forms_only() -> None:
    if request.method not in ("GET", "HEAD", "OPTIONS"):
        cast(CSRFProtect, current_app.extensions["csrf"]).protect()


def _old_page(_error: CSRFError) -> Response:
    return make_response(render_template("dashboard/old_page.html"), 400)
