"""The card of a mailbox provider that rests: what its servers said, and the two buttons that decide."""

from __future__ import annotations

from flask import abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from funnel.models import BrakeDecision, BrakeScope
from funnel.sending.letting_go import decide
from funnel.web.context import current_now, current_service
from funnel.web.dashboard.blueprint import blueprint
from funnel.web.dashboard.guard import signed_in
from funnel.web.dashboard.params import form_text

_DECISIONS = {BrakeDecision.OURS.value, BrakeDecision.DEAD.value}


@blueprint.post("/providers", endpoint="decide_provider")
def decide_provider() -> ResponseReturnValue:
    """A button of the card. One that was pressed before, or by somebody else, changes nothing."""
    user = signed_in() or abort(401)
    decision, scope = form_text("decision"), form_text("scope")
    if decision not in _DECISIONS or scope not in set(BrakeScope):
        abort(400)
    provider = request.form.get("provider", "")[:253]
    decide(current_service(), provider, BrakeScope(scope), BrakeDecision(decision), user.email, current_now())
    return redirect(url_for("dashboard.overview"), 303)
