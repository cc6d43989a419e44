"""The page about how mail gets through."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from funnel.insight import QueueState, status
from funnel.insight.health import COMPLAINT_LINE, COMPLAINT_WARNING, DAYS, ENOUGH, delivery_health
from funnel.models import DeliveryState, SuppressionReason
from funnel.web.context import current_now, current_service
from funnel.web.dashboard.blueprint import blueprint

_COUNTED = (DeliveryState.HELD, DeliveryState.UNKNOWN)
WHY_SUPPRESSED = {
    SuppressionReason.BOUNCED.value: "their mailbox does not exist",
    SuppressionReason.PROVIDER_LIST.value: "the provider keeps them on a list of its own",
    SuppressionReason.COMPLAINED.value: "they complained",
    SuppressionReason.ERASED.value: "they were erased",
    SuppressionReason.BY_HAND.value: "you wished it",
}


@blueprint.get("/health", endpoint="health")
def delivery() -> ResponseReturnValue:
    service, now = current_service(), current_now()
    queues = QueueState(service.queue.lengths(), service.queue.workers())
    with service.db.read() as session:
        found = delivery_health(session, now)
        state = status(session, queues, service.clock.machine_now(), now, _COUNTED)
    return render_template(
        "dashboard/health.html",
        found=found,
        status=state,
        days=DAYS,
        enough=ENOUGH,
        line=COMPLAINT_LINE,
        warning=COMPLAINT_WARNING,
        why=WHY_SUPPRESSED,
    )
