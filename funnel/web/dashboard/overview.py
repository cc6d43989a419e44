"""The first page: what needs a person, and how the service is."""

from __future__ import annotations

from datetime import datetime

from flask import render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from funnel.insight import (
    Status,
    cohorts,
    needs,
    page_counts,
    sequence_reports,
    status,
)
from funnel.insight.needs import NeedKind
from funnel.insight.status import QueueState
from funnel.models import DeliveryState
from funnel.sending.rest_summary import rest_summaries
from funnel.web.context import current_now, current_service
from funnel.web.dashboard.before_mail import cards_before_mail
from funnel.web.dashboard.blueprint import blueprint
from funnel.web.dashboard.labels import UNKNOWN_PROXY, NeedWords, need_words
from funnel.web.unknown_proxy import visitors_look_like_one

_DEFAULT_RANGE = "90"
# The two states that only grow are left out: their sums stand in the tables, kept by counters.
_COUNTED = tuple(state for state in DeliveryState if state not in (DeliveryState.ACCEPTED, DeliveryState.SKIPPED))


@blueprint.get("", strict_slashes=False)
def overview() -> ResponseReturnValue:
    service, now = current_service(), current_now()
    queues = QueueState(service.queue.lengths(), service.queue.workers())
    with service.db.read() as session:
        state = status(session, queues, service.clock.machine_now(), now, _COUNTED)
        ever = bool(page_counts(session) or cohorts(session))
        published = len(sequence_reports(session))
        before = cards_before_mail(session, now)
        wanting = what_needs_you(session, state, now)
        resting = rest_summaries(session, current_service())
    return render_template(
        "dashboard/overview.html",
        now=now,
        before_mail=before,
        needs=wanting,
        resting=resting,
        status=state,
        fresh=not ever,
        published=published,
        open_offers=[slug for slug, offer in service.library.offers.items() if offer.open],
    )


def what_needs_you(session: Session, state: Status, now: datetime) -> list[NeedWords]:
    """What needs a person, in words."""
    service = current_service()
    found = needs(session, state, now, service.clock.rate)
    if service.real_mail.stands(session, service.library, now):
        # Mail that waits for the practice to be mended is late, and no worker can help that.
        found = [need for need in found if need.kind is not NeedKind.LATE]
    words = [need_words(need) for need in found]
    return [UNKNOWN_PROXY, *words] if visitors_look_like_one() else words
