"""The training for who has just signed up for it, before her mail is there: in that browser, for some hours."""

from __future__ import annotations

from flask import Blueprint, abort, make_response, redirect, request, url_for
from werkzeug.wrappers import Response

from funnel.curriculum.model import Offer
from funnel.subscription.watching import plays_at_once, watched_at_once
from funnel.web.context import current_now, current_service
from funnel.web.reader.assets import TrainingFiles, training_files
from funnel.web.reader.watch import PlayerAddresses, player, quarter_sent, training_part
from funnel.web.site.pages import open_offer
from funnel.web.site.playing import SENT, WITH, asked_here, begin_with

blueprint = Blueprint("watch_now", __name__, url_prefix="/offers/<slug>/watch")


@blueprint.get("")
def page(slug: str) -> Response:
    """The player. Who comes without the cookie goes to the thanks, if the form was just sent, else to the form."""
    offer = _offered(slug)
    if token := request.args.get(WITH, ""):
        return begin_with(offer, token)
    if asked_here(offer) is not None:
        return player(_training(offer), _addresses(slug), thanks=offer.thanks)
    if SENT in request.args:
        return redirect(url_for("pages.thanks", slug=slug, back=request.args.get("back")))
    return redirect(url_for("pages.offer", slug=slug))


@blueprint.get("/<any(video, captions, chapters, poster):what>")
def part(slug: str, what: str) -> Response:
    offer = _offered(slug)
    if asked_here(offer) is None:
        abort(404)
    return training_part(_training(offer), what)


@blueprint.post("/progress")
def progress(slug: str) -> Response:
    """Notes how far was watched; it becomes the reader's once she confirms."""
    quarter, asking = quarter_sent(), asked_here(_offered(slug))
    if asking is None or not watched_at_once(current_service(), asking, quarter, current_now()):
        abort(404)
    if "by-hand" in request.form:
        return redirect(_addresses(slug).page(noted=""), 303)
    return make_response("", 204)


def _addresses(slug: str) -> PlayerAddresses:
    return PlayerAddresses("watch_now", {"slug": slug})


def _offered(slug: str) -> Offer:
    """The offer whose training plays at once. Answers 404 where there is none."""
    offer = open_offer(slug)
    if not plays_at_once(current_service(), offer):
        abort(404)
    return offer


def _training(offer: Offer) -> TrainingFiles:
    training = training_files(current_service(), offer.asset or "")
    if training is None:
        abort(404)
    return training
