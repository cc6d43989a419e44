"""The pictures of pages and mails, open to anybody."""

from __future__ import annotations

import re

from flask import Blueprint, Response, abort

from funnel.curriculum import File
from funnel.web.context import current_service
from funnel.web.files import file_response

PICTURE_TYPES = {".jpg": "image/jpeg", ".png": "image/png", ".gif": "image/gif"}
_NAME = re.compile(r"([0-9a-f]{64})(\.jpg|\.png|\.gif)")
_A_YEAR = 365 * 24 * 3600

blueprint = Blueprint("media", __name__)


@blueprint.get("/media/<name>")
def picture(name: str) -> Response:
    """A picture that an edition names; its address is made of its content, so a browser may keep it for ever."""
    found = _NAME.fullmatch(name)
    if found is None:
        abort(404)
    try:
        path = current_service().files.path(File(found[1], found[2], 0))
    except LookupError:
        abort(404)
    response = file_response(path, PICTURE_TYPES[found[2]], max_age=_A_YEAR)
    response.headers["Cache-Control"] = f"public, max-age={_A_YEAR}, immutable"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"  # mail programs on the web show it in their page
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
