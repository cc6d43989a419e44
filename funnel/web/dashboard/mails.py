"""The list of single mails."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue

from funnel.insight import MailFilter, mails_page
from funnel.models import DeliveryState
from funnel.web.context import current_service
from funnel.web.dashboard.blueprint import blueprint
from funnel.web.dashboard.params import page_before, query_text

_ON_ITS_WAY = (DeliveryState.WAITING, DeliveryState.CLAIMED, DeliveryState.HANDING_OVER)
# What stands in the query, and the states it means. Three states are one thing to a reader of the page.
CHOICES: dict[str, tuple[DeliveryState, ...]] = {
    "": (),
    "waiting": _ON_ITS_WAY,
    "held": (DeliveryState.HELD,),
    "unknown": (DeliveryState.UNKNOWN,),
    "failed": (DeliveryState.FAILED,),
    "accepted": (DeliveryState.ACCEPTED,),
    "skipped": (DeliveryState.SKIPPED,),
}


@blueprint.get("/deliveries")
def mails() -> ResponseReturnValue:
    chosen = request.args.get("state", "")
    chosen = chosen if chosen in CHOICES else ""
    sequence, lesson = query_text("sequence"), query_text("lesson")
    wanted = MailFilter(CHOICES[chosen], sequence, lesson)
    with current_service().db.read() as session:
        lines, before = mails_page(session, wanted, page_before())
    return render_template(
        "dashboard/mails.html",
        lines=lines,
        before=before,
        chosen=chosen,
        choices=CHOICES,
        sequence=sequence,
        lesson=lesson,
    )
