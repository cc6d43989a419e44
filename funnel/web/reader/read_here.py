"""The e-book as a page, under the token of the file: for a phone, for the night, with chapters and a place kept."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, make_response, render_template, request

from funnel.compose.page import PageText
from funnel.compose.site import Site
from funnel.curriculum.named_files import book_source
from funnel.enrolment.standing import standing
from funnel.enrolment.telling import comes_next
from funnel.language import _
from funnel.links import Purpose, number_of
from funnel.models import Lead
from funnel.signing import base36
from funnel.subscription.opening import Opened, asset_of, open_link
from funnel.tracking.goals import count_download
from funnel.web.context import current_now, current_service, find_signup, speak_to_reader
from funnel.web.reader.discretion import be_discreet
from funnel.web.reader.from_mail import expired
from funnel.web.visitor import network, telling_headers, user_agent

blueprint = Blueprint("read_here", __name__)


@blueprint.get("/download/<token:token>/read")
def page(token: str) -> Response:
    """The book. That it was opened is counted as the download of its file is."""
    service, now = current_service(), current_now()
    opened = open_link(service, Purpose.DOWNLOAD, token, now)
    if opened is not None:
        be_discreet(speak_to_reader(opened.lead_id))
    source = None if opened is None else book_source(service.library, opened.name)
    if opened is None or source is None:
        abort(404)
    if not opened.valid:
        return expired(
            find_signup(opened.signup),
            _("This link has expired"),
            _("A link like this works for %(days)s days.", days=90),
        )
    path, text = source
    book = Site.of(service.library, urlsplit(service.settings.site_url).path).book(PageText(text, path))
    response = make_response(
        render_template(
            "pages/read_here.html",
            book=book,
            token=token,
            kept_as=base36(number_of(path)),
            comes_next=_comes_next(opened),
        )
    )
    response.headers["Cache-Control"] = "private, no-store"
    asset = asset_of(service, opened)
    if request.method == "GET" and asset is not None:
        raw = {
            "method": request.method,
            "network": network(request.remote_addr),
            "user_agent": user_agent(request.environ),
            "headers": telling_headers(request.environ),
        }
        count_download(service, opened, asset, now, raw)
    return response


def _comes_next(opened: Opened) -> str:
    """What is told below the book, as below the training."""
    service = current_service()
    with service.db.read() as session:
        return comes_next(standing(session, service, session.get(Lead, opened.lead_id), current_now()))
