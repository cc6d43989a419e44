"""Batches of delivery ids on RQ. The rows are the truth; the queue only says "look now".

An *epoch* key is kept beside the queues. If it is gone, Redis was emptied, and everything that waits is enqueued again.
Meanwhile a *filling* key stands in its place, which is renamed to the epoch at the end: so nobody misses it if Redis is
emptied once more in between.

Rows get their queue lease before their ids are enqueued. In between, the lease is noted in Redis as *under way*: if its
clock dies, these rows are enqueued again soon.
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
_UNDER_WAY = "funnel:under-way"  # a sorted set: ends of queue leases, by when enqueuing began
BROKEN_OFF = timedelta(seconds=15)  # enqueuing takes less, unless the process died
# RQ's own time limit would interrupt a hand-over half-way; the lease on the row is what limits a job.
_NO_TIMEOUT = -1
_FAILED_KEPT_SECONDS = 86_400

log = structlog.get_logger(__name__)


def open_redis(url: str) -> Redis:
    """A client that connects on first use; every call ends within seconds."""
    return Redis.from_url(url, socket_connect_timeout=2, socket_timeout=5)


class QueueLoss(NamedTuple):
    """Whether Redis was emptied since `remember`; the `until` of each `begin` whose `end` is overdue."""

    everything: bool
    broken_off: tuple[datetime, ...]


class DeliveryQueue:
    """Never raises: while Redis is away mail waits in the database, and the clock enqueues it later."""

    def __init__(self, redis_url: str) -> None:
        self._redis = open_redis(redis_url) if redis_url else None
        self._filling = False

    def begin(self, machine_now: datetime, *untils: datetime) -> bool:
        """Notes that rows with these queue leases are about to be enqueued. False if Redis is away."""
        if self._redis is None:
            return False
        try:
            self._redis.zadd(_UNDER_WAY, {until.isoformat(): machine_now.timestamp() for until in untils})
        except RedisError as error:
            log.warning("the queue is away; mail waits in the database", error=type(error).__name__)
            return False
        return True

    def end(self, *untils: datetime) -> None:
        """Enqueuing is done. If this cannot be noted, these rows are enqueued once more, which does no harm."""
        if self._redis is None:
            return
        try:
            self._redis.zrem(_UNDER_WAY, *[until.isoformat() for until in untils])
        except RedisError as error:
            log.warning("the queue is away; ids may be enqueued twice", error=type(error).__name__)

    def put(self, ids: Sequence[int], *, urgent: bool = False) -> bool:
        """Enqueues one batch. False if Redis is away."""
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
        """Batches on each queue; empty if Redis is away."""
        if self._redis is None:
            return {}
        try:
            return {name: len(Queue(name, connection=self._redis, serializer=JSONSerializer)) for name in QUEUES}
        except RedisError:
            return {}

    def urgent_since(self, last: str) -> tuple[bool, str]:
        """Whether the urgent batch `last` still waits, and the id of the last one now, "" for none.

        If Redis is away, nothing is known to wait.
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
        """When the oldest urgent batch was enqueued (UTC); None if none waits or Redis is away."""
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
        """How many workers are at work; None if Redis is away."""
        if self._redis is None:
            return None
        try:
            return at_work(self._redis)
        except RedisError:
            return None

    def lost(self, machine_now: datetime) -> QueueLoss | None:
        """What is missing from the queue although rows say otherwise; None if Redis is away.

        If everything is, filling the queue begins with this call.
        """
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
        """Sets the epoch, whose absence tells that Redis was emptied; call it once all that waited is enqueued again.

        Sets none if Redis was emptied once more since `lost`, which then says so again.
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
            log.warning("the queue is away; waiting mail will be enqueued again", error=type(error).__name__)

    def close(self) -> None:
        if self._redis is not None:
            self._redis.close()
