"""Work done while PostgreSQL executes a statement, in the same thread: a worker mostly waits for its processor."""

from __future__ import annotations

import select
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

import psycopg
import structlog
from psycopg.waiting import WAIT_R

log = structlog.get_logger(__name__)
T = TypeVar("T")
Work = Callable[[], bool]

_work: ContextVar[Work | None] = ContextVar("work", default=None)


@contextmanager
def run_while_waiting(work: Work) -> Iterator[None]:
    """Inside this block, whenever PostgreSQL is waited for, calls `work` until it returns False.

    Each call should be short: the answer is checked for only between calls. If one raises, it is logged, there are no
    more, and the statement goes on. `work` may query the database over another connection, which waits as usual, once
    SQLAlchemy has made its first connection. SQLite answers in this process, so there is never anything to wait for.
    """
    outer = _work.set(work)
    try:
        yield
    finally:
        _work.reset(outer)


class OverlapConnection(psycopg.Connection[Any]):
    """A psycopg connection that does the work given to `run_while_waiting` before it waits."""

    def wait(self, gen: Generator[Any, Any, T], *args: Any, **options: Any) -> T:
        """Returns what psycopg's own `wait` does."""
        work = _work.get()
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
        if wanted == WAIT_R and _work.get() is work:
            outer = _work.set(None)
            try:
                while not answer.poll(0) and work():
                    pass
            except Exception as error:  # noqa: BLE001 - raised here it would cut the statement off from its answer
                log.error("work done while waiting for the database failed", error=type(error).__name__)
            else:
                _work.reset(outer)
        ready = yield wanted
