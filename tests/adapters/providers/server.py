"""A provider's API on this machine: speaks HTTP/1.1 over plain sockets, so that it can misbehave at any byte."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any


@dataclass(frozen=True)
class Heard:
    """One call as it arrived; header names in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Say:
    """An answer. `cut` bytes of the body are left out; `drip` seconds lie between its bytes."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: int = 0
    drip: float = 0.0


class Stall:
    """Says nothing, and stays."""


class HangUp:
    """Hangs up without a word, after the whole request was read."""


def say(data: object, status: int = 200, **headers: str) -> Say:
    """An answer in JSON; `_` in the names of headers stands for `-`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Say(status, json.dumps(data).encode(), {"Content-Type": "application/json", **named})


Answer = Say | Stall | HangUp
Handler = Callable[[Heard], Answer]


class ProviderServer:
    """Answers each call with what `handler` says; `heard` keeps the calls.

    With `read_body` of 0 or more, only so many bytes of a call's body are read before the line is cut.
    """

    def __init__(self, handler: Handler, *, read_body: int = -1, keep: bool = True) -> None:
        self.handler = handler
        self.read_body = read_body
        self.heard: list[Heard] = []
        self.connections = 0
        self._keep = keep
        self._ended = threading.Event()
        self._opened: set[socket.socket] = set()
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=128)
        if read_body >= 0:
            # Little room between the two, so that what is not read is soon not sent either.
            self._listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self._threads = [threading.Thread(target=self._accept)]

    def __enter__(self) -> ProviderServer:
        self._threads[0].start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        # Closing alone does not wake the thread that waits in accept.
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for opened in list(self._opened):
            _shut(opened)
        for thread in self._threads:
            thread.join(5)

    def _accept(self) -> None:
        while not self._ended.is_set():
            try:
                opened, _ = self._listening.accept()
            except OSError:
                return
            self.connections += 1
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._opened.add(opened)
            thread = threading.Thread(target=self._serve, args=(opened,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, opened: socket.socket) -> None:
        with opened, opened.makefile("rb") as heard:
            try:
                for call in self._calls(heard):
                    if self._keep:
                        self.heard.append(call)
                    if not self._answer(opened, self.handler(call)):
                        break
            except (OSError, ValueError):
                pass  # the client went away, the test ended, or this is not HTTP
            _shut(opened)
        self._opened.discard(opened)

    def _calls(self, heard: Any) -> Iterator[Heard]:
        while line := heard.readline():
            method, path, _ = line.decode("ascii").split(" ", 2)
            headers: dict[str, str] = {}
            while (line := heard.readline()) not in (b"\r\n", b""):
                name, _, value = line.decode("latin-1").partition(":")
                headers[name.strip().lower()] = value.strip()
            length = int(headers.get("content-length", "0"))
            if self.read_body >= 0:
                heard.read(min(self.read_body, length))
                return
            yield Heard(method, path, headers, heard.read(length))

    def _answer(self, opened: socket.socket, answer: Answer) -> bool:
        """False where the connection is done with."""
        if isinstance(answer, Stall):
            self._ended.wait(30)
            return False
        if isinstance(answer, HangUp):
            return False
        fields = {"Content-Length": str(len(answer.body)), **answer.headers}
        head = f"HTTP/1.1 {answer.status} Said\r\n" + "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        body = answer.body[: len(answer.body) - answer.cut]
        if not answer.drip:
            opened.sendall(head.encode() + b"\r\n" + body)
            return not answer.cut
        opened.sendall(head.encode() + b"\r\n")
        for position in range(len(body)):
            if self._ended.wait(answer.drip):
                return False
            opened.sendall(body[position : position + 1])
        return True


def _shut(opened: socket.socket) -> None:
    try:
        opened.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # closed already
