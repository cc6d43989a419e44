"""The web server as it is run, with deadlines short enough for a test: `python -m tests.abuse.serving`."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from funnel.cli.support.ports import free_port
from funnel.cli.support.running import web_answers
from funnel.cli.support.web_server import serve
from funnel.settings import Settings, load_settings
from funnel.web.front.limits import FrontLimits
from tests.workers.waiting_for import PATIENCE, wait_until

LIMITS = FrontLimits(header_seconds=1.0, body_seconds=1.5, write_seconds=2.0, connections=100)


@dataclass(frozen=True)
class Answer:
    """What came back over one connection: `rest` is all that followed the head, `seconds` how long it all took."""

    status: int
    headers: dict[str, str]
    rest: bytes
    seconds: float


@dataclass(frozen=True)
class Site:
    """A server in a process of its own, and plain sockets to it."""

    port: int
    pid: int

    def connect(self, sent: bytes = b"", receive_buffer: int = 0) -> socket.socket:
        connection = socket.socket()
        if receive_buffer:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        connection.settimeout(PATIENCE)
        try:
            connection.connect(("127.0.0.1", self.port))
            connection.sendall(sent)
        except OSError:
            connection.close()
            raise
        return connection

    def head(self, method: str, path: str, **headers: str) -> bytes:
        """The head of a request, of which more headers may be given: underscores stand for hyphens."""
        fields = {"Host": f"127.0.0.1:{self.port}", **{name.replace("_", "-"): text for name, text in headers.items()}}
        return "\r\n".join([f"{method} {path} HTTP/1.1", *map(": ".join, fields.items()), "", ""]).encode()

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> Answer:
        """One request over a connection of its own, and all that comes back."""
        length = {"Content_Length": str(len(body))} if body else {}
        return self.send(self.head(method, path, **length, **headers, Connection="close") + body)

    def send(self, sent: bytes) -> Answer:
        started = time.monotonic()
        with self.connect(sent) as connection:
            return read_answer(connection, started)


def read_answer(connection: socket.socket, started: float) -> Answer:
    """All that comes until the server closes the connection."""
    got = bytearray()
    while part := connection.recv(1 << 16):
        got += part
    head, _, rest = bytes(got).partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): text for name, _, text in (line.partition(": ") for line in lines)}
    return Answer(int(first.split(" ")[1]) if first else 0, headers, rest, time.monotonic() - started)


@contextmanager
def serving(settings: Settings, processes: int = 1) -> Iterator[Site]:
    """The server of these settings, whose port is chosen here, with so many processes and short deadlines."""
    port = free_port("127.0.0.1")
    given = settings.environment() | {"FUNNEL_WEB_PORT": str(port), "FUNNEL_WEB_WORKERS": str(processes)}
    with subprocess.Popen([sys.executable, "-m", "tests.abuse.serving"], env=_clean(given)) as process:
        try:
            wait_until(lambda: process.poll() is not None or web_answers("127.0.0.1", port))
            assert process.poll() is None
            yield Site(port, process.pid)
        finally:
            process.terminate()


def _clean(given: dict[str, str]) -> dict[str, str]:
    return {name: text for name, text in os.environ.items() if not name.startswith("FUNNEL_")} | given


if __name__ == "__main__":
    serve(load_settings(os.environ), LIMITS)
