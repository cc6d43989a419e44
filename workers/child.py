"""One process that the supervisor keeps alive."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from workers.loglines import LogLines

_PARENT_DEATH = str(Path(__file__).resolve().with_name("parent_death.py"))
_LAST_LINES = 12
_LONGEST_DELAY = 30.0
_HEALTHY_SECONDS = 60.0


@dataclass(frozen=True)
class Child:
    """What is started: `command[0]` is a whole path. `ready` says when others may count on it.

    Lower `stop_stage`s are stopped first. `lock` is a file the process holds for as long as it lives, so that two never
    work on the same folder. `told` is what it reads from standard input, secrets among it. The lines of a `quiet` one
    are only shown when it ends by itself.
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    ready: Callable[[], bool] | None = None
    stop_stage: int = 0
    stop_seconds: float = 10.0
    quiet: bool = False
    lock: Path | None = None
    told: bytes = field(default=b"", repr=False)


class SupervisedProcess:
    """A child with its present process, its last lines, and how long to wait before it is started again."""

    def __init__(self, child: Child, log: LogLines) -> None:
        self.child = child
        self.last_lines: deque[str] = deque(maxlen=_LAST_LINES)
        self.exit_code: int | None = None
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self._reader: threading.Thread | None = None
        self._started_at = 0.0
        self._falls = 0
        self._again_at: float | None = None

    @property
    def running(self) -> bool:
        return self._process is not None

    @property
    def pid(self) -> int | None:
        return None if self._process is None else self._process.pid

    def start(self, now: float) -> None:
        """Starts the process in a group of its own: Ctrl-C reaches the supervisor only, which then stops in order."""
        lock = "" if self.child.lock is None else str(self.child.lock)
        self._process = subprocess.Popen(  # noqa: S603  # nosec B603 # our own commands, no shell
            [sys.executable, "-I", "-S", _PARENT_DEATH, str(os.getpid()), lock, *self.child.command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=dict(self.child.environment),
            process_group=0,
        )
        self._started_at, self._again_at = now, None
        assert self._process.stdin is not None  # noqa: S101 - said for the type checker
        assert self._process.stdout is not None  # noqa: S101 - said for the type checker
        pipes = (self._process.stdin, self._process.stdout)
        self._reader = threading.Thread(target=self._talk, args=pipes, daemon=True)
        self._reader.start()

    def poll_exit(self, now: float) -> float | None:
        """None while the process runs. When it has ended: the seconds until it is started again, growing to 30."""
        if self._process is None or not _has_ended(self._process.pid):
            return None
        if now - self._started_at >= _HEALTHY_SECONDS:
            self._falls = 0
        delay = min(2.0**self._falls, _LONGEST_DELAY)
        self._falls += 1
        self._again_at = now + delay
        self._reap()
        return delay

    def is_due(self, now: float) -> bool:
        return self._process is None and self._again_at is not None and now >= self._again_at

    def ask_to_stop(self) -> None:
        """SIGTERM to the process itself; it tells those it started."""
        self._again_at = None
        if self._process is not None:
            # Not Popen.send_signal, which would take the number of a dead process away from under `_reap`.
            os.kill(self._process.pid, signal.SIGTERM)

    def has_stopped(self) -> bool:
        if self._process is not None and _has_ended(self._process.pid):
            self._reap()
        return self._process is None

    def kill(self) -> None:
        """Ends the process and whatever it started, at once."""
        self._again_at = None
        if self._process is not None:
            _signal_group(self._process.pid, signal.SIGKILL)
            self._reap()

    def _reap(self) -> None:
        """Ends what the dead process has left behind in its group, then lets its number go."""
        if self._process is None:
            return
        _signal_group(self._process.pid, signal.SIGKILL)
        self.exit_code = self._process.wait()
        self._process = None
        if self._reader is not None:
            self._reader.join(timeout=1)

    def _talk(self, told: IO[bytes], said: IO[bytes]) -> None:
        """Tells the process what it needs, which may be more than a pipe holds, then reads what it says."""
        # One that dies before it has read all ends like any other, and is started again.
        with suppress(BrokenPipeError), told:
            told.write(self.child.told)
        with said:
            for raw in said:
                line = raw.decode("utf-8", "replace").rstrip()
                self.last_lines.append(line)
                if not self.child.quiet:
                    self._log.write(self.child.name, line)

    def how_it_ended(self) -> str:
        if self.exit_code is None:
            return "has not ended"
        if self.exit_code < 0:
            return f"was ended by {signal.Signals(-self.exit_code).name}"
        return f"ended with exit code {self.exit_code}"


def _has_ended(pid: int) -> bool:
    """Whether the process is dead, without taking its number away: its group can still be signalled safely."""
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _signal_group(group: int, number: signal.Signals) -> None:
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):  # nobody left; macOS says "permission" of a group of zombies
        return
