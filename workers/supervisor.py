"""Starts the processes of one machine, keeps them alive, and stops them in order."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from itertools import groupby

from workers.child import Child, SupervisedProcess
from workers.loglines import LogLines

_LOOK_SECONDS = 0.1
_STARTUP_SECONDS = 90.0


class ChildFailed(Exception):
    """A process could not be started: which one, how it ended, and the last it said."""


class Supervisor:
    """Groups of children, each started when the one before is ready; stopped by stages, those of one stage together.

    One thread starts and watches them all, for the kernel ties a child to the *thread* that started it: were that
    to end early, so would the child. `on_fall` hears of every child that died by itself.
    """

    def __init__(
        self,
        groups: Sequence[Sequence[Child]],
        log: LogLines,
        *,
        on_fall: Callable[[str], None] | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._log = log
        self._groups = [[SupervisedProcess(child, log) for child in group] for group in groups]
        self._on_fall = on_fall
        self._fallen: dict[str, str] = {}
        self._now = monotonic
        self._started = threading.Event()
        self._stopping = threading.Event()
        self._killing = threading.Event()
        self._failure: ChildFailed | None = None
        self._thread = threading.Thread(target=self._keep, name="supervisor", daemon=True)

    def begin(self) -> None:
        """Starts to start; `wait_until_ready` says how it went."""
        self._thread.start()

    def start(self) -> None:
        """`begin` and `wait_until_ready` in one."""
        self.begin()
        self.wait_until_ready()

    def wait_until_ready(self, stopping: Callable[[], bool] = lambda: False) -> None:
        """Comes back when every child is ready. Raises ChildFailed, with everything stopped, where one is not.

        `stopping` is asked meanwhile, so that a start can be called off.
        """
        while not self._started.wait(_LOOK_SECONDS):
            if stopping():
                self._stopping.set()
        if self._failure is not None:
            self._thread.join()
            raise self._failure

    def stop(self) -> None:
        """Stops all in order and comes back when all are gone."""
        self._stopping.set()
        self.wait()

    def kill(self) -> None:
        """Ends all at once. Safe to call while `stop` waits."""
        self._killing.set()
        self._stopping.set()

    def wait(self, seconds: float | None = None) -> bool:
        """Waits until all are gone. True where they are."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def ask_to_stop(self) -> None:
        self._stopping.set()

    def alive(self) -> bool:
        """Whether every child runs just now."""
        return self._thread.is_alive() and all(kept.running for group in self._groups for kept in group)

    def pids(self) -> dict[str, int]:
        return {kept.child.name: kept.pid for group in self._groups for kept in group if kept.pid is not None}

    def fallen(self) -> dict[str, str]:
        """How each child that died by itself ended the last time, by its name; whether it runs again or not."""
        return dict(self._fallen)

    def last_lines(self, name: str) -> list[str]:
        """The last lines that a child wrote, shown or not."""
        return [line for group in self._groups for kept in group if kept.child.name == name for line in kept.last_lines]

    def _keep(self) -> None:
        try:
            for group in self._groups:
                self._start(group)
            self._started.set()
            while not self._stopping.wait(_LOOK_SECONDS):
                self._look()
        except ChildFailed as failure:
            self._failure = failure
        finally:
            self._stop_all()
            self._started.set()

    def _start(self, group: list[SupervisedProcess]) -> None:
        for kept in group:
            kept.start(self._now())
        deadline = self._now() + _STARTUP_SECONDS
        for kept in group:
            while kept.child.ready is not None and not kept.child.ready():
                if self._stopping.wait(0.05):
                    raise ChildFailed(f"{kept.child.name} was stopped before it was ready")
                if kept.poll_exit(self._now()) is not None:
                    raise ChildFailed(_told(kept, kept.how_it_ended()))
                if self._now() > deadline:
                    raise ChildFailed(_told(kept, f"was not ready after {_STARTUP_SECONDS:.0f} seconds"))

    def _look(self) -> None:
        for group in self._groups:
            for kept in group:
                delay = kept.poll_exit(self._now())
                if delay is not None:
                    self._show_last_words(kept)
                    self._fallen[kept.child.name] = kept.how_it_ended()
                    self._say(f"{kept.child.name} {kept.how_it_ended()}; starting it again in {delay:.0f} s")
                    if self._on_fall is not None:
                        self._on_fall(f"{kept.child.name} {kept.how_it_ended()}")
                elif kept.is_due(self._now()):
                    kept.start(self._now())

    def _stop_all(self) -> None:
        all_kept = sorted((kept for group in self._groups for kept in group), key=_stop_stage)
        for _, together in groupby(all_kept, key=_stop_stage):
            stage = list(together)
            if any(kept.running for kept in stage):
                self._say("stopping " + ", ".join(kept.child.name for kept in stage))
            for kept in stage:
                kept.ask_to_stop()
            for kept in stage:
                self._wait_for(kept)

    def _wait_for(self, kept: SupervisedProcess) -> None:
        deadline = self._now() + kept.child.stop_seconds
        while not kept.has_stopped():
            if self._killing.is_set() or self._now() > deadline:
                self._say(f"{kept.child.name} is ended now")
                kept.kill()
            self._killing.wait(0.02)

    def _show_last_words(self, kept: SupervisedProcess) -> None:
        if kept.child.quiet:
            for line in kept.last_lines:
                self._log.write(kept.child.name, line)

    def _say(self, line: str) -> None:
        self._log.write("up", line)


def _stop_stage(kept: SupervisedProcess) -> int:
    return kept.child.stop_stage


def _told(kept: SupervisedProcess, how: str) -> str:
    last = "\n".join(f"    {line}" for line in kept.last_lines)
    return f"{kept.child.name} {how}" + (f". The last it said:\n{last}" if last else "")
