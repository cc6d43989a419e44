"""The small layer in front of Flask that answers the pixel `/o/…` and the links `/c/…`.

A hit is on disk before the answer leaves, and neither Redis nor the database is on the way. A token that was tampered
with leads nowhere; a link leads only to what the practice published under that number.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

import structlog
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.urls import iri_to_uri

from funnel.links import ClickToken, Purpose, RowRef
from funnel.sending.web_copy import click_target, known_click_target
from funnel.tracking.spool import Hit
from funnel.web.front.at_once import AT_ONCE, NeedsThread
from funnel.web.problems import AWAY
from funnel.web.visitor import network, telling_headers, user_agent
from funnel.wiring import Service

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = structlog.get_logger(__name__)

# One transparent point, 43 bytes.
PIXEL = base64.b64decode("R0lGODlhAQABAIAAAP///wAAACH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==")
_COMMON = [
    ("Cache-Control", "no-store"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Robots-Tag", "noindex, nofollow"),
]


def is_hit(path: str) -> bool:
    return path[:3] in ("/o/", "/c/")


class TrackingLayer:
    """WSGI: hits are answered here, everything else by `app`. `lost_hits` counts those that could not be kept.

    One that is tried at once is answered where memory suffices, and raises NeedsThread otherwise, with nothing kept.
    """

    def __init__(self, app: WSGIApplication, service: Service) -> None:
        self.app = app
        self.service = service
        self.lost_hits = 0

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if not is_hit(path):
            return self._pass_on(environ, start_response)
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return _answer(start_response, environ, "405 Method Not Allowed", [("Allow", "GET, HEAD")])
        if path[:3] == "/o/":
            return self._opened(environ, start_response, path[3:].removesuffix(".gif"))
        return self._clicked(environ, start_response, path[3:])

    def _opened(self, environ: WSGIEnvironment, start_response: StartResponse, token: str) -> Iterable[bytes]:
        opened = self.service.links.open(Purpose.OPEN, token)
        if opened is not None:
            self._keep(environ, opened[0], None, self.service.clock.now())
        status = "404 Not Found" if opened is None else "200 OK"
        return _answer(start_response, environ, status, [("Content-Type", "image/gif")], PIXEL)

    def _clicked(self, environ: WSGIEnvironment, start_response: StartResponse, token: str) -> Iterable[bytes]:
        clicked = self.service.links.open_click(token)
        if clicked is None:
            return self._pass_on(environ, start_response)  # to where there is no such page, as is kindly said
        now = self.service.clock.now()
        if AT_ONCE in environ and known_click_target(self.service, clicked) is None:
            raise NeedsThread
        try:
            target = click_target(self.service, clicked)
        except SQLAlchemyError:
            # Links that lead elsewhere are known by heart; this one leads to a page of ours, which needs the database.
            log.exception("the published links could not be read")
            self._keep(environ, clicked.delivery, clicked, now)
            return self.app({**environ, AWAY: "yes"}, start_response)
        location = None if target is None else _location(target)
        if location is None:
            return self._pass_on(environ, start_response)
        self._keep(environ, clicked.delivery, clicked, now)
        return _answer(start_response, environ, "302 Found", [("Location", location)])

    def _pass_on(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if AT_ONCE in environ:
            raise NeedsThread
        return self.app(environ, start_response)

    def _keep(self, environ: WSGIEnvironment, delivery: RowRef, clicked: ClickToken | None, at: datetime) -> None:
        hit = Hit(
            kind="click" if clicked else "open",
            delivery_id=delivery.number,
            nonce=delivery.nonce,
            edition_lesson_id=clicked.edition_lesson_id if clicked else None,
            link=clicked.link if clicked else None,
            at=at,
            method=environ["REQUEST_METHOD"],
            network=network(environ.get("REMOTE_ADDR")),
            user_agent=user_agent(environ),
            headers=telling_headers(environ),
        )
        try:
            self.service.hits.write(hit)
        except OSError:
            # The reader still gets what they asked for; the loss is counted, and shown at /healthz.
            self.lost_hits += 1
            log.exception("a hit could not be written down", lost_so_far=self.lost_hits)


@lru_cache(maxsize=1024)
def _location(target: str) -> str | None:
    """As a Location header says it; None for what is no address of the web."""
    return iri_to_uri(target) if target.lower().startswith(("https://", "http://")) else None


def _answer(
    start_response: StartResponse,
    environ: WSGIEnvironment,
    status: str,
    headers: list[tuple[str, str]],
    body: bytes = b"",
) -> Iterable[bytes]:
    start_response(status, [*_COMMON, *headers, ("Content-Length", str(len(body)))])
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]
