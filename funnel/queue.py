"""Batches of delivery ids on RQ. The rows are the truth; the queue only says "look now".

An *epoch* key stands beside the queues. Where it is gone, Redis was emptied, and everything that waits is put on again.
While that is being done a *filling* key stands in its place, and becomes the epoch when it is done: so Redis being
emptied once more in between is not overlooked.

Rows are believed to be on the queue before they are put there. What is being put is *under way* meanwhile: whoever dies
in the middle leaves a note of it, so that these rows are put on again soon.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import structlog
from redis import Redis, RedisError, ResponseError
from rq import Queue
from rq.exceptions import NoSuchJobError
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.utils import as_text

from funnel.roster import at_work

URGENT, LESSONS = "urgent", "lessons"
QUEUES = (URGENT, LESSONS)
_URGENT_KEY = Queue.redis_queue_namespace_prefix + URGENT
_JOB = "workers.jobs.deliver"
_EPOCH, _FILLING = "funnel:epoch", "funnel:epoch:filling"
_UNDER_WAY = "funnel:under-way"  # a sorted set: until when rows are believed to be on the queue, by when that began
BROKEN_OFF = timedelta(seconds=15)  # putting takes less, or somebody died over it
# RQ's own time limit would interrupt a hand-over half-way; the lease on the row is the limit that counts.
_NO_TIMEOUT = -1
_FAILED_KEPT_SECONDS = 86_400

log = structlog.get_logger(__name__)


def open_redis(url: str) -> Redis:
    """A client that connects when it is first used; every call ends within seconds."""
    return Redis.from_url(url, socket_connect_timeout=2, socket_timeout=5)


class QueueLoss(NamedTuple):
    """Whether Redis has lost everything since `remember`; the `until` of each `begin` whose `end` should have come."""

    everything: bool
    broken_off: tuple[datetime, ...]


class DeliveryQueue:
    """Never raises: when Redis is away mail waits in the database, and the clock puts it on later."""

    def __init__(self, redis_url: str) -> None:
        self._redis = open_redis(redis_url) if redis_url else None
        self._filling = False

    def begin(self, machine_now: datetime, *untils: datetime) -> bool:
        """Notes that rows are about to be put, believed to be there until then. False where Redis is away."""
        if self._redis is None:
            return False
        try:
            self._redis.zadd(_UNDER_WAY, {until.isoformat(): machine_now.timestamp() for until in untils})
        except RedisError as error:
            log.warning("the queue is away; mail waits in the database", error=type(error).__name__)
            return False
        return True

    def end(self, *untils: datetime) -> None:
        """What `begin` said is done. Where this cannot be noted these rows are put once more, which changes nothing."""
        if self._redis is None:
            return
        try:
            self._redis.zrem(_UNDER_WAY, *[until.isoformat() for until in untils])
        except RedisError as error:
            log.warning("the queue is away; what was put may be put again", error=type(error).__name__)

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

    def urgent_since(self, last: str) -> tuple[bool, str]:
        """Whether the urgent batch that was the `last` still waits, and which is the last now; "" for none.

        Where Redis is away nothing is known to wait.
        """
        if self._redis is None:
            return False, ""
        try:
            with self._redis.pipeline(transaction=False) as pipeline:
                pipeline.lpos(_URGENT_KEY, last)
                pipeline.lindex(_URGENT_KEY, -1)
                place, found = pipeline.execute()
        except RedisError:
            return False, ""
        return place is not None, (found or b"").decode()

    def oldest_urgent(self) -> datetime | None:
        """When the urgent batch that waits longest was put (UTC); None where none waits or Redis is away."""
        if self._redis is None:
            return None
        try:
            found = self._redis.lindex(_URGENT_KEY, 0)
            if found is None:
                return None
            return Job.fetch(as_text(found), connection=self._redis, serializer=JSONSerializer).enqueued_at
        except (RedisError, NoSuchJobError):
            return None

    def workers(self) -> int | None:
        """How many workers are at work; None where Redis is away."""
        if self._redis is None:
            return None
        try:
            return at_work(self._redis)
        except RedisError:
            return None

    def lost(self, machine_now: datetime) -> QueueLoss | None:
        """What is not on the queue though rows say so; None where Redis is away. Where all is, filling it begins."""
        if self._redis is None:
            return None
        try:
            with self._redis.pipeline(transaction=False) as pipeline:
                pipeline.exists(_EPOCH)
                pipeline.zrangebyscore(_UNDER_WAY, "-inf", (machine_now - BROKEN_OFF).timestamp())
                epoch, begun = pipeline.execute()
            if not epoch:
                self._redis.set(_FILLING, "1")
                self._filling = True
        except RedisError:
            return None
        return QueueLoss(not epoch, tuple(datetime.fromisoformat(each.decode()) for each in begun))

    def remember(self) -> None:
        """Leaves the mark that is gone when Redis is emptied: only after all that waited is on the queue again.

        Not where Redis was emptied once more since `lost` said so: then that is said again.
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
