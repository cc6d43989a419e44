"""WSGI on one side, granian's RSGI on the other: the request as an environment, the answer as a whole."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from funnel.web.files import FileBody
from funnel.web.front.bodies import WholeBody
from funnel.web.front.rsgi import RsgiExchange, Scope

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

_ALWAYS: dict[str, Any] = {
    "SCRIPT_NAME": "",
    "SERVER_SOFTWARE": "granian",
    "wsgi.version": (1, 0),
    "wsgi.errors": sys.stderr,
    "wsgi.input_terminated": True,
    "wsgi.multithread": True,
    "wsgi.multiprocess": True,
    "wsgi.run_once": False,
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a page came to: the body is bytes, or part of a file that is read while it is sent."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes | FileBody

    def send(self, proto: RsgiExchange) -> None:
        """Hands it over; from any thread. What follows is the server's alone."""
        if isinstance(self.body, FileBody):
            proto.response_file_range(self.status, self.headers, str(self.body.path), self.body.start, self.body.stop)
        else:
            proto.response_bytes(self.status, self.headers, self.body)


def environment(scope: Scope, body: WholeBody) -> WSGIEnvironment:
    """PEP 3333. Of the process's own environment nothing is in it: that holds secrets."""
    server, client = _address(scope.server), _address(scope.client)
    found: WSGIEnvironment = {
        **_ALWAYS,
        "REQUEST_METHOD": scope.method,
        "PATH_INFO": scope.path.encode().decode("latin-1"),
        "QUERY_STRING": scope.query_string.encode().decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "SERVER_NAME": server[0],
        "SERVER_PORT": server[1],
        "REMOTE_ADDR": client[0],
        "REMOTE_PORT": client[1],
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": io.BytesIO(body.kept),
    }
    for name, value in scope.headers.items():
        # An underscore would look like a hyphen from here on: X_Forwarded_For is no proxy's word.
        if "_" in name:
            continue
        key = "HTTP_" + name.upper().replace("-", "_")
        if key in found:
            found[key] += ("; " if key == "HTTP_COOKIE" else ",") + value
        else:
            found[key] = value
    _describe(found, body)
    return found


def run(app: WSGIApplication, environ: WSGIEnvironment) -> Answer:
    """The app's answer, whole. Raises what the app raises."""
    status = ""
    headers: list[tuple[str, str]] = []
    parts: list[bytes] = []

    def start_response(given: str, fields: list[tuple[str, str]], _: Any = None, /) -> Callable[[bytes], object]:
        nonlocal status, headers
        status, headers = given, fields
        return parts.append

    result: Iterable[bytes] = app(environ, start_response)
    try:
        body = result if isinstance(result, FileBody) and result.stop > result.start else b"".join([*parts, *result])
    finally:
        close = getattr(result, "close", None)
        if close is not None:
            close()
    return Answer(int(status[:3]), headers, body)


def _describe(environ: WSGIEnvironment, body: WholeBody) -> None:
    """A whole body has a length, however it was sent; how it was sent is nobody's business any more."""
    kind, length = environ.pop("HTTP_CONTENT_TYPE", None), environ.pop("HTTP_CONTENT_LENGTH", None)
    chunked = environ.pop("HTTP_TRANSFER_ENCODING", None)
    if kind is not None:
        environ["CONTENT_TYPE"] = kind
    if length is not None or chunked is not None:
        environ["CONTENT_LENGTH"] = str(body.length)


def _address(text: str) -> tuple[str, str]:
    """Host and port of `127.0.0.1:8000` or `[::1]:8000`; a unix socket has neither."""
    host, _, port = text.rpartition(":")
    return (host.strip("[]"), port) if port.isdigit() else ("", "")
