"""Whom a number of the funnel counts, as the address of the list of people says it."""

from __future__ import annotations

from flask import request

from funnel.insight.cohorts import CohortFilter
from funnel.models import OF_SIGNUPS, CohortDimension, FunnelStage
from funnel.web.context import current_service
from funnel.web.dashboard.funnel_words import STAGES, part_name
from funnel.web.dashboard.params import query_text
from funnel.web.dashboard.spans import asked_days


def asked_cohort() -> CohortFilter | None:
    """What the query says: `offer`, `stage`, days, and a part by `by` and `value`. None where it names no stage."""
    offer, stage = query_text("offer"), request.args.get("stage", "")
    if offer is None or stage not in {each.value for each in OF_SIGNUPS}:
        return None
    by = request.args.get("by", "")
    dimension = CohortDimension(by) if by in set(CohortDimension) else CohortDimension.ALL
    value = query_text("value") or ""
    still = bool(request.args.get("still"))
    return CohortFilter(offer, FunnelStage(stage), asked_days().span, dimension, value, still)


def cohort_query() -> dict[str, str]:
    """The same query again, for the next page of the list."""
    names = ("offer", "stage", "from", "to", "by", "value", "still")
    return {name: said for name in names if (said := query_text(name)) is not None}


def cohort_words(wanted: CohortFilter) -> str:
    """Such as "Attachment quiz: confirmed, of those who signed up 1 Mar 2027 to 31 Mar 2027, instagram"."""
    offer = current_service().library.offers.get(wanted.offer)
    part = f", {part_name(wanted.dimension, wanted.value)}" if wanted.dimension is not CohortDimension.ALL else ""
    reached = "still under way" if wanted.still else STAGES[wanted.stage][0].lower()
    title = offer.title if offer is not None else wanted.offer
    return f"{title}: {reached}, of those who signed up {asked_days().words}{part}"
