"""Processes that are forked from one which has read all code already: there in milliseconds, and killed as any other.

A Python that starts reads for a second or two, on a busy machine for ten. A run of a few seconds would be all waiting.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Mapping
from multiprocessing import forkserver
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from funnel.cli import main
from funnel.settings import Settings
from workers.parent_death import end_with_parent

_ENDS_WITHIN = 35
_FORKS = multiprocessing.get_context("forkserver")


class Forked:
    """`funnel worker` or `funnel clock` in a process of its own; what it says goes into a file, as with `Process`."""

    def __init__(self, name: str, command: str, settings: Settings, folder: Path) -> None:
        self.name, self._log = name, folder / f"{name}.log"
        self._command, self._environment = command, settings.environment()
        self._running: ForkServerProcess | None = None

    @staticmethod
    def read_code() -> None:
        """Starts the process that others are forked from, which reads while something else is done here."""
        _FORKS.set_forkserver_preload(["tests.chaos.forked_code"])
        forkserver.ensure_running()

    @property
    def pid(self) -> int:
        return 0 if self._running is None else self._running.pid or 0

    @property
    def alive(self) -> bool:
        return self._running is not None and self._running.is_alive()

    def start(self) -> None:
        self._running = _FORKS.Process(
            target=become, args=(self._command, self._environment, str(self._log)), name=self.name, daemon=True
        )
        self._running.start()

    def kill(self) -> int:
        """SIGKILL, and waits until it is gone; its pid."""
        if self._running is None:
            return 0
        self._running.kill()
        self._running.join(_ENDS_WITHIN)
        return self.pid

    def stop(self) -> None:
        """Asks politely first, as a person would."""
        if self._running is None:
            return
        self._running.terminate()
        self._running.join(_ENDS_WITHIN)
        if self._running.is_alive():
            self.kill()


def become(command: str, environment: Mapping[str, str], log: str) -> None:
    """In the new process: what the command line does, with its own variables and its own file to write to."""
    end_with_parent(os.getppid(), signal.SIGKILL)
    os.environ.update(environment)
    with Path(log).open("ab", buffering=0) as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    sys.stdout = os.fdopen(1, "w", encoding="utf-8", buffering=1)
    sys.stderr = os.fdopen(2, "w", encoding="utf-8", buffering=1)
    sys.argv = ["funnel", command]
    main()
