"""A letter as a web page."""

from __future__ import annotations

from pathlib import Path

from flask import Response, current_app, make_response

from funnel.web.headers import COPY_POLICY
from funnel.web.static_urls import static_urls


def letter_page(html: str) -> Response:
    """The answer that shows a mail's HTML in the browser: its headings in our serif, and nothing in it can run."""
    sheet = static_urls("static", Path(str(current_app.static_folder)))("letter.css")
    response = make_response(html.replace("</head>", f'<link rel="stylesheet" href="{sheet}">\n</head>', 1))
    response.headers["Content-Security-Policy"] = COPY_POLICY
    return response
