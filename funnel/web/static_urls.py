"""The addresses of static files, and how long a browser keeps what lies there."""

from __future__ import annotations

import hashlib
import mimetypes
from collections.abc import Callable
from functools import cache
from pathlib import Path

from flask import Flask, Response, request, url_for

# RFC 8246: not even a reload asks again. Only for an address that is made of the content.
FOR_EVER = "public, max-age=31536000, immutable"


mimetypes.add_type("font/woff2", ".woff2")  # RFC 8081; not in every machine's list


def content_mark(content: bytes) -> str:
    """What tells this content from any other, for an address."""
    return hashlib.sha256(content).hexdigest()[:10]


@cache
def _mark(file: Path) -> str:
    return content_mark(file.read_bytes())


def static_urls(endpoint: str, folder: Path) -> Callable[[str], str]:
    """What gives a file's address: with a mark of its content, so that browsers never keep an old one."""
    return lambda name: url_for(endpoint, filename=name, v=_mark(folder / name))


def keep_static_files(app: Flask) -> None:
    """Let browsers keep a static file for ever where they asked for it by the mark of what it is now."""
    folder = Path(str(app.static_folder))

    @app.after_request
    def keep(response: Response) -> Response:
        if request.endpoint == "static" and response.status_code == 200:
            asked = request.args.get("v")
            if asked is not None and asked == _mark(folder / (request.view_args or {})["filename"]):
                response.headers["Cache-Control"] = FOR_EVER
        return response
