"""A worker's heartbeat, from a thread of its own: a batch that takes minutes does not make its worker look dead."""

from __future__ import annotations

import threading
from types import TracebackType

import structlog
from redis import RedisError

from funnel.queue import open_redis
from funnel.roster import HEARTBEAT_EVERY, show_heartbeat, sign_off

log = structlog.get_logger(__name__)


class ShowsLife:
    """While the block runs, this worker is on the roster. Where Redis is away it is shown again when that is back."""

    def __init__(self, redis_url: str, name: str, every_seconds: float = HEARTBEAT_EVERY) -> None:
        self._redis, self._name, self._every = open_redis(redis_url), name, every_seconds
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._show, name="life", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()
        try:
            sign_off(self._redis, self._name)
        except RedisError as away:
            log.info("Redis is away; the roster forgets this worker by itself", error=type(away).__name__)
        self._redis.close()

    def _show(self) -> None:
        while True:
            try:
                show_heartbeat(self._redis, self._name)
            except RedisError as away:  # the loop that takes batches says so once, and waits
                log.debug("no heartbeat could be sent", error=type(away).__name__)
            if self._over.wait(self._every):
                return
