"""A batch of lessons makes room for urgent work: who waits for a mail must not wait for hundreds of lessons first."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import structlog

from funnel.wiring import Service

LOOK_EVERY = timedelta(seconds=1)
_SHARE = 10  # at most so much of the time is spent with looking, however slow Redis is
_LONGEST = timedelta(minutes=2)  # between two looks, where the machine's time was not set back

log = structlog.get_logger(__name__)


class UrgentPreemption:
    """Asked again and again in the middle of one batch: whether to stop there and give the rest back.

    It is to stop where `stopping` says so, and where an urgent batch still waits that waited at the look before: the
    other workers are not enough. What is given back the clock puts on the queue again.
    """

    def __init__(self, service: Service, stopping: Callable[[], bool]) -> None:
        self._clock, self._queue, self._stopping = service.clock, service.queue, stopping
        self._last = ""
        self._gives_way = False
        self._look_at = self._clock.machine_now() + LOOK_EVERY

    def __call__(self) -> bool:
        if self._stopping() or self._gives_way:
            return True
        now = self._clock.machine_now()
        if now >= self._look_at or self._look_at - now > _LONGEST:
            self._gives_way, self._last = self._queue.urgent_since(self._last)
            looked = self._clock.machine_now()
            self._look_at = looked + max(LOOK_EVERY, _SHARE * (looked - now))
            if self._gives_way:
                log.debug("a batch of lessons makes room for urgent work")
        return self._gives_way
