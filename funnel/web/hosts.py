"""Which Host this site answers to: its own, so that no other name that points here (DNS rebinding) opens a page."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import structlog

from funnel.curriculum.reserved import is_loopback

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = structlog.get_logger(__name__)

_HEALTH = "/healthz"


class HostGate:
    """WSGI: requests for the site's own Host go on to `app`, others get 421 (RFC 9110, 15.5.20).

    A site on loopback answers to every name of loopback. The health check may be asked for by an address as well: it
    tells nothing, and a name that was rebound is never an address.
    """

    def __init__(self, app: WSGIApplication, site_url: str) -> None:
        self.app, self._site_url = app, site_url
        parts = urlsplit(site_url)
        self._site, self._health = parts.hostname or "", (_HEALTH, parts.path.rstrip("/") + _HEALTH)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        name = host_name(environ.get("HTTP_HOST", ""))
        if name == self._site or (is_loopback(name) and is_loopback(self._site)):
            return self.app(environ, start_response)
        if environ.get("PATH_INFO") in self._health and (is_loopback(name) or _is_address(name)):
            return self.app(environ, start_response)
        log.info("a request for another host was refused")
        body = f"This site answers at {self._site_url} only.\n".encode()
        start_response(
            "421 Misdirected Request",
            [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))],
        )
        return [b"" if environ.get("REQUEST_METHOD") == "HEAD" else body]


@lru_cache(maxsize=64)
def host_name(host: str) -> str:
    """The name in a Host header, without port, brackets and final dot, in lower case; "" where there is none."""
    try:
        return (urlsplit(f"//{host}").hostname or "").removesuffix(".")
    except ValueError:
        return ""


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
