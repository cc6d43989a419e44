"""The headers of what other sites may show or read. All of them name listed sites only; all else of ours names none."""

from __future__ import annotations

from flask import Response, abort, request
from werkzeug.wrappers import Response as AnyResponse

from funnel.curriculum.sites import is_bare, site_origin
from funnel.web.context import current_service

_FRAME = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors {sites}"
)


def listed_site(said: str) -> str:
    """The origin that was said. Answers 403 where it is none that the practice lists."""
    origin = site_origin(said)
    if origin is None or not is_bare(said) or origin not in current_service().library.practice.sites:
        abort(403)
    return origin


def may_be_framed(response: Response) -> Response:
    """Lets the listed sites show this page in a frame. They are all named: some hosts put a frame around ours."""
    sites = " ".join(current_service().library.practice.sites)
    response.headers["Content-Security-Policy"] = _FRAME.format(sites=sites)
    return response


def may_be_read(response: Response, site: str) -> Response:
    """Lets the pages of this one site read the answer, without cookies (Fetch, CORS protocol)."""
    response.headers["Access-Control-Allow-Origin"] = site
    response.vary.add("Origin")
    return response


def may_be_loaded(response: Response) -> AnyResponse:
    """A script that is the same for everybody: browsers keep it for an hour, and ask whether it changed after that."""
    response.headers["Cache-Control"] = "public, max-age=3600"
    # A host that isolates itself takes only what says that it may be taken (HTML, COEP).
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.add_etag()
    return response.make_conditional(request)
