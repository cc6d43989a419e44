"""The practice's side: sign-in, figures, people, mails."""

from __future__ import annotations

from flask import Blueprint

from funnel.web.dashboard import account, bookings, mails, overview, people
from funnel.web.dashboard.figures import template_tools
from funnel.web.dashboard.guard import guard
from funnel.web.dashboard.sign_in import limit_sign_in, sign_in_blueprint
from funnel.wiring import Service

__all__ = ["dashboard_blueprint", "limit_sign_in", "sign_in_blueprint"]


def dashboard_blueprint(service: Service) -> Blueprint:
    """Everything below /dashboard, for who has signed in. Register the sign-in pages first."""
    blueprint = Blueprint("dashboard", __name__, url_prefix="/dashboard", static_folder="static")
    guard(blueprint)
    blueprint.context_processor(lambda: template_tools(service))
    overview.add_views(blueprint)
    people.add_views(blueprint)
    mails.add_views(blueprint)
    bookings.add_views(blueprint)
    account.add_views(blueprint)
    return blueprint
