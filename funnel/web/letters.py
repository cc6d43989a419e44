"""A letter as a web page."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

from flask import Response, current_app, make_response, render_template
from markupsafe import escape

from funnel.web.headers import COPY_POLICY
from funnel.web.static_urls import static_urls

_TITLE = re.compile(r"<title>(.*?)</title>", re.S)
_BODY = re.compile(r"<body[^>]*>")
# Paper is light: what a mail says of the night is for screens.
_NIGHT = re.compile(r"@media\s*(?=\(prefers-color-scheme)")
_LETTER = re.compile(r'<td\b[^>]*\bclass="letter"[^>]*>')


def letter_page(html: str, *, head: str = "", before: str = "", discreet: bool = False) -> Response:
    """The answer that shows a mail's HTML in the browser: nothing of the mail can run, and its headings have our serif.

    A mail has its subject outside, a page has it as a heading. `head` and `before` are markup of our own, for the end
    of its head and the start of its body; with `discreet` the tab names no subject.
    """
    title = _TITLE.search(html)
    heading = f'<h1 class="title">{escape(unescape(title[1]))}</h1>\n' if title and title[1].strip() else ""
    if discreet:
        html = _TITLE.sub("<title>…</title>", html, count=1)
    html = _NIGHT.sub("@media screen and ", html)
    sheet = static_urls("static", Path(str(current_app.static_folder)))("letter.css")
    html = html.replace("</head>", f'<link rel="stylesheet" href="{sheet}">\n{head}</head>', 1)
    html = _BODY.sub(lambda body: f"{body[0]}{before}<main>", html, count=1).replace("</body>", "</main></body>", 1)
    response = make_response(_LETTER.sub(lambda cell: cell[0] + heading, html, count=1))
    response.headers["Content-Security-Policy"] = COPY_POLICY
    return response


def own_letter_page(html: str, *, discreet: bool = False, **ways: object) -> Response:
    """The same for a letter of hers: above it the way out at once and, by `ways`, to the letters around it.

    The way out is our own script; the letter brings none.
    """
    values = {"visit": None, "before": None, "after": None, **ways}
    strip, head = (render_template(f"pages/room/_letter_{part}.html", **values) for part in ("strip", "head"))
    response = letter_page(html, head=head, before=strip, discreet=discreet)
    response.headers["Content-Security-Policy"] += "; script-src 'self'"
    return response
