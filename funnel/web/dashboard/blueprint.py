"""The blueprint that every page below /dashboard is registered on."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from funnel.web.context import current_service
from funnel.web.dashboard.figures import template_tools
from funnel.web.dashboard.guard import guard, may_here

blueprint = Blueprint("dashboard", __name__, url_prefix="/dashboard", static_folder="static")
guard(blueprint)


@blueprint.context_processor
def _tools() -> dict[str, Any]:
    return {**template_tools(current_service()), "may": may_here}
