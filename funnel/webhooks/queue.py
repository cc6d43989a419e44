"""Numbers of stored bodies on RQ. The rows are the truth; the queue only says "look now"."""

from __future__ import annotations

from collections.abc import Sequence

import structlog
from redis import RedisError
from rq import Queue
from rq.serializers import JSONSerializer

from funnel.queue import URGENT, open_redis

_JOB = "workers.jobs.process_webhooks"
_TIMEOUT_SECONDS = 600  # nothing here is spoiled by being interrupted
_FAILED_KEPT_SECONDS = 86_400

log = structlog.get_logger(__name__)


class HookQueue:
    """Never raises: when Redis is away the bodies wait in the database.

    They go before lessons: the next lesson must not leave before the complaint about the last one is read.
    """

    def __init__(self, redis_url: str) -> None:
        self._redis = open_redis(redis_url) if redis_url else None

    def put(self, ids: Sequence[int]) -> bool:
        """Puts one batch on the queue. False where Redis is away."""
        if self._redis is None:
            return False
        queue = Queue(URGENT, connection=self._redis, serializer=JSONSerializer)
        try:
            queue.enqueue(_JOB, list(ids), job_timeout=_TIMEOUT_SECONDS, result_ttl=0, failure_ttl=_FAILED_KEPT_SECONDS)
        except RedisError as error:
            log.warning("the queue cannot be reached; webhooks wait in the database", error=type(error).__name__)
            return False
        return True

    def close(self) -> None:
        if self._redis is not None:
            self._redis.close()
