"""Work done while PostgreSQL executes a statement, in the same thread: a worker mostly waits for its processor."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Work = Callable[[], bool]

WORK: ContextVar[Work | None] = ContextVar("work", default=None)


@contextmanager
def run_while_waiting(work: Work) -> Iterator[None]:
    """Inside this block, whenever PostgreSQL is waited for, calls `work` until it returns False.

    Each call should be short: the answer is checked for only between calls. If one raises, it is logged, there are no
    more, and the statement goes on. `work` may query the database over another connection, which waits as usual, once
    SQLAlchemy has made its first connection. SQLite answers in this process, so there is never anything to wait for.
    """
    outer = WORK.set(work)
    try:
        yield
    finally:
        WORK.reset(outer)
