"""Work that is done while PostgreSQL is waited for, in the same thread: a worker's time is mostly its processor's."""

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
    """While an answer of PostgreSQL is waited for inside this block, `work` is called, as long as it gives True.

    Each call should be short: the answer is looked for between two of them. Where one raises there are no more, and the
    statement goes on: it is not its fault. What `work` asks of the database itself, over another connection, is
    waited for in the usual way; SQLAlchemy lets it do so once the first connection has been made. SQLite answers in
    this very process, so that there is nothing to wait for.
    """
    outer = _work.set(work)
    try:
        yield
    finally:
        _work.reset(outer)


class Connection(psycopg.Connection[Any]):
    """psycopg's, which does what `run_while_waiting` was given before it waits."""

    def wait(self, gen: Generator[Any, Any, T], *args: Any, **options: Any) -> T:
        """What psycopg's own gives back."""
        work = _work.get()
        if work is not None:
            gen = _at_work(gen, self.pgconn.socket, work)
        return super().wait(gen, *args, **options)


def _at_work(gen: Generator[Any, Any, T], socket: int, work: Work) -> Generator[Any, Any, T]:
    """The same generator, which lets work be done first where it would have to wait for something to read."""
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
                log.error("what was to be done beside the database failed", error=type(error).__name__)
            else:
                _work.reset(outer)
        ready = yield wanted
