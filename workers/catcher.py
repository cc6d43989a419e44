"""The mail catcher: an SMTP server on this machine that keeps every mail as a file and sends none on."""

from __future__ import annotations

import asyncio
import logging
import re
import socket
import threading
import uuid
import weakref
from collections import deque
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

LARGEST = 10 * 1024 * 1024  # bytes of one mail
_NUMBERED = re.compile(r"(\d{10})-[0-9a-f]{32}\.eml")


class Catcher:
    """Keeps each accepted mail in `folder`.

    `refuse` holds shell patterns (`*`, `?`) of addresses that get 550 5.1.1, as a dead mailbox would. Port 0 takes a
    free one; after `start`, `port` says which.
    """

    def __init__(
        self, folder: CaughtMailFolder, host: str = "127.0.0.1", port: int = 0, *, refuse: Sequence[str] = ()
    ) -> None:
        self.folder, self.host, self.port = folder.path, host, port
        self._handler = _Handler(folder, tuple(pattern.lower() for pattern in refuse))
        self._server: _Server | None = None

    def start(self) -> None:
        """Listens, in a thread of its own. Raises OSError: the folder cannot be made, or the port is taken."""
        if self._server is not None:
            raise RuntimeError("the catcher has been started already")
        self._handler.folder.open()
        listening = _listen(self.host, self.port)
        self.port = listening.getsockname()[1]
        # Its server writes down each line it hears, addresses and all.
        logging.getLogger("mail.log").setLevel(logging.WARNING)
        self._server = _Server(self._handler, listening)
        self._server.start()

    def stop(self) -> None:
        """Stops listening; what was caught stays. Does nothing where it was not started."""
        if self._server is not None:
            self._server.stop()
            self._server = None


def read_caught(folder: Path) -> list[Path]:
    """The caught mails in the order they came, oldest first; empty where there is no such folder."""
    return sorted(path for path in folder.glob("*.eml") if _NUMBERED.fullmatch(path.name))


def _listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises OSError: the port is taken, or the host is not this machine."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio turns off Nagle's delay only where a socket says that it is TCP; the delay would be 40 ms a mail.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(256)
    except OSError:
        listening.close()
        raise
    return listening


class CaughtMailFolder:
    """Keeps each mail as `<path>/<sequence number>-<uuid>.eml`, the oldest removed beyond `keep`.

    Numbers go on where an earlier run left off, and a mail appears in it whole or not at all. `now` gives the time for
    X-Caught-At and must return an aware datetime.
    """

    def __init__(self, path: Path, now: Callable[[], datetime], keep: int = 5000) -> None:
        self.path, self._now, self._keep = path, now, keep
        self._kept: deque[Path] = deque()
        self._number = 0

    def open(self) -> None:
        self.path.mkdir(parents=True, exist_ok=True)
        self._kept = deque(read_caught(self.path))
        self._number = int(self._kept[-1].name.partition("-")[0]) if self._kept else 0

    def put(self, sender: str, recipients: Sequence[str], content: bytes) -> str:
        """Keeps one mail; its name. Raises OSError."""
        caught_at = self._now().astimezone(UTC).isoformat()
        top = f"X-Caught-At: {caught_at}\r\nX-Envelope-From: {sender}\r\nX-Envelope-To: {', '.join(recipients)}\r\n"
        name = f"{self._number + 1:010}-{uuid.uuid4().hex}.eml"
        temporary = self.path / f".{name}.part"
        temporary.write_bytes(top.encode("utf-8", "surrogateescape") + content)
        temporary.rename(self.path / name)
        self._number += 1
        self._kept.append(self.path / name)
        while len(self._kept) > self._keep:
            self._kept.popleft().unlink(missing_ok=True)
        return name


class _Handler:
    """What aiosmtpd asks at each step; the names of the methods are its."""

    def __init__(self, folder: CaughtMailFolder, refuse: tuple[str, ...]) -> None:
        self.folder = folder
        self._refuse = refuse

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        # It reads one command after the other whatever comes at once, so that this is true without more.
        return [*responses[:-1], "250-PIPELINING", "250-ENHANCEDSTATUSCODES", responses[-1]]

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if any(fnmatchcase(address.lower(), pattern) for pattern in self._refuse):
            return "550 5.1.1 There is no such mailbox here"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.original_content or b""
        try:
            name = self.folder.put(envelope.mail_from or "", envelope.rcpt_tos, content)
        except OSError as error:
            return f"452 4.3.1 The mail could not be kept: {error.strerror or error}"
        return f"250 2.0.0 Ok: queued as {name.removesuffix('.eml')}"


class _Server:
    """An event loop in a thread, which ends with all of its connections closed."""

    def __init__(self, handler: _Handler, listening: socket.socket) -> None:
        self._handler, self._listening = handler, listening
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="catcher", daemon=True)
        self._conversations: weakref.WeakSet[SMTP] = weakref.WeakSet()
        self._ready = threading.Event()
        self._ended: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def start(self) -> None:
        self._thread.start()
        if not self._ready.wait(timeout=10):
            raise TimeoutError("the mail catcher did not start within 10 seconds")

    def stop(self) -> None:
        if self._loop is not None and self._ended is not None:
            self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join(timeout=10)

    def _conversation(self) -> SMTP:
        smtp = SMTP(
            self._handler,
            data_size_limit=LARGEST,
            enable_SMTPUTF8=True,
            hostname="localhost",
            ident="mail catcher, keeps everything and sends nothing",
            loop=self._loop,
        )
        self._conversations.add(smtp)
        return smtp

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._ended = asyncio.Event()
        server = await self._loop.create_server(self._conversation, sock=self._listening)
        self._ready.set()
        await self._ended.wait()
        server.close()
        for smtp in list(self._conversations):
            if isinstance(smtp.transport, asyncio.WriteTransport):
                smtp.transport.abort()
        # One turn of the loop tells each conversation that its connection is gone.
        await asyncio.sleep(0)
        await server.wait_closed()
