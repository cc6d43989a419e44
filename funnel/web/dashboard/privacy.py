"""How long what is kept, as it is in force."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from funnel.privacy.periods import KINDS, spoken_days
from funnel.web.context import current_service
from funnel.web.dashboard.blueprint import blueprint


@blueprint.get("/privacy")
def privacy() -> ResponseReturnValue:
    settings = current_service().settings
    kinds = [(kind, spoken_days(kind.days(settings))) for kind in KINDS]
    return render_template("dashboard/privacy.html", kinds=kinds)
