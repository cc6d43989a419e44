"""Batches of delivery ids on RQ. The rows are the truth; the queue only says "look now".

An *epoch* key stands beside the queues. Where it is gone, Redis was emptied, and everything that waits is put on again.
While that is being done a *filling* key stands in its place, and becomes the epoch when it is done: so Redis being
emptied once more in between is not overlooked.
"""

from __future__ import annotations

from collections.abc import Sequence

import structlog
from redis import Redis, RedisError, ResponseError
from rq import Queue
from rq.serializers import JSONSerializer

URGENT, LESSONS = "urgent", "lessons"
QUEUES = (URGENT, LESSONS)
_JOB = "workers.jobs.deliver"
_EPOCH, _FILLING = "funnel:epoch", "funnel:epoch:filling"
# RQ's own time limit would interrupt a hand-over half-way; the lease on the row is the limit that counts.
_NO_TIMEOUT = -1
_FAILED_KEPT_SECONDS = 86_400

log = structlog.get_logger(__name__)


def open_redis(url: str) -> Redis:
    """A client that connects when it is first used; every call ends within seconds."""
    return Redis.from_url(url, socket_connect_timeout=2, socket_timeout=5)


class DeliveryQueue:
    """Never raises: when Redis is away mail waits in the database, and the clock puts it on later."""

    def __init__(self, redis_url: str) -> None:
        self._redis = open_redis(redis_url) if redis_url else None
        self._filling = False

    def put(self, ids: Sequence[int], *, urgent: bool = False) -> bool:
        """Puts one batch on the queue. False where Redis is away."""
        if self._redis is None:
            return False
        if not ids:
            return True
        queue = Queue(URGENT if urgent else LESSONS, connection=self._redis, serializer=JSONSerializer)
        try:
            queue.enqueue(_JOB, list(ids), job_timeout=_NO_TIMEOUT, result_ttl=0, failure_ttl=_FAILED_KEPT_SECONDS)
        except RedisError as error:
            log.warning("the queue is away; mail waits in the database", error=type(error).__name__, waiting=len(ids))
            return False
        return True

    def lengths(self) -> dict[str, int]:
        """Batches on each queue; empty where Redis is away."""
        if self._redis is None:
            return {}
        try:
            return {name: len(Queue(name, connection=self._redis, serializer=JSONSerializer)) for name in QUEUES}
        except RedisError:
            return {}

    def next_urgent(self) -> str | None:
        """Which of the urgent batches is the next to be taken, "" where there is none; None where Redis is away."""
        if self._redis is None:
            return None
        try:
            return next(iter(Queue(URGENT, connection=self._redis).get_job_ids(0, 1)), "")
        except RedisError:
            return None

    def was_emptied(self) -> bool | None:
        """Whether Redis has lost everything since `remember`; None where it is away. Where so, filling it begins."""
        if self._redis is None:
            return None
        try:
            if self._redis.exists(_EPOCH):
                return False
            self._redis.set(_FILLING, "1")
        except RedisError:
            return None
        self._filling = True
        return True

    def remember(self) -> None:
        """Leaves the mark that is gone when Redis is emptied: only after all that waited is on the queue again.

        Not where Redis was emptied once more since `was_emptied` said so: then that is said again.
        """
        if self._redis is None:
            return
        filling, self._filling = self._filling, False
        try:
            if filling:
                self._redis.rename(_FILLING, _EPOCH)
            else:
                self._redis.set(_EPOCH, "1")
        except ResponseError:
            log.info("Redis was emptied again, or another clock was first: the next round sees which")
        except RedisError as error:
            log.warning("the queue is away; what waits will be put on again", error=type(error).__name__)

    def close(self) -> None:
        if self._redis is not None:
            self._redis.close()
