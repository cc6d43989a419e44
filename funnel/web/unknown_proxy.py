"""Whether a proxy stands in front of us that the settings know nothing of: then all visitors look like one.

Their limits are one limit then, and each is asked for a further step because of the others. Only hashes are kept, in
this process, of the last requests.
"""

from __future__ import annotations

from collections import deque
from typing import cast

from flask import Flask, current_app, request

from funnel.settings import Settings

_EXTENSION = "funnel.unknown-proxy"
_REMEMBERED = 300


class PeersSeen:
    """Who the last requests came from, and whom they say they were forwarded for."""

    def __init__(self) -> None:
        self._seen: deque[tuple[int, int]] = deque(maxlen=_REMEMBERED)

    def note(self, peer: str, forwarded_for: str) -> None:
        """A request from this address; "" where it names nobody it was forwarded for."""
        self._seen.append((hash(peer), hash(forwarded_for) if forwarded_for else 0))

    def all_look_like_one(self, forwarded_now: bool) -> bool:
        """Whether one peer forwards for several, or for the one who asks now, and nobody else was seen."""
        seen = tuple(self._seen)
        named = {forwarded for _, forwarded in seen if forwarded}
        return len({peer for peer, _ in seen}) == 1 and (len(named) > 1 or (bool(named) and forwarded_now))


def watch_peers(app: Flask, settings: Settings) -> None:
    """Has this app notice a proxy that FUNNEL_TRUST_PROXY does not tell of."""
    if settings.trust_proxy:
        return
    seen = app.extensions[_EXTENSION] = PeersSeen()

    @app.before_request
    def note() -> None:
        if request.remote_addr:
            seen.note(request.remote_addr, _forwarded_for())


def visitors_look_like_one() -> bool:
    """Whether this app sees all its visitors as one, because a proxy forwards them."""
    seen = current_app.extensions.get(_EXTENSION)
    return seen is not None and cast(PeersSeen, seen).all_look_like_one(bool(_forwarded_for()))


def _forwarded_for() -> str:
    return (request.headers.get("X-Forwarded-For") or request.headers.get("Forwarded") or "")[:200]
