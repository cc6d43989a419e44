"""What is kept of a reader, by the link that was mailed to her for it. Opening it changes nothing."""

from __future__ import annotations

from flask import Blueprint, Response, abort, make_response, render_template, request

from funnel.models import Lead
from funnel.privacy.erase import erase_lead
from funnel.privacy.export import export
from funnel.privacy.own_data import open_own_data
from funnel.subscription.keeping import forget_result, own_result
from funnel.subscription.preferences import rename
from funnel.web.context import current_now, current_service
from funnel.web.dates import spoken_day

blueprint = Blueprint("own_data", __name__)


@blueprint.get("/your-data/<token:token>")
def show(token: str) -> Response:
    lead = _reader(token)
    if isinstance(lead, Response):
        return lead
    return _page("show", lead=lead, token=token)


@blueprint.get("/your-data/<token:token>/copy.zip")
def copy(token: str) -> Response:
    """All that is kept of her, to take along."""
    lead = _reader(token)
    if isinstance(lead, Response):
        return lead
    response = make_response(export(current_service(), lead, current_now()))
    response.headers["Content-Type"] = "application/zip"
    response.headers["Content-Disposition"] = 'attachment; filename="my-data.zip"'
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.post("/your-data/<token:token>")
def change(token: str) -> Response:
    """Calls her by another name, deletes her quiz's result, or erases her, for good: if the form says so."""
    lead = _reader(token)
    if isinstance(lead, Response):
        return lead
    asked = request.form.get("do")
    if asked == "name":
        lead.first_name = rename(current_service(), lead.id, request.form.get("name", ""))
        return _page("show", lead=lead, token=token, renamed=lead.first_name)
    if asked == "forget-result":
        return _page("show", lead=lead, token=token, forgotten=forget_result(current_service(), lead.id))
    if asked != "erase":
        abort(400)
    erase_lead(current_service(), lead.id, current_now())
    return _page("erased")


def _reader(token: str) -> Lead | Response:
    """Whose link this is, or the page that says why it opens nothing. Answers 404 where it is not ours."""
    lead, valid = open_own_data(current_service(), token, current_now())
    if lead is None:
        return _page("gone", 410) if valid else abort(404)
    return lead if valid else _page("expired", 410)


def _result(lead: Lead) -> dict[str, str] | None:
    """What is kept of her quiz, in the words of its page, and until when; None where nothing is."""
    service = current_service()
    found = own_result(service, lead.id, current_now())
    if found is None:
        return None
    slug, region, until = found
    offer = service.library.offers.get(slug)
    words = None if offer is None or offer.quiz is None else offer.quiz.results.get(region)
    return {"says": words.title if words else region, "until": spoken_day(until, service.zone_of(lead))}


def _page(said: str, status: int = 200, **more: object) -> Response:
    lead = more.get("lead")
    if isinstance(lead, Lead):
        more["result"] = _result(lead)
    response = make_response(render_template("pages/own_data.html", said=said, **more), status)
    response.headers["Cache-Control"] = "no-store"
    return response
