"""The list of people, and one person's ledger."""

from __future__ import annotations

from flask import abort, render_template, request
from flask.typing import ResponseReturnValue

from funnel.curriculum.addresses import email_key
from funnel.curriculum.sold import offers_selling
from funnel.curriculum.throwaway import throwaway_domain
from funnel.insight import Ledger, bookings_page, ledger, people_counts, people_page
from funnel.insight.answers import answers_shown
from funnel.insight.cohorts import gone_of
from funnel.insight.people import PersonEnrolment
from funnel.insight.people_filter import known_sources, known_tags
from funnel.models import NOT_ENDED, EnrolmentState, Lead, LeadState
from funnel.web.context import current_now, current_service
from funnel.web.dashboard.acts import ACTS_SAID
from funnel.web.dashboard.blueprint import blueprint
from funnel.web.dashboard.params import LARGEST_ID, page_before
from funnel.web.dashboard.people_query import asked_people
from funnel.web.dashboard.tags import SAID


@blueprint.get("/people")
@blueprint.post("/people", endpoint="find_people")
def people() -> ResponseReturnValue:
    """The newest first. A search is a POST, so that no address is written into a log or a history."""
    asked = asked_people()
    with current_service().db.read() as session:
        lines, before = people_page(session, page_before(), asked.state, asked.search, among=asked.among)
        counts = people_counts(session)
        gone_of_them = gone_of(session, asked.counted) if asked.counted is not None else 0
        tags, sources = known_tags(session), known_sources(session)
    gone = counts.pop(LeadState.ERASED)
    return render_template(
        "dashboard/people.html",
        asked=asked,
        lines=lines,
        before=before,
        counts=counts,
        gone=gone,
        gone_of_them=gone_of_them,
        tags=tags,
        sources=sources,
        sequences=current_service().library.sequences,
        done=request.args.get("done", ""),
    )


@blueprint.get("/people/<int:lead_id>")
def person(lead_id: int) -> ResponseReturnValue:
    service = current_service()
    done = request.args.get("done", "")
    said = SAID.get(done, "")
    with service.db.read() as session:
        lead = session.get(Lead, lead_id) if lead_id <= LARGEST_ID else None
        if lead is None:
            abort(404)
        if lead.state == LeadState.ERASED:
            return render_template("dashboard/person_erased.html")
        found = ledger(session, lead_id, service.links.address_digest(email_key(lead.email)))
        bookings, _ = bookings_page(session, lead_id=lead_id)
        throwaway = throwaway_domain(lead.email)
        answers = answers_shown(session, lead_id, service.library.questions)
    about = {"bookings": bookings, "throwaway": throwaway, "answers": answers, **_acts(found)}
    return render_template("dashboard/person.html", ledger=found, said=said, act_said=ACTS_SAID.get(done, ""), **about)


def _acts(found: Ledger | None) -> dict[str, object]:
    """What the buttons of her page need to know: what goes on, what was stopped, and what could be started."""
    library = current_service().library
    newest: dict[str, PersonEnrolment] = {}
    for each in reversed(found.enrolments if found is not None else ()):
        newest.setdefault(each.sequence, each)
    had = {slug for slug, each in newest.items() if each.state in NOT_ENDED}
    selling = {slug for slug, each in library.sequences.items() if offers_selling(each)}
    promising = {slug for slug, offer in library.offers.items() if offer.asset}
    signups = found.signups if found is not None else ()
    return {
        "now": current_now(),
        "going": bool(had),
        "stopped": [slug for slug, each in newest.items() if each.state == EnrolmentState.STOPPED],
        "startable": sorted(set(library.sequences) - set(newest) - selling),
        "promised": any(each.confirmed_at is not None and each.offer in promising for each in signups),
    }
