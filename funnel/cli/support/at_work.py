"""Whether the processes that send mail have come up: without them the site still takes sign-ups that nobody mails."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime

from redis import Redis, RedisError
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from funnel.cli.support.formatting import plural
from funnel.cli.support.running import Running
from funnel.db import Database
from funnel.insight.status import CLOCK
from funnel.models import Heartbeat
from funnel.queue import open_redis
from funnel.roster import live_workers
from workers.jobs import name_of
from workers.stopping import Stop

PATIENCE_SECONDS = 30.0
_LOOK_SECONDS = 0.1
_LAST_WORDS = 4  # lines


def not_at_work(running: Running, stop: Stop, patience_seconds: float = PATIENCE_SECONDS) -> list[str]:
    """For each process that has not come up, what is known of it, its last log lines below; empty when all are alive.

    Waits for them until one dies. Also returns empty when `stop` is requested.
    """
    began, deadline = datetime.now(UTC), time.monotonic() + patience_seconds
    with open_redis(running.settings.redis_url) as redis, closing(Database(running.settings.database)) as database:
        while not stop.requested:
            fallen = running.supervisor.fallen()
            missing = list(_missing(running, redis, database, began))
            if not (fallen or missing):
                return []
            if fallen or time.monotonic() > deadline:
                silent = f"has sent no heartbeat for {plural(round(patience_seconds), 'second')}"
                told = fallen or dict.fromkeys(missing, silent)
                return [_with_last_words(running, name, how) for name, how in told.items()]
            stop.wait(_LOOK_SECONDS)
    return []


def _missing(running: Running, redis: Redis, database: Database, began: datetime) -> Iterator[str]:
    """The workers and the clock that have sent no heartbeat."""
    pids = running.supervisor.pids()
    present = _workers(redis)
    for name in running.workers:
        if name not in pids or not any(worker.startswith(name_of(pids[name])) for worker in present):
            yield name
    if not _clock_ticks(database, began):
        yield CLOCK


def _workers(redis: Redis) -> frozenset[str]:
    try:
        return live_workers(redis)
    except RedisError:  # then nobody can take mail from it; the workers report that
        return frozenset()


def _clock_ticks(database: Database, since: datetime) -> bool:
    try:
        with database.read() as session:
            return bool(session.scalar(select(Heartbeat).where(Heartbeat.name == CLOCK, Heartbeat.machine_at >= since)))
    except SQLAlchemyError:  # the clock waits for the database as well, and says so
        return False


def _with_last_words(running: Running, name: str, how: str) -> str:
    words = running.supervisor.last_lines(name)[-_LAST_WORDS:]
    return "\n".join([f"{name} {how}", *(f"    {line}" for line in words)])
