"""The page of who may see no people: whole months, one way of telling apart, and no small number."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue

from funnel.curriculum import local_date
from funnel.insight.guarded import guarded_cohorts, months_over
from funnel.models import CohortDimension
from funnel.web.context import current_now, current_service
from funnel.web.dashboard import funnel_words
from funnel.web.dashboard.blueprint import blueprint
from funnel.web.dashboard.funnel import asked_dimension


@blueprint.get("/numbers")
def numbers() -> ResponseReturnValue:
    """One of the last twelve months that are over. What the query cannot mean is the newest, told apart by nothing."""
    service, by = current_service(), asked_dimension()
    by = by if by in funnel_words.DIMENSIONS else CohortDimension.ALL
    months = {
        f"{span.first:%Y-%m}": span for span in months_over(local_date(current_now(), service.library.practice.zone))
    }
    chosen = request.args.get("month", "")
    chosen = chosen if chosen in months else next(iter(months))
    with service.db.read() as session:
        lines = guarded_cohorts(session, months[chosen], by)
    return render_template(
        "dashboard/numbers.html", lines=lines, months=months, chosen=chosen, by=by, words=funnel_words
    )
