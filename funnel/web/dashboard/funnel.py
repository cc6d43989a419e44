"""Funnels, and sequences lesson by lesson: what became of the people who came."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from flask import Response, abort, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from funnel.curriculum.agreeing import following
from funnel.enrolment.enrolment import AGREED
from funnel.insight import (
    Cohort,
    cohorts,
    cohorts_by,
    download_counts,
    page_counts,
    sequence_reports,
    subject_tests,
)
from funnel.insight.answers import answer_counts
from funnel.insight.cohorts import under_way_now
from funnel.insight.followed import followed_counts
from funnel.insight.purchases import purchase_counts
from funnel.insight.reminders import reminder_counts
from funnel.insight.span import DaySpan
from funnel.models import OF_SIGNUPS, ON_PAGES, CohortDimension
from funnel.web.context import current_now, current_service
from funnel.web.dashboard import funnel_words
from funnel.web.dashboard.blueprint import blueprint
from funnel.web.dashboard.csv_files import as_csv
from funnel.web.dashboard.params import clean
from funnel.web.dashboard.spans import asked_span

_MOST_PARTS = 12


@dataclass(frozen=True, slots=True)
class ShownFunnel:
    """One offer. `before` is the same of as many days before, `parts` its largest parts, of which `more` are left out.

    `views` are of its pages, by the name of the stage.
    """

    offer: str
    whole: Cohort | None
    before: Cohort | None
    still: int
    views: dict[str, int]
    parts: list[Cohort]
    more: int


@blueprint.get("/funnel")
def funnel() -> ResponseReturnValue:
    service, asked, by = current_service(), asked_span(), asked_dimension()
    zone = service.library.practice.zone
    with service.db.read() as session:
        shown = _funnels(session, asked.span, by)
        about = {
            "reports": sequence_reports(session, asked.span),
            "downloads": download_counts(session, asked.span),
            "reminders": reminder_counts(session, asked.span, zone),
            "purchases": purchase_counts(session, asked.span, zone),
            "followed": followed_counts(session, _followers(), AGREED),
            "answered": {
                name: list(counts)
                for name, counts in groupby(
                    answer_counts(session, service.library.questions), key=attrgetter("question")
                )
            },
        }
    return render_template(
        "dashboard/funnel.html",
        asked=asked,
        by=by,
        funnels=shown,
        words=funnel_words,
        nobody=not any(each.whole for each in shown),
        now=current_now(),
        **about,
    )


@blueprint.get("/funnel.csv")
def funnel_table() -> Response:
    """The same numbers as CSV: each offer, or each of its parts, with how many reached each stage."""
    asked, by = asked_span(), asked_dimension()
    with current_service().db.read() as session:
        found = cohorts(session, asked.span) if by is CohortDimension.ALL else cohorts_by(session, by, asked.span)
    told = by is not CohortDimension.ALL
    rows = [
        (
            each.offer,
            funnel_words.part_name(by, each.value) if told else "",
            *(each.counts[stage] for stage in OF_SIGNUPS),
        )
        for each in found
    ]
    return as_csv(("offer", by.value or "part", *(stage.value for stage in OF_SIGNUPS)), rows, "funnel")


@blueprint.get("/sequences/<slug>")
def sequence(slug: str) -> ResponseReturnValue:
    asked = asked_span()
    with current_service().db.read() as session:
        reports = sequence_reports(session, asked.span, clean(slug))
        tests = subject_tests(session, clean(slug))
    if not reports:
        abort(404)
    return render_template("dashboard/sequence.html", asked=asked, report=reports[0], tests=tests)


def asked_dimension() -> CohortDimension:
    """What the query wants people told apart by; all of them where it says nothing that can be."""
    said = request.args.get("by", "")
    return CohortDimension(said) if said in set(CohortDimension) else CohortDimension.ALL


def _funnels(session: Session, span: DaySpan, by: CohortDimension) -> list[ShownFunnel]:
    """Every offer that is open or was seen on these days, those most signed up for first."""
    wholes = {each.offer: each for each in cohorts(session, span)}
    earlier = span.before()
    before = {} if earlier is None else {each.offer: each for each in cohorts(session, earlier)}
    views, still = page_counts(session, span), under_way_now(session, span)
    parts: dict[str, list[Cohort]] = defaultdict(list)
    for each in cohorts_by(session, by, span) if by is not CohortDimension.ALL else []:
        parts[each.offer].append(each)
    open_now = {slug for slug, offer in current_service().library.offers.items() if offer.open}
    shown = [
        ShownFunnel(
            offer,
            wholes.get(offer),
            before.get(offer),
            still.get(offer, 0),
            {stage.value: views.get(offer, {}).get(stage, 0) for stage in ON_PAGES},
            parts[offer][:_MOST_PARTS],
            len(parts[offer][_MOST_PARTS:]),
        )
        for offer in {*wholes, *views, *open_now}
    ]
    return sorted(shown, key=lambda each: (-(each.whole.entered if each.whole else 0), each.offer))


def _followers() -> dict[str, str]:
    """By offer, the sequence that its second box asks for."""
    offers, sequences = current_service().library.offers, current_service().library.sequences
    found = {slug: following(offer, sequences) for slug, offer in offers.items()}
    return {slug: sequence.slug for slug, sequence in found.items() if sequence is not None}
