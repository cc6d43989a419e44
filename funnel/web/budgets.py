"""How much one network, one account, or everybody together may do in a stretch of time.

Counted before anything is done, in one step each, so that no number of requests at once passes one too many. In Redis
where there is one, for all processes; while it is away in this process, and no request fails or waits long for it. No
key holds an address, only keyed digests.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Callable, Sequence
from math import ceil
from typing import TypeVar, cast

import structlog
from flask import current_app
from limits import RateLimitItem
from limits.storage import MemoryStorage, storage_from_string
from limits.strategies import MovingWindowRateLimiter
from redis import RedisError

from funnel.settings import Settings
from funnel.web.visitor import limit_key

EXTENSION = "funnel.budgets"
_AWAY_SECONDS = 10.0  # for so long a Redis that failed is not asked again
_PATIENCE = {"socket_connect_timeout": 1, "socket_timeout": 1}
_T = TypeVar("_T")

log = structlog.get_logger(__name__)


class Budgets:
    """Each budget is some limits and a key; a key names what it is for and whom it counts."""

    def __init__(self, settings: Settings) -> None:
        self._secret = settings.secret_keys[0].encode()
        self._here = MovingWindowRateLimiter(MemoryStorage())
        self._shared: MovingWindowRateLimiter | None = None
        self._away_until = 0.0
        uri = settings.redis_url
        if uri:
            uri = "redis+" + uri if uri.startswith("unix://") else uri
            self._shared = MovingWindowRateLimiter(storage_from_string(uri, key_prefix="funnel", **_PATIENCE))

    def digest(self, use: str, text: str) -> str:
        """A key for a budget that says nothing of the text."""
        return hmac.new(self._secret, f"budget:{use}:{text}".encode("utf-8", "replace"), hashlib.sha256).hexdigest()[
            :32
        ]

    def network(self, address: str | None) -> str:
        """The key of the network that this address of a visitor is in."""
        return self.digest("network", limit_key(address))

    def spend(self, limits: Sequence[RateLimitItem], *key: str) -> bool:
        """Takes one from each of these limits; False where one of them has none left, and from those after it none."""
        return all(self._ask(MovingWindowRateLimiter.hit, limit, key) for limit in limits)

    def left(self, limits: Sequence[RateLimitItem], *key: str) -> bool:
        """Whether each of them has one left; takes none."""
        return all(self._ask(MovingWindowRateLimiter.test, limit, key) for limit in limits)

    def wait(self, limits: Sequence[RateLimitItem], *key: str) -> int:
        """In how many seconds from now each of them has one left again, at least 1."""
        stats = [self._ask(MovingWindowRateLimiter.get_window_stats, limit, key) for limit in limits]
        return max([1, *(ceil(each.reset_time - time.time()) for each in stats if each.remaining <= 0)])

    def _ask(self, question: Callable[..., _T], limit: RateLimitItem, key: Sequence[str]) -> _T:
        if self._shared is not None and time.monotonic() >= self._away_until:
            try:
                return question(self._shared, limit, *key)
            except RedisError as error:
                self._away_until = time.monotonic() + _AWAY_SECONDS
                log.warning("Redis is away; limits are counted in this process", error=type(error).__name__)
        return question(self._here, limit, *key)


def current_budgets() -> Budgets:
    """The budgets of this app."""
    return cast(Budgets, current_app.extensions[EXTENSION])
