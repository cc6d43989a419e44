"""A batch of lessons makes room for mail that somebody waits for, which must not stand behind hundreds of lessons."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import structlog

from funnel.wiring import Service

LOOK_EVERY = timedelta(seconds=1)

log = structlog.get_logger(__name__)


class GivesWay:
    """Asked again and again in the middle of one batch: whether to stop there and give the rest back.

    It is to stop where `stopping` says so, and where the same urgent batch is next on its queue two looks in a row:
    then no other worker is free for it. What is given back the clock puts on the queue again.
    """

    def __init__(self, service: Service, stopping: Callable[[], bool]) -> None:
        self._clock, self._queue, self._stopping = service.clock, service.queue, stopping
        self._seen = ""
        self._gives_way = False
        self._look_at = self._clock.machine_now() + LOOK_EVERY

    def __call__(self) -> bool:
        if not self._gives_way and self._clock.machine_now() >= self._look_at:
            self._look()
        return self._gives_way or self._stopping()

    def _look(self) -> None:
        seen = self._queue.next_urgent()
        self._gives_way = bool(seen) and seen == self._seen
        self._seen = seen or ""
        # Where Redis is away each further look would cost seconds, and nobody could be told of urgent mail by it.
        self._look_at = self._clock.machine_now() + (timedelta(days=1) if seen is None else LOOK_EVERY)
        if self._gives_way:
            log.info("a batch of lessons makes room for mail that somebody waits for")
