"""How often one visitor may sign up. Counted in Redis where there is one, else in this process."""

from __future__ import annotations

import time

from flask import Flask, Response, g, request
from flask_limiter import Limiter, RequestLimit

from funnel.settings import Settings
from funnel.web.visitor import limit_key


def make_limiter(app: Flask, settings: Settings) -> Limiter:
    """The app's limiter. A Redis that is away makes it count in memory; it never makes a request fail or wait long."""
    uri = settings.redis_url
    if uri.startswith("unix://"):
        uri = "redis+" + uri
    app.after_request(_say_how_long)
    return Limiter(
        key_func=lambda: limit_key(request.remote_addr),
        app=app,
        storage_uri=uri or "memory://",
        storage_options={"socket_connect_timeout": 1, "socket_timeout": 1} if uri else {},
        strategy="moving-window",
        in_memory_fallback_enabled=True,
        on_breach=_note_the_wait,
        key_prefix="funnel",
    )


def counts_against_limit(response: Response) -> bool:
    """Only what was accepted counts: somebody who mistypes an address five times is not locked out."""
    return response.status_code < 400


def _note_the_wait(breached: RequestLimit) -> None:
    g.retry_after = max(1, round(breached.reset_at - time.time()))


def _say_how_long(response: Response) -> Response:
    # Only on a refusal: on a redirect the same header would ask browsers to wait (RFC 9110, section 10.2.3).
    if response.status_code == 429 and "retry_after" in g:
        response.headers["Retry-After"] = str(g.retry_after)
    return response
