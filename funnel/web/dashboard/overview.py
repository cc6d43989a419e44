"""The first page: what needs a person, the funnel of each offer, each sequence, and how the service is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from itertools import groupby
from operator import attrgetter

from flask import abort, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from funnel.curriculum.agreeing import following
from funnel.enrolment.enrolment import AGREED
from funnel.insight import (
    OfferFunnel,
    Status,
    download_counts,
    needs,
    offer_funnels,
    sequence_reports,
    status,
    subject_tests,
)
from funnel.insight.answers import answer_counts
from funnel.insight.followed import followed_counts
from funnel.insight.needs import NeedKind
from funnel.insight.purchases import purchase_counts
from funnel.insight.reminders import reminder_counts
from funnel.insight.status import QueueState
from funnel.models import DeliveryState, FunnelStage
from funnel.sending.rest_summary import rest_summaries
from funnel.web.context import current_now, current_service
from funnel.web.dashboard.before_mail import cards_before_mail
from funnel.web.dashboard.blueprint import blueprint
from funnel.web.dashboard.labels import RANGES, UNKNOWN_PROXY, NeedWords, need_words
from funnel.web.dashboard.params import clean
from funnel.web.unknown_proxy import visitors_look_like_one

_DEFAULT_RANGE = "90"
# The two states that only grow are left out: their sums stand in the tables, kept by counters.
_COUNTED = tuple(state for state in DeliveryState if state not in (DeliveryState.ACCEPTED, DeliveryState.SKIPPED))


@blueprint.get("", strict_slashes=False)
def overview() -> ResponseReturnValue:
    service, now = current_service(), current_now()
    chosen, since = chosen_range(now)
    queues = QueueState(service.queue.lengths(), service.queue.workers())
    with service.db.read() as session:
        state = status(session, queues, service.clock.machine_now(), now, _COUNTED)
        ever = bool(offer_funnels(session))
        funnels = _with_open_offers(offer_funnels(session, since))
        files = download_counts(session, since)
        reminders = reminder_counts(session, since)
        purchases = purchase_counts(session, since)
        answered = answer_counts(session, service.library.questions)
        followed = followed_counts(session, _followers(), AGREED)
        reports = sequence_reports(session, since)
        before = cards_before_mail(session, now)
        wanting = what_needs_you(session, state, now)
        resting = rest_summaries(session, current_service())
    return render_template(
        "dashboard/overview.html",
        now=now,
        chosen=chosen,
        before_mail=before,
        needs=wanting,
        resting=resting,
        funnels=funnels,
        reports=reports,
        downloads=files,
        followed=followed,
        answered={name: list(counts) for name, counts in groupby(answered, key=attrgetter("question"))},
        purchases=purchases,
        reminders=reminders,
        status=state,
        quiet=not any(any(funnel.counts.values()) for funnel in funnels),
        fresh=not ever,
    )


@blueprint.get("/sequences/<slug>")
def sequence(slug: str) -> ResponseReturnValue:
    now = current_now()
    chosen, since = chosen_range(now)
    with current_service().db.read() as session:
        reports = sequence_reports(session, since, clean(slug))
        tests = subject_tests(session, clean(slug))
    if not reports:
        abort(404)
    return render_template("dashboard/sequence.html", now=now, chosen=chosen, report=reports[0], tests=tests)


def chosen_range(now: datetime) -> tuple[str, date | None]:
    """The range asked for (`days` in the query) and its first UTC date; anything not offered is the default."""
    chosen = request.args.get("days", _DEFAULT_RANGE)
    chosen = chosen if chosen in RANGES else _DEFAULT_RANGE
    return chosen, None if chosen == "all" else now.date() - timedelta(days=int(chosen) - 1)


def what_needs_you(session: Session, state: Status, now: datetime) -> list[NeedWords]:
    """What needs a person, in words."""
    service = current_service()
    found = needs(session, state, now, service.clock.rate)
    if service.real_mail.stands(session, service.library, now):
        # Mail that waits for the practice to be mended is late, and no worker can help that.
        found = [need for need in found if need.kind is not NeedKind.LATE]
    words = [need_words(need) for need in found]
    return [UNKNOWN_PROXY, *words] if visitors_look_like_one() else words


def _followers() -> dict[str, str]:
    """By offer, the sequence that its second box asks for."""
    offers, sequences = current_service().library.offers, current_service().library.sequences
    found = {slug: following(offer, sequences) for slug, offer in offers.items()}
    return {slug: sequence.slug for slug, sequence in found.items() if sequence is not None}


def _with_open_offers(funnels: list[OfferFunnel]) -> list[OfferFunnel]:
    """Offers that are open but were never seen stand there too, with nought; those people come to most come first."""
    known = {funnel.offer for funnel in funnels}
    nought: Mapping[FunnelStage, int] = dict.fromkeys(FunnelStage, 0)
    unseen = [
        OfferFunnel(slug, nought)
        for slug, offer in current_service().library.offers.items()
        if offer.open and slug not in known
    ]
    return sorted(funnels + unseen, key=lambda funnel: (-funnel.counts[FunnelStage.SIGNUPS], funnel.offer))
