"""The e-book as a page, under the token of the file: for a phone, for the night, with chapters and a place kept."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from funnel.compose.page import PageText
from funnel.compose.site import Site
from funnel.curriculum.named_files import book_source
from funnel.enrolment.standing import standing
from funnel.enrolment.telling import comes_next
from funnel.links import number_of
from funnel.models import Lead
from funnel.signing import base36
from funnel.subscription.opening import Opened
from funnel.web.context import current_now, current_service
from funnel.web.reader.downloads import count_opening, opened_by

blueprint = Blueprint("read_here", __name__)


@blueprint.get("/download/<token:token>/read")
def page(token: str) -> Response:
    """The book. That it was opened is counted as the download of its file is."""
    found = opened_by(token)
    if isinstance(found, Response):
        return found
    service, (opened, asset) = current_service(), found
    source = book_source(service.library, opened.name)
    if source is None:  # in her language, or by now, it is a file that was brought as it is
        return make_response(redirect(url_for("downloads.download", token=token)))
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
    if request.method == "GET":
        count_opening(opened, asset)
    return response


def _comes_next(opened: Opened) -> str:
    """What is told below the book, as below the training."""
    service = current_service()
    with service.db.read() as session:
        return comes_next(standing(session, service, session.get(Lead, opened.lead_id), current_now()))
