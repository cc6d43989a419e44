"""Granian, set up for this service."""

from __future__ import annotations

import os
import time
from importlib import import_module
from queue import SimpleQueue
from threading import Thread
from typing import Any

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.mp import MPServer

from funnel.settings import PREFIX, Settings
from workers.logs import set_up_logs
from workers.parent_death import end_with_parent

TARGET = "funnel.web.app:application"
# Pages wait for the database, not for the processor: a few threads keep both busy, more only wait for each other.
_THREADS = min(8, 2 * (os.cpu_count() or 1) + 1)
_KILL_SECONDS = 10
# Granian's own lines go where all others go, warnings and worse only.
_LOGS: dict[str, Any] = {
    "formatters": {},
    "handlers": {},
    "loggers": {"_granian": {"handlers": [], "level": "WARNING", "propagate": True}},
}
# Granian puts the whole environment into every request's variables; these have no business there.
_SECRET = tuple(PREFIX + name for name in ("SECRET_KEY", "MAIL_URL", "DATABASE_URL", "REDIS_URL"))


def load() -> None:
    """Reads the app's code, once, to be shared with the processes that are forked from this one."""
    import_module(TARGET.partition(":")[0])


def serve(settings: Settings) -> None:
    """Serves until SIGTERM or SIGINT; requests under way are answered first, for at most 10 seconds."""
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        del os.environ[name]
    os.environ.update(settings.environment())  # its processes read the settings again, options included
    server = Server(
        TARGET,
        address=settings.web_host,
        port=settings.web_port,
        interface=Interfaces.WSGI,
        workers=settings.web_workers,
        blocking_threads=_THREADS,
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=_KILL_SECONDS,
        log_dictconfig=_LOGS,
        log_level=LogLevels.warning,
        log_access=False,  # addresses carry tokens
    )
    server.serve(target_loader=Loader(os.getpid(), settings.log_format), wrap_loader=True)


class Server(MPServer):
    """Granian, which can be asked to stop at any moment, and more than once.

    Its own handler sets an event and so takes that event's lock: where a signal arrives while the lock is held, by the
    loop that waits or by the handler itself, it would wait for itself for ever. When who started this is killed, the
    kernel sends several at once.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._asked: SimpleQueue[None] = SimpleQueue()
        Thread(target=self._interrupt, name="asked to stop", daemon=True).start()

    def signal_handler_interrupt(self, *_arguments: Any, **_options: Any) -> None:
        self.interrupt_signal = True
        self._asked.put(None)  # made to be called from a signal handler

    def _interrupt(self) -> None:
        self._asked.get()
        while True:  # as the loop forgets it where it starts a process anew in the same moment
            self.main_loop_interrupt.set()
            time.sleep(0.1)


class Loader:
    """Loads the app inside each of granian's processes, which are tied to granian's first so that none outlives it."""

    def __init__(self, parent: int, log_format: str) -> None:
        self._parent = parent
        self._log_format = log_format

    def __call__(self, target: str) -> Any:
        end_with_parent(self._parent)
        set_up_logs(self._log_format, "web")
        module, _, name = target.partition(":")
        app = getattr(import_module(module), name)()
        for secret in _SECRET:
            os.environ.pop(secret, None)
        return app
