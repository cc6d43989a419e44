"""The files that were promised: signed, expiring, counted."""

from __future__ import annotations

from pathlib import PurePosixPath

from flask import Blueprint, Response, abort, request

from funnel.curriculum import File
from funnel.language import _
from funnel.links import Purpose
from funnel.subscription.opening import Opened, asset_of, open_link
from funnel.tracking.goals import count_download
from funnel.web.context import current_now, current_service, find_signup, speak_to_reader
from funnel.web.files import file_response
from funnel.web.reader.discretion import be_discreet, is_discreet
from funnel.web.reader.from_mail import expired
from funnel.web.site.media import PICTURE_TYPES
from funnel.web.visitor import network, telling_headers, user_agent

_TYPES = {".pdf": "application/pdf", **PICTURE_TYPES}

blueprint = Blueprint("downloads", __name__)


@blueprint.get("/download/<token:token>")
def download(token: str) -> Response:
    found = opened_by(token)
    if isinstance(found, Response):
        return found
    service, (opened, asset) = current_service(), found
    file = service.library.files[asset]
    response = file_response(
        service.files.path(file),
        _TYPES.get(file.suffix, "application/octet-stream"),
        max_age=0,
        as_attachment=True,
        download_name=_saved_as(opened, asset, file),
    )
    response.headers["Cache-Control"] = "private, no-store"
    if _counts(response):
        count_opening(opened, asset)
    return response


def opened_by(token: str) -> tuple[Opened, str] | Response:
    """Whose link it is, and the asset it opens, or the page for an expired one. Answers 404 where it opens none."""
    service = current_service()
    opened = open_link(service, Purpose.DOWNLOAD, token, current_now())
    if opened is not None:
        be_discreet(speak_to_reader(opened.lead_id))
    asset = None if opened is None else asset_of(service, opened)
    if opened is None or asset is None:
        abort(404)
    if not opened.valid:
        return expired(
            find_signup(opened.signup),
            _("This download link has expired"),
            _("A link like this works for %(days)s days.", days=90),
        )
    return opened, asset


def count_opening(opened: Opened, asset: str) -> None:
    """Counts that the file was fetched, or read here, by this request."""
    raw = {
        "method": request.method,
        "network": network(request.remote_addr),
        "user_agent": user_agent(request.environ),
        "headers": telling_headers(request.environ),
    }
    count_download(current_service(), opened, asset, current_now(), raw)


def _saved_as(opened: Opened, asset: str, file: File) -> str:
    """What the browser calls the file: by the offer's title where it is what the offer promised, else by its name.

    For a reader who keeps subjects discreet it says nothing: it stands in a list that others may see.
    """
    if is_discreet():
        return _("Document") + file.suffix
    offer = current_service().library.offers.get(opened.offer)
    stem = PurePosixPath(asset).stem
    return f"{offer.title if offer is not None and offer.asset == opened.name else stem}{file.suffix}"


def _counts(response: Response) -> bool:
    """A download counts once: readers of PDF fetch one in many ranges, and only the first begins at the beginning."""
    begins = response.status_code == 200 or (
        response.status_code == 206 and response.headers.get("Content-Range", "").startswith("bytes 0-")
    )
    return request.method == "GET" and begins
