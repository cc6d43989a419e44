"""A stretch of network in one process: what comes in on one port goes to another, later, both ways.

`python -m benchmarks.distance NEAR FAR MILLISECONDS`. One thread, and a queue in which everything waits equally long.
"""

from __future__ import annotations

import selectors
import socket
import sys
import time
from collections import deque


def serve(near: int, far: int, milliseconds: float) -> None:
    """Until it is ended. `milliseconds` is a round trip: half of it each way."""
    delay = milliseconds / 2000
    waiting: deque[tuple[float, socket.socket, bytes]] = deque()
    with socket.create_server(("127.0.0.1", near), backlog=256) as server, selectors.DefaultSelector() as selector:
        selector.register(server, selectors.EVENT_READ)
        while True:
            pause = max(0.0, waiting[0][0] - time.monotonic()) if waiting else None
            for key, _ in selector.select(pause):
                if key.fileobj is server:
                    here, _ = server.accept()
                    there = socket.create_connection(("127.0.0.1", far))
                    for one, other in ((here, there), (there, here)):
                        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                        selector.register(one, selectors.EVENT_READ, other)
                    continue
                source = key.fileobj
                assert isinstance(source, socket.socket)
                data = _received(source)
                if not data:
                    selector.unregister(source)
                waiting.append((time.monotonic() + delay, key.data, data))
            now = time.monotonic()
            while waiting and waiting[0][0] <= now:
                _, target, data = waiting.popleft()
                _pass_on(target, data)


def _received(source: socket.socket) -> bytes:
    try:
        return source.recv(262_144)
    except OSError:
        return b""


def _pass_on(target: socket.socket, data: bytes) -> None:
    try:
        if data:
            target.sendall(data)
        else:
            target.shutdown(socket.SHUT_WR)
    except OSError:
        return  # the other end is gone already, and with it whoever waited for this


if __name__ == "__main__":
    serve(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
