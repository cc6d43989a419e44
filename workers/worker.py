"""The process that hands mail over: takes batches of ids from RQ, the urgent ones first."""

from __future__ import annotations

import os
import socket
from types import TracebackType
from typing import Any

import structlog
from redis import Redis, RedisError
from rq import SimpleWorker
from rq.exceptions import DequeueTimeout
from rq.executions import Execution
from rq.job import Job
from rq.queue import Queue
from rq.registry import StartedJobRegistry
from rq.serializers import JSONSerializer
from rq.timeouts import BaseDeathPenalty
from rq.utils import now

from funnel.queue import QUEUES
from funnel.settings import SettingsError
from funnel.wiring import Service
from workers.backoff import Backoff
from workers.jobs import AtWork, set_at_work, worker_name
from workers.life import ShowsLife
from workers.logs import places, safe_words
from workers.stopping import DRAIN_SECONDS, Stop

REDIS_SECONDS = 30
_LOOK_SECONDS = 1
_EXECUTION_SECONDS = 6 * 3600

log = structlog.get_logger(__name__)


class NoDeadline(BaseDeathPenalty):
    """RQ ends a slow job with SIGALRM, wherever it is: also between the last byte of a mail and the row that says so.

    The deadline that counts is the lease on each row, which the worker renews as it goes and the clock takes back.
    """

    def setup_death_penalty(self) -> None:
        return

    def cancel_death_penalty(self) -> None:
        return


class BatchWorker(SimpleWorker):
    """RQ's worker without a fork per job, and with some habits changed.

    It is told to stop by a flag, looked at between jobs: RQ raises from inside the signal handler, which can lose a
    job just taken. It leaves no failed job behind: the rows know what is still to do. It listens to no commands from
    Redis. `serve` stands in for `work`, whose loop ends on the first lost connection with a traceback that quotes data.
    """

    death_penalty_class = NoDeadline
    log_job_description = False
    log_result_lifespan = False

    def __init__(self, connection: Redis, name: str, stop: Stop) -> None:
        super().__init__(
            list(QUEUES),
            name=name,
            connection=connection,
            serializer=JSONSerializer,
            default_result_ttl=0,
            disable_default_exception_handler=True,
            # Otherwise RQ asks Redis for this client's address, and redis-py parts the answer at spaces and equals
            # signs: a worker whose socket lies in a folder with one of them in its path would end at once.
            prepare_for_work=False,
        )
        self.hostname, self.pid = socket.gethostname(), os.getpid()
        self._stop = stop

    def serve(self) -> None:
        """Works until asked to stop. Raises RedisError when Redis is lost; the job under way is finished first."""
        self.register_birth()  # type: ignore[no-untyped-call]
        while not self._stop.requested:
            if self.should_run_maintenance_tasks:
                self.run_maintenance_tasks()  # type: ignore[no-untyped-call]
            self._alive()
            found = self._next()
            if found is not None:
                self.execute_job(*found)
        self.register_death()  # type: ignore[no-untyped-call]

    def _alive(self) -> None:
        """RQ's heartbeat, in one round trip to Redis."""
        with self.connection.pipeline() as pipeline:
            self.heartbeat(pipeline=pipeline)
            pipeline.execute()

    def _next(self) -> tuple[Job, Queue] | None:
        try:
            return self.queue_class.dequeue_any(
                self.queues,
                _LOOK_SECONDS,
                connection=self.connection,
                job_class=self.job_class,
                serializer=self.serializer,
                death_penalty_class=self.death_penalty_class,
            )
        except DequeueTimeout:
            return None

    @property
    def connection_timeout(self) -> int:
        """Seconds any call to Redis may take: RQ would wait seven minutes for one that hangs."""
        return REDIS_SECONDS

    def get_heartbeat_ttl(self, job: Job, working_time: float = 0.0) -> int:
        """Seconds RQ believes in a job: more than any batch takes, so that no other worker calls it abandoned."""
        return _EXECUTION_SECONDS

    def handle_exception(self, job: Job, *exc_info: Any) -> None:
        """Logs where it happened and what kind it was; the message of a database's error quotes the row."""
        error: BaseException = exc_info[1]
        trace: TracebackType | None = exc_info[2]
        log.error("a batch was not finished; the clock takes it up again", error=safe_words(error), trace=places(trace))

    def handle_execution_ended(self, job: Job, queue: Queue, heartbeat_ttl: int) -> None:
        """Notes when it was over; it needs no heartbeat any more, which RQ would give it once again."""
        job.ended_at = now()

    def handle_job_success(
        self, job: Job, queue: Queue, started_job_registry: StartedJobRegistry, execution: Execution
    ) -> None:
        """Forget the batch, in one round trip to Redis.

        RQ asks for what none of our jobs has: others that wait for it, a result, repeats, further executions. Where
        Redis was emptied meanwhile there is nothing to forget; what became of the mail is in the database.
        """
        assert job.started_at is not None and job.ended_at is not None  # noqa: S101, PT018 - said for the type checker
        with self.connection.pipeline() as pipeline:
            self.increment_successful_job_count(pipeline=pipeline)
            self.increment_total_working_time(job.ended_at - job.started_at, pipeline)
            self.cleanup_execution(job, pipeline, execution)
            pipeline.delete(job.key)
            pipeline.execute()

    def handle_job_failure(self, job: Job, queue: Queue, *args: Any, **kwargs: Any) -> None:
        """Forgets the job: kept, it would only be a list of ids that are in the database anyway."""
        super().handle_job_failure(job, queue, *args, **{**kwargs, "exc_string": ""})
        job.delete()


def run_worker(service: Service, stop: Stop | None = None) -> None:
    """Works until SIGTERM or SIGINT. The batch under way gives back what it has not begun; at most 30 seconds.

    When Redis is away it waits, a little longer each time, and goes on. Raises SettingsError where none is set.
    """
    url = service.settings.redis_url
    if not url:
        raise SettingsError("FUNNEL_REDIS_URL is not set: a worker needs Redis, or start everything with `funnel up`")
    if stop is None:
        stop = Stop()
        stop.on_signals(patience_seconds=DRAIN_SECONDS)
    name = worker_name()
    set_at_work(AtWork(service, name, stop))
    waits = Backoff("Redis", stop)
    connection = Redis.from_url(url, socket_connect_timeout=5, socket_timeout=REDIS_SECONDS)
    life = 0
    log.info("the worker takes batches", worker=name, queues=",".join(QUEUES))
    with ShowsLife(url, name):
        while not stop.requested:
            life += 1
            try:
                worker = BatchWorker(connection, f"{name}.{life}", stop)
                waits.over()
                worker.serve()
            except RedisError as error:
                waits.after(error)
    connection.close()
    log.info("the worker has stopped", worker=name)
