"""The processes of the run, real ones: killed without a word, and started again."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from redis import Redis, RedisError
from sqlalchemy.engine import make_url

from funnel.settings import Settings
from tests import servers
from tests.workers.waiting_for import wait_until
from workers import parent_death
from workers.redis_server import find_redis_server

_ENDS_WITHIN = 35


class Started(Protocol):
    """A process of ours that can be struck: `Process`, or `Forked`."""

    name: str

    @property
    def pid(self) -> int: ...

    @property
    def alive(self) -> bool: ...

    def start(self) -> None: ...

    def kill(self) -> int: ...

    def stop(self) -> None: ...


class Process:
    """One program that can be killed and started again. What it says goes into a file; it dies with this process."""

    def __init__(self, name: str, command: Sequence[str], environment: Mapping[str, str], folder: Path) -> None:
        self.name, self._environment, self._log = name, environment, folder / f"{name}.log"
        self._command = [sys.executable, "-I", "-S", str(parent_death.__file__), str(os.getpid()), "", *command]
        self._running: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        return 0 if self._running is None else self._running.pid

    @property
    def alive(self) -> bool:
        return self._running is not None and self._running.poll() is None

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._running = subprocess.Popen(
                self._command, stdout=log, stderr=subprocess.STDOUT, env={**os.environ, **self._environment}
            )

    def kill(self) -> int:
        """SIGKILL, and waits until it is gone; its pid."""
        if self._running is None:
            return 0
        self._running.kill()
        self._running.wait(timeout=_ENDS_WITHIN)
        return self._running.pid

    def stop(self) -> None:
        """Asks politely first, as a person would."""
        if self._running is None:
            return
        self._running.terminate()
        try:
            self._running.wait(timeout=_ENDS_WITHIN)
        except subprocess.TimeoutExpired:
            self.kill()


def funnel(name: str, command: str, settings: Settings, folder: Path) -> Process:
    """A `funnel worker` or a `funnel clock`."""
    return Process(name, [sys.executable, "-m", "funnel", command], settings.environment(), folder)


class RedisProcess(Process):
    """A Redis on a socket of its own, which keeps what it holds as the service's own one does."""

    def __init__(self, home: Path, folder: Path) -> None:
        self._socket = home / "redis.sock"
        self.url = f"unix://{self._socket}"
        options = ["--port", "0", "--unixsocket", str(self._socket), "--dir", str(home), "--save", ""]
        options += ["--appendonly", "yes", "--appendfsync", "everysec", "--loglevel", "warning"]
        super().__init__("redis", [str(find_redis_server()), *options], {}, folder)

    def start(self) -> None:
        """Starts it and waits until it answers."""
        super().start()
        wait_until(self._answers)

    def empty(self) -> None:
        with Redis(unix_socket_path=str(self._socket)) as client:
            client.flushall()

    def _answers(self) -> bool:
        try:
            with Redis(unix_socket_path=str(self._socket)) as client:
                return bool(client.ping())
        except RedisError:
            return False


def postgres_folder(url: str) -> Path:
    """Where a `servers.postgres_server` keeps itself."""
    return Path(str(make_url(url).query["host"]))


def restart_postgres(folder: Path) -> None:
    """Ends it as a power cut would and starts it again; returns when it takes connections."""
    user = "postgres" if os.geteuid() == 0 else None
    control = f"{servers._postgres_binaries()}/pg_ctl"
    servers._run(user, [control, "-D", f"{folder}/data", "-w", "-m", "immediate", "-l", f"{folder}/log", "restart"])


def complaints(folder: Path) -> list[str]:
    """Log lines of our processes that begin an error, each kind once, for a person who looks for the cause."""
    found: dict[str, None] = {}
    for log in sorted(folder.glob("*.log")):
        for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
            if re.search(r"\b(ERROR|CRITICAL)\b", line):
                found[f"{log.stem}: {re.sub(r'^[0-9:]+ ', '', line)[:200]}"] = None
    return list(found)
