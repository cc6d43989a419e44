"""The mail server's side of an LMTP conversation, with one answer for each recipient (RFC 2033)."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

from funnel.wiring import Service
from workers.returned import run_returned
from workers.stopping import Stop


class LmtpClient:
    """Says things and reads the answers. `where` is (host, port), or the path of a socket on disk."""

    def __init__(self, where: tuple[str, int] | str, *, greet: bool = True) -> None:
        family = socket.AF_UNIX if isinstance(where, str) else socket.AF_INET
        self.socket = socket.socket(family)
        self.socket.settimeout(20)
        try:
            self.socket.connect(where)
        except OSError:
            self.socket.close()
            raise
        self._file = self.socket.makefile("rb")
        self.greeting = self.answer()
        self.offers = self.say("LHLO mx.example.org") if greet else ""

    def __enter__(self) -> LmtpClient:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()
        self.socket.close()

    def answer(self) -> str:
        """All lines of one answer; "" where the other side hung up."""
        lines = []
        while line := self._file.readline():
            lines.append(line.decode().rstrip("\r\n"))
            if line[3:4] != b"-":
                break
        return "\n".join(lines)

    def say(self, line: str) -> str:
        self.socket.sendall(line.encode() + b"\r\n")
        return self.answer()

    def begin(self, *recipients: str, sender: str = "") -> list[str]:
        """From MAIL to DATA: the answers."""
        return [
            self.say(f"MAIL FROM:<{sender}>"),
            *[self.say(f"RCPT TO:<{recipient}>") for recipient in recipients],
            self.say("DATA"),
        ]

    def deliver(self, raw: bytes, *recipients: str) -> list[str]:
        """Brings one mail; the answers to it, one for each recipient."""
        assert self.begin(*recipients)[-1].startswith("354")
        self.socket.sendall(stuffed(raw))
        return [self.answer() for _ in recipients]


def stuffed(raw: bytes) -> bytes:
    """As it goes over the wire: CRLF, two dots for one at the beginning of a line, and the dot at the end."""
    lines = raw.replace(b"\r\n", b"\n").removesuffix(b"\n").split(b"\n")
    return b"".join((b"." if line.startswith(b".") else b"") + line + b"\r\n" for line in lines) + b".\r\n"


@contextmanager
def listening(service: Service) -> Iterator[tuple[str, int]]:
    """The server of a service, as long as this lasts, and where it is."""
    stop, ready, ports = Stop(), threading.Event(), list[int]()

    def heard(port: int) -> None:
        ports.append(port)
        ready.set()

    thread = threading.Thread(target=run_returned, args=(service, stop, heard))
    thread.start()
    try:
        assert ready.wait(20)
        yield "127.0.0.1", ports[0]
    finally:
        stop.request()
        thread.join(20)
        stop.close()
    assert not thread.is_alive()
