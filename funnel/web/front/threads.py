"""The threads that make pages."""

from __future__ import annotations

import os
from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread

# Pages wait for the database, not for the processor: a few threads keep both busy, more only wait for each other.
THREADS = min(8, 2 * (os.cpu_count() or 1) + 1)


class Threads:
    """So many threads, and work that waits for one. As there is one request a connection, their limit bounds it too."""

    def __init__(self, count: int) -> None:
        self._work: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._count = count

    def start(self) -> None:
        for number in range(self._count):
            Thread(target=self._run, name=f"pages-{number + 1}", daemon=True).start()

    def put(self, work: Callable[[], None]) -> None:
        """Has it done by the next free thread; `work` must raise nothing."""
        self._work.put(work)

    def _run(self) -> None:
        while True:
            self._work.get()()
