"""The promised file: signed, expiring, counted."""

from __future__ import annotations

from flask import Blueprint, Response, abort, request, send_file

from funnel.links import Purpose
from funnel.response.goals import count_download
from funnel.web.assets import ebook_file
from funnel.web.context import current_now, current_service, find_signup
from funnel.web.reader import expired
from funnel.web.visitor import network, telling_headers, user_agent


def downloads_blueprint() -> Blueprint:
    blueprint = Blueprint("downloads", __name__)
    blueprint.add_url_rule("/download/<token>", view_func=download)
    return blueprint


def download(token: str) -> Response:
    service, now = current_service(), current_now()
    signup_id, valid = service.links.open_dated(Purpose.DOWNLOAD, token, now)
    signup = find_signup(signup_id)
    if signup_id is None or signup is None or signup.confirmed_at is None:
        abort(404)
    offer = service.library.offers.get(signup.offer)
    if not valid:
        return expired(signup.offer, "This download link has grown too old", "A link like this works for 90 days.")
    if offer is None or offer.asset is None or offer.kind != "ebook":
        abort(404)
    path = ebook_file(service.settings, service.library, offer.asset)
    if path is None:
        abort(404)
    response = send_file(
        path, mimetype="application/pdf", as_attachment=True, download_name=f"{offer.title}.pdf", max_age=0
    )
    response.headers["Cache-Control"] = "private, no-store"
    if _counts(response):
        raw = {
            "method": request.method,
            "network": network(request.remote_addr),
            "user_agent": user_agent(request.environ),
            "headers": telling_headers(request.environ),
        }
        count_download(service, signup_id, now, raw)
    return response


def _counts(response: Response) -> bool:
    """A download counts once: readers of PDF fetch one in many ranges, and only the first begins at the beginning."""
    begins = response.status_code == 200 or (
        response.status_code == 206 and response.headers.get("Content-Range", "").startswith("bytes 0-")
    )
    return request.method == "GET" and begins
