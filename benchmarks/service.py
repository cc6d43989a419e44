"""The service under measurement: real worker processes, a real queue, real rows."""

from __future__ import annotations

import secrets
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from redis import Redis
from sqlalchemy import func, select

from benchmarks.servers import postgres, redis, running
from funnel.migrations import upgrade
from funnel.models import OPEN_STATES, Delivery, DeliveryState, in_state
from funnel.publishing.publish import publish
from funnel.sending.scheduler import enqueue_waiting, tick
from funnel.settings import load_settings, starter
from funnel.wiring import Service, build_service

HOST = "letters.example.org"  # the only one the site answers to
_LOOK_EVERY = 0.05
_SOON = 10_000  # mails a second: how soon what is left could be done
_LIMIT_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Measured:
    """One run: mails per second, and the peak memory of the largest worker in bytes."""

    rate: float
    memory: int


def open_service(folder: Path, sequences: Path, database: str, redis: str) -> Service:
    """The service on these servers, nothing of it running yet."""
    return build_service(
        load_settings(
            {},
            data_dir=folder,
            database_url=database,
            redis_url=redis,
            sequences_dir=sequences,
            secret_key=secrets.token_urlsafe(32),
            site_url=f"https://{HOST}",
            mail_url="memory://",
        )
    )


@contextmanager
def service_on(kind: str) -> Iterator[Service]:
    """The starter published on `sqlite` or on a `postgres` of its own, with a Redis. Raises ServerMissing."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, ExitStack() as stack:
        queue = stack.enter_context(redis())
        database = "" if kind == "sqlite" else stack.enter_context(postgres())
        service = open_service(Path(folder), starter("sequences"), database, queue)
        upgrade(service.db)
        publish(service, service.library, "bench", service.clock.now())
        tick(service, service.clock.now())  # the first round finds an empty Redis and leaves its mark there
        yield service


def analyze(service: Service) -> None:
    """What autovacuum does by itself a minute after so many rows were written."""
    with service.db.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("ANALYZE")


def send_all(service: Service, mail_url: str, workers: int, **settings: str) -> Measured:
    """Everything that waits, from the clock's claim to the last recorded outcome; `settings` are further variables.

    The workers are started before and wait for work, as they do in service.
    """
    with ExitStack() as stack:
        environment = service.settings.environment() | {"FUNNEL_MAIL_URL": mail_url} | settings
        command = [sys.executable, "-m", "funnel", "worker"]
        processes = [stack.enter_context(running(command, **environment)) for _ in range(workers)]
        _until_ready(service, workers)
        waiting = _left(service)
        started = time.perf_counter()
        while enqueue_waiting(service, service.clock.now()):
            pass
        # Counting rows takes a processor from those who send: until the last batches are taken the queue is asked.
        _until(lambda: not any(service.queue.lengths().values()), _LOOK_EVERY)
        while left := _left(service):
            assert time.perf_counter() - started < _LIMIT_SECONDS, "the workers did not finish"
            time.sleep(left / _SOON)
        seconds = time.perf_counter() - started
        memory = max(_peak(process.pid) for process in processes)
    _all_accepted(service)
    return Measured(waiting / seconds, memory)


def queue_seconds(service: Service, jobs: int) -> float:
    """What one job costs a worker when there is nothing to do in it: putting aside, what RQ itself takes."""
    for _ in range(jobs):
        service.queue.put([0])
    environment = service.settings.environment()
    started = time.perf_counter()
    with running([sys.executable, "-m", "funnel", "worker"], **environment):
        _until(lambda: service.queue.lengths()["lessons"] < jobs)
        first, started = service.queue.lengths()["lessons"], time.perf_counter()
        # Asked too often, Redis would be busy with the asking.
        _until(lambda: service.queue.lengths()["lessons"] == 0, 0.02)
        return (time.perf_counter() - started) / max(1, first)


def _left(service: Service) -> int:
    with service.db.read() as session:
        return session.scalar(select(func.count()).select_from(Delivery).where(in_state(*OPEN_STATES))) or 0


def _all_accepted(service: Service) -> None:
    with service.db.read() as session:
        found = set(session.scalars(select(Delivery.state).distinct()))
    assert found == {DeliveryState.ACCEPTED}, f"not everything was accepted: {found}"


def _until_ready(service: Service, workers: int) -> None:
    with Redis.from_url(service.settings.redis_url) as client:
        _until(lambda: len(client.smembers("rq:workers")) >= workers)


def _until(so: Callable[[], bool], every: float = 0.002) -> None:
    deadline = time.monotonic() + _LIMIT_SECONDS
    while not so():
        assert time.monotonic() < deadline
        time.sleep(every)


def _peak(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0
