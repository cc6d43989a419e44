"""The list of who asked for a conversation."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from funnel.insight import bookings_page
from funnel.web.context import current_service
from funnel.web.dashboard.blueprint import blueprint
from funnel.web.dashboard.params import page_before


@blueprint.get("/bookings")
def bookings() -> ResponseReturnValue:
    with current_service().db.read() as session:
        lines, before = bookings_page(session, page_before())
    return render_template("dashboard/bookings.html", lines=lines, before=before)
