"""What other sites show beside a link to an offer: its title, its teaser, and a card made from it (Open Graph)."""

from __future__ import annotations

from typing import NamedTuple

from flask import Blueprint, make_response, request, url_for
from werkzeug.wrappers import Response

from funnel.compose.card import Card, card_picture
from funnel.curriculum.model import Offer
from funnel.language import _, direction, language
from funnel.web.context import current_service
from funnel.web.language import page_language
from funnel.web.site.pages import KIND_NAMES, open_offer
from funnel.web.static_urls import FOR_EVER

blueprint = Blueprint("cards", __name__)


class Shared(NamedTuple):
    """Whole addresses: of the offer's page, without anything that tells who shared it, and of its card."""

    page: str
    picture: str


@blueprint.get("/offers/<slug>/card.png")
def card(slug: str) -> Response:
    """The card of an open offer as it is now; made when it is first asked for."""
    found = _card(open_offer(slug))
    response = make_response(card_picture(found))
    response.mimetype = "image/png"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cross-Origin-Resource-Policy"] = (
        "cross-origin"  # the preview of a link is shown in another's page
    )
    if request.args.get("v") == found.mark:
        response.headers["Cache-Control"] = FOR_EVER
    response.add_etag()
    return response.make_conditional(request)


def shared(offer: Offer) -> Shared:
    """The addresses that the page of this offer names for those who share it, in the language it is shown in."""
    spoken = {} if page_language() is None else {"lang": language()}
    return Shared(
        url_for("pages.offer", slug=offer.slug, _external=True, **spoken),
        url_for("cards.card", slug=offer.slug, v=_card(offer).mark, _external=True, **spoken),
    )


def _card(offer: Offer) -> Card:
    practice, spoken = current_service().library.practice, language()
    return Card.of(offer.title, _(KIND_NAMES[offer.kind]), practice, spoken, rtl=direction(spoken) == "rtl")
