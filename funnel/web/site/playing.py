"""The way from a training's form to its player, which opens at once in the browser that the form was sent from.

A cookie that the player alone is sent, and that ends with the browser's session, says who has just signed up; nothing
else opens with it. Where no cookie of ours reaches, on another site or in a program's answer, a link carries the same.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import current_app, redirect, request, url_for
from werkzeug.wrappers import Response

from funnel.curriculum.model import Offer
from funnel.models import Consent
from funnel.subscription.watching import open_watch_now, plays_at_once, watch_now_token
from funnel.web.context import current_service

_COOKIE = "watching"
SENT, WITH = "sent", "with"
"""Arguments of the player's address: the form was sent a moment ago; the token that the cookie is to be made of."""


def to_the_player(offer: Offer, asking: Consent, back: str = "") -> Response:
    """Leads there, with the cookie. `back` is where the thanks lead, for a browser that takes none."""
    return _set_off(offer, watch_now_token(current_service(), asking), back)


def begin_with(offer: Offer, token: str) -> Response:
    """Leads from a link with a token to the player without one; to the sign-up page where it opens nothing."""
    if not checked_token(offer, token):
        return redirect(url_for("pages.offer", slug=offer.slug))
    return _set_off(offer, token)


def asked_here(offer: Offer) -> int | None:
    """The number of the asking by which this browser signed up for this training, some hours ago at most."""
    return open_watch_now(current_service(), offer.slug, request.cookies.get(_COOKIE, ""))


def watch_token(offer: Offer, asking: Consent) -> str:
    """What a link to the player carries; "" where nothing plays."""
    return watch_now_token(current_service(), asking) if plays_at_once(current_service(), offer) else ""


def checked_token(offer: Offer, token: str) -> str:
    """This token, if it opens the player; else ""."""
    return token if open_watch_now(current_service(), offer.slug, token) is not None else ""


def watch_url(offer: Offer, token: str) -> str:
    """The link to the player for where no cookie reaches; "" without a token."""
    return _page(offer, _external=True, **{WITH: token}) if token else ""


def _set_off(offer: Offer, token: str, back: str = "") -> Response:
    secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
    url = _page(offer, back=back or None, **{SENT: "yes"})
    response = redirect(url, 303)
    response.set_cookie(_COOKIE, token, path=urlsplit(url).path, httponly=True, samesite="Lax", secure=secure)
    return response


def _page(offer: Offer, **values: Any) -> str:
    return url_for("watch_now.page", slug=offer.slug, **values)
