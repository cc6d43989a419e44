"""The training for who has just signed up for it, before her mail is there: in that browser, for some hours."""

from __future__ import annotations

from flask import Blueprint, abort, make_response, redirect, request, url_for
from werkzeug.wrappers import Response

from funnel.curriculum.model import Offer
from funnel.subscription.signup import SignedUp
from funnel.subscription.watching import plays_at_once, watched_at_once
from funnel.web.context import current_now, current_service
from funnel.web.reader.assets import TrainingFiles, training_files
from funnel.web.reader.watch import PlayerAddresses, player, quarter_sent, training_part
from funnel.web.site.pages import open_offer
from funnel.web.site.playing import SENT, WITH, begin_with, who_signed_up

blueprint = Blueprint("watch_now", __name__, url_prefix="/offers/<slug>/watch")


@blueprint.get("")
def page(slug: str) -> Response:
    """The player. Who comes without the cookie goes to the thanks, if the form was just sent, else to the form."""
    offer, training = _offered(slug)
    token = request.args.get(WITH, "")
    if token:
        return begin_with(offer, token)
    if who_signed_up(offer) is None:
        back = request.args.get("back")
        name = "pages.thanks" if SENT in request.args else "pages.offer"
        return redirect(url_for(name, slug=slug, back=back if SENT in request.args else None))
    return player(training, _addresses(slug), thanks=offer.thanks)


@blueprint.get("/<any(video, captions, chapters, poster):what>")
def part(slug: str, what: str) -> Response:
    _, training, _ = _signed_up(slug)
    return training_part(training, what)


@blueprint.post("/progress")
def progress(slug: str) -> Response:
    """Notes how far was watched; it becomes the reader's once she confirms."""
    quarter = quarter_sent()
    _, _, signed_up = _signed_up(slug)
    watched_at_once(current_service(), signed_up, quarter, current_now())
    if "by-hand" in request.form:
        return redirect(_addresses(slug).page(noted=""), 303)
    return make_response("", 204)


def _addresses(slug: str) -> PlayerAddresses:
    return PlayerAddresses("watch_now", {"slug": slug})


def _offered(slug: str) -> tuple[Offer, TrainingFiles]:
    offer, service = open_offer(slug), current_service()
    training = training_files(service, offer.asset or "") if plays_at_once(service, offer) else None
    if training is None:
        abort(404)
    return offer, training


def _signed_up(slug: str) -> tuple[Offer, TrainingFiles, SignedUp]:
    """What has just been signed up for in this browser, and by whom. Answers 404 elsewhere."""
    offer, training = _offered(slug)
    signed_up = who_signed_up(offer)
    if signed_up is None:
        abort(404)
    return offer, training, signed_up
