"""Granian, set up for this service."""

from __future__ import annotations

import os
import resource
import socket
import sys
import time
from importlib import import_module
from queue import SimpleQueue
from threading import Thread
from typing import Any

from granian.constants import HTTPModes, Interfaces, Loops
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.net import SocketHolder  # type: ignore[attr-defined]
from granian.server.mp import MPServer

from funnel.settings import Settings
from funnel.web.front.limits import LIMITS, FrontLimits
from workers.logs import set_up_logs
from workers.parent_death import end_with_parent

TARGET = "funnel.web.app:application"
KILL_SECONDS = 10
_BACKLOG = 1024  # connections the kernel queues while the maximum is open
# Open files of a process besides its connections, each of which may read one: database, Redis, hits, logs.
_OTHER_FILES = 256
# Granian's log lines go where all others go, warnings and worse only.
_LOGS: dict[str, Any] = {
    "formatters": {},
    "handlers": {},
    "loggers": {"_granian": {"handlers": [], "level": "WARNING", "propagate": True}},
}


def load() -> None:
    """Loads the app's code once, to be shared with the processes forked from this one."""
    import_module(TARGET.partition(":")[0])


def serve(settings: Settings, limits: FrontLimits = LIMITS) -> None:
    """Serves until SIGTERM or SIGINT; requests in progress are answered first, for at most 10 seconds."""
    server = Server(
        TARGET,
        address=settings.web_host,
        port=settings.web_port,
        limits=limits,
        interface=Interfaces.RSGI,
        workers=settings.web_workers,
        loop=Loops.asyncio,
        # Version 2 has no deadline for somebody who says nothing, and finding out which it is has none either.
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(
            header_read_timeout=round(limits.header_seconds * 1000), max_buffer_size=limits.head
        ),
        backlog=_BACKLOG,
        backpressure=_connections(limits),
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=KILL_SECONDS,
        log_dictconfig=_LOGS,
        log_level=LogLevels.warning,
        log_access=False,  # addresses carry tokens
    )
    server.serve(target_loader=Loader(os.getpid(), settings, limits), wrap_loader=True)


class Server(MPServer):
    """Granian, which can be asked to stop at any moment, and more than once.

    Its own handler sets an event and so takes that event's lock: where a signal arrives while the lock is held, by the
    loop that waits or by the handler itself, it would wait for itself for ever. When who started this is killed, the
    kernel sends several at once.
    """

    def __init__(self, *arguments: Any, limits: FrontLimits = LIMITS, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._write_seconds = limits.write_seconds
        self._asked: SimpleQueue[None] = SimpleQueue()
        Thread(target=self._interrupt, name="asked to stop", daemon=True).start()

    def signal_handler_interrupt(self, *_arguments: Any, **_options: Any) -> None:
        self.interrupt_signal = True
        self._asked.put(None)  # made to be called from a signal handler

    def _init_shared_socket(self) -> None:
        """A socket for each process, made here: what is set on it holds for each connection.

        So whoever takes nothing of an answer is dropped by the kernel, which granian has no deadline for; and where a
        process dies, those that wait for it are taken by the one started in its place.
        """
        self._listening = listening_sockets(self.bind_addr, self.bind_port, self.backlog, self.workers)
        for each in self._listening:
            drop_unread(each, self._write_seconds)
            each.set_inheritable(True)

    def _spawn_worker(self, idx: int, *arguments: Any, **options: Any) -> Any:
        own = self._listening[idx % len(self._listening)]
        self.__dict__.update(_sso=own, _sfd=own.fileno(), _shd=_holder(own.fileno(), self.backlog))
        return super()._spawn_worker(idx, *arguments, **options)

    def _drop_shared_socket(self) -> None:
        for each in self._listening:
            each.close()

    def _interrupt(self) -> None:
        self._asked.get()
        while True:  # as the loop forgets it where it starts a process anew in the same moment
            self.main_loop_interrupt.set()
            time.sleep(0.1)


def listening_sockets(host: str, port: int, backlog: int, count: int) -> list[socket.socket]:
    """One for each process where the kernel deals connections out among them (Linux: socket(7), SO_REUSEPORT).

    With one for all, whichever process wakes first takes all that wait, and the others look on. Raises OSError where
    the port is taken, by such sockets too.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    found = [socket.create_server((host, port), family=family, backlog=backlog)]
    if sys.platform.startswith("linux"):
        found[0].close()  # it has shown that nobody else listens, which those below would not
        address = (host, port)
        found = [socket.create_server(address, family=family, backlog=backlog, reuse_port=True) for _ in range(count)]
    for each in found:
        each.setblocking(False)  # else granian waits in accept(), also when it is told to stop
    return found


def drop_unread(listening: socket.socket, seconds: float) -> None:
    """Has the kernel end connections whose other side has taken nothing for so long: tcp(7), TCP_USER_TIMEOUT.

    Only Linux has that; elsewhere such a connection stays, and counts as one of those that may be open.
    """
    option = getattr(socket, "TCP_USER_TIMEOUT", None)
    if option is not None:
        listening.setsockopt(socket.IPPROTO_TCP, option, round(seconds * 1000))


def _connections(limits: FrontLimits) -> int:
    """How many connections a process may have open, once it may open as many files as the system lets it."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    wanted = 2 * limits.connections + _OTHER_FILES
    allowed = wanted if most == resource.RLIM_INFINITY else min(wanted, most)
    if resource.getrlimit(resource.RLIMIT_NOFILE)[0] < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, most))
    return max(1, min(limits.connections, (allowed - _OTHER_FILES) // 2))


def _holder(handle: int, backlog: int) -> Any:
    """The socket as granian hands it to its processes; its stubs do not say how one is made."""
    made: Any = SocketHolder
    return made(handle, False, backlog)


class Loader:
    """Loads the app inside each of granian's processes, which are tied to granian's first so that none outlives it."""

    def __init__(self, parent: int, settings: Settings, limits: FrontLimits) -> None:
        self._parent = parent
        self._settings = settings
        self._limits = limits

    def __call__(self, target: str) -> Any:
        end_with_parent(self._parent)
        set_up_logs(self._settings.log_format, "web")
        module, _, name = target.partition(":")
        return getattr(import_module(module), name)(self._settings, self._limits)
