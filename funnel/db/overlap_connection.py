"""The connection to PostgreSQL that works while it waits. Only who uses PostgreSQL loads psycopg, and so this."""

from __future__ import annotations

import select
from collections.abc import Generator
from typing import Any, TypeVar

import psycopg
import structlog
from psycopg.waiting import WAIT_R

from funnel.db.overlap import WORK, Work

log = structlog.get_logger(__name__)
T = TypeVar("T")


class OverlapConnection(psycopg.Connection[Any]):
    """A psycopg connection that does the work given to `run_while_waiting` before it waits."""

    def wait(self, gen: Generator[Any, Any, T], *args: Any, **options: Any) -> T:
        """Returns what psycopg's own `wait` does."""
        work = WORK.get()
        if work is not None:
            gen = _at_work(gen, self.pgconn.socket, work)
        return super().wait(gen, *args, **options)


def _at_work(gen: Generator[Any, Any, T], socket: int, work: Work) -> Generator[Any, Any, T]:
    """The same generator, but it does some work first whenever it would wait for something to read."""
    answer = select.poll()
    answer.register(socket, select.POLLIN)
    ready = None
    while True:
        try:
            wanted = gen.send(ready)
        except StopIteration as end:
            result: T = end.value
            return result
        if wanted == WAIT_R and WORK.get() is work:
            outer = WORK.set(None)
            try:
                while not answer.poll(0) and work():
                    pass
            except Exception as error:  # noqa: BLE001 - raised here it would cut the statement off from its answer
                log.error("work done while waiting for the database failed", error=type(error).__name__)
            else:
                WORK.reset(outer)
        ready = yield wanted
