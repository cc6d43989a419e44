"""An LMTP server (RFC 2033) for mail that comes back: it takes what is for our bounce address, and nothing else.

The mail server of this machine brings bounces here. Each is on the disk before it is answered for.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import structlog

from funnel.bounces.model import MAX_MAIL_BYTES
from funnel.bounces.spool import BounceSpool
from workers.lmtp_stream import LineTooLong, Stream

MOST_RECIPIENTS = 20
MOST_CONVERSATIONS = 100  # as many as Postfix holds at once for one transport (default_process_limit)
_PATIENCE = 300.0  # seconds for each command and each piece of a mail (RFC 5321, 4.5.3.2)
_MOST_MISTAKES = 20

_PATH = re.compile(r"<([^<>]{0,320})>(?: .*)?$")
_SIZE = re.compile(r" SIZE=(\d{1,20})(?: |$)", re.IGNORECASE)
_OFFERS = ("PIPELINING", "ENHANCEDSTATUSCODES", "8BITMIME", f"SIZE {MAX_MAIL_BYTES}")

log = structlog.get_logger(__name__)


class LmtpServer:
    """Takes mail until it is closed. `wants` says whether an address is one of ours."""

    def __init__(
        self, spool: BounceSpool, wants: Callable[[str], bool], taken: Callable[[], None], patience: float = _PATIENCE
    ) -> None:
        self._spool, self._wants, self._taken, self._patience = spool, wants, taken, patience
        self._open: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def start(self, where: str) -> None:
        """Listens at `host:port` or `unix:/path`. Raises OSError."""
        if where.startswith("unix:"):
            path = Path(where.removeprefix("unix:"))
            self._server = await asyncio.start_unix_server(self._accept, path)
            # Who may come to it is said by the rights of its folder: the mail server runs as somebody else.
            path.chmod(0o666)
            return
        host, _, port = where.rpartition(":")
        self._server = await asyncio.start_server(self._accept, host.strip("[]"), int(port))

    @property
    def sockets(self) -> tuple[socket.socket, ...]:
        return () if self._server is None else self._server.sockets

    async def close(self) -> None:
        """Listens no more; what is being said is cut off, and what was not answered for will be brought again."""
        if self._server is not None:
            self._server.close()
        for task in list(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - said for the type checker
        self._open.add(task)
        try:
            if len(self._open) > MOST_CONVERSATIONS:
                writer.write(b"421 4.3.2 Too many conversations at once; come again\r\n")
                await writer.drain()
                return
            await _Talk(Stream(reader, writer, self._patience), self._spool, self._wants, self._taken).run()
        except (OSError, EOFError, TimeoutError, LineTooLong) as error:
            log.info("a mail server hung up, or was hung up on", why=type(error).__name__)
        finally:
            self._open.discard(task)
            writer.close()
            with contextlib.suppress(OSError):  # gone already, which is all that was wanted
                await writer.wait_closed()


class _Talk:
    """One conversation."""

    def __init__(
        self, stream: Stream, spool: BounceSpool, wants: Callable[[str], bool], taken: Callable[[], None]
    ) -> None:
        self._stream, self._spool, self._wants, self._taken = stream, spool, wants, taken
        self._greeted = False
        self._sender: str | None = None
        self._recipients: list[str] = []
        self._mistakes = 0

    async def run(self) -> None:
        await self._stream.say("220 funnel takes mail that comes back, by LMTP")
        while self._mistakes < _MOST_MISTAKES:
            try:
                verb, _, rest = (await self._stream.line()).partition(" ")
            except EOFError:
                if self._sender is None:
                    return  # between two mails: Postfix keeps connections for a while, and lets them go without QUIT
                raise
            if verb.upper() == "QUIT":
                await self._stream.say("221 2.0.0 Bye")
                return
            await self._answer(verb.upper(), rest.strip())
        await self._stream.say("421 4.7.0 Too many mistakes")

    async def _answer(self, verb: str, rest: str) -> None:
        match verb:
            case "LHLO" if rest:
                self._greeted = True
                self._forget()
                await self._stream.say(*[f"250-{each}" for each in ("funnel", *_OFFERS[:-1])], f"250 {_OFFERS[-1]}")
            case "MAIL" if self._greeted and self._sender is None:
                await self._mail(rest)
            case "RCPT" if self._sender is not None:
                await self._rcpt(rest)
            case "DATA" if self._recipients and not rest:
                await self._data()
            case "RSET":
                self._forget()
                await self._stream.say("250 2.0.0 Ok")
            case "NOOP":
                await self._stream.say("250 2.0.0 Ok")
            case "VRFY":
                await self._stream.say("252 2.1.5 Send it, and see")
            case "MAIL" | "RCPT":
                await self._mistake("503 5.5.1 First LHLO, then MAIL, then RCPT")
            case "DATA":
                # RFC 2033, 4.2: with no recipient left there is nothing to take.
                await self._mistake("503 5.5.1 No valid recipients")
            case _:
                await self._mistake("500 5.5.2 Speak LMTP: LHLO, MAIL, RCPT, DATA, RSET, NOOP, QUIT")

    async def _mail(self, rest: str) -> None:
        found = _PATH.match(rest[5:].strip()) if rest[:5].upper() == "FROM:" else None
        if found is None:
            await self._mistake("501 5.5.4 Write MAIL FROM:<address>")
            return
        size = _SIZE.search(f"{rest} ")
        if size is not None and int(size[1]) > MAX_MAIL_BYTES:
            await self._stream.say("552 5.3.4 More than 10 MB are not taken")
            return
        self._sender = found[1]
        await self._stream.say("250 2.1.0 Ok")

    async def _rcpt(self, rest: str) -> None:
        found = _PATH.match(rest[3:].strip()) if rest[:3].upper() == "TO:" else None
        if found is None:
            await self._mistake("501 5.5.4 Write RCPT TO:<address>")
        elif not self._wants(found[1]):
            await self._mistake("550 5.1.1 Only mail that comes back to us is taken here")
        elif len(self._recipients) >= MOST_RECIPIENTS:
            await self._stream.say("452 4.5.3 Too many recipients at once; bring the others afterwards")
        else:
            self._recipients.append(found[1])
            await self._stream.say("250 2.1.5 Ok")

    async def _data(self) -> None:
        """One answer for each recipient (RFC 2033, 4.2), and none before its mail is safe."""
        recipients = list(self._recipients)
        self._forget()
        try:
            draft = self._spool.draft()
        except OSError as error:
            await self._stream.say(_no_room(error))
            return
        try:
            await self._stream.say("354 End with a dot on a line of its own")
            if await self._stream.body(draft, MAX_MAIL_BYTES):
                await self._stream.say(*[await self._kept(draft, each) for each in recipients])
            else:
                await self._stream.say(*["552 5.3.4 More than 10 MB are not taken" for _ in recipients])
        finally:
            self._spool.discard(draft)
        self._taken()

    async def _kept(self, draft: BinaryIO, recipient: str) -> str:
        try:
            await asyncio.to_thread(self._spool.keep, draft, recipient)
        except OSError as error:
            return _no_room(error)
        return "250 2.0.0 Kept"

    async def _mistake(self, said: str) -> None:
        self._mistakes += 1
        await self._stream.say(said)

    def _forget(self) -> None:
        self._sender, self._recipients = None, []


def _no_room(error: OSError) -> str:
    log.warning("mail that came back could not be kept", error=type(error).__name__, why=error.strerror or str(error))
    return "452 4.3.1 It cannot be kept just now; come again"
