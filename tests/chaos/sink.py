"""The mail server of the run: takes mail truly, writes down what it took, and misbehaves as the script says."""

from __future__ import annotations

import asyncio
import re
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.ledger import Ledger
from tests.chaos.script import Fault, Turn, at_greeting, at_mail, at_recipient

_LARGEST = 4 * 1024 * 1024
_MESSAGE_ID = re.compile(rb"^message-id:\s*(\S+)\s*$", re.IGNORECASE | re.MULTILINE)
_ADDRESS = re.compile(rb"<([^>]*)>")
_KEEPS = (Fault.NONE, Fault.STALL, Fault.DROP_KEPT)
_GONE = (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError)


@dataclass(frozen=True, slots=True)
class Manners:
    """How the sink behaves: `slowest` seconds before a good answer, `stall` before one that comes too late."""

    seed: int
    slowest: float
    stall: float


class Sink:
    """Listens in a thread of its own. With `faults` False from some moment on it takes everything at once."""

    def __init__(self, ledger: Path, manners: Manners) -> None:
        self.faults = True
        self.port = 0
        self._path, self._manners = ledger, manners
        self._attempts: Counter[str] = Counter()
        self._mails = self._connections = 0
        self._open: set[asyncio.Task[None]] = set()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="sink", daemon=True)

    def start(self) -> None:
        self._thread.start()
        if not self._ready.wait(timeout=10):
            raise TimeoutError("the sink did not start within 10 seconds")

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join(timeout=10)

    async def _serve(self) -> None:
        self._loop, self._ended = asyncio.get_running_loop(), asyncio.Event()
        self._ledger = Ledger(self._path)
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0, limit=_LARGEST)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._ended.wait()
        server.close()
        for task in list(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)
        await server.wait_closed()
        self._ledger.close()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        self._connections += 1
        talk = Conversation(self, self._ledger, reader, writer)
        try:
            await talk.hold(at_greeting(self._manners.seed, self._connections) if self.faults else "")
        except _GONE:
            pass  # the other side was killed or has lost patience; what that means is in `unread`
        except asyncio.CancelledError:
            pass  # the run is over
        finally:
            if talk.unread is not None:
                self._ledger.unread(talk.unread)
            self._open.discard(task)
            writer.transport.abort()

    def turn(self, recipient: str) -> Turn:
        """What this attempt at this reader's mail meets."""
        self._attempts[recipient] += 1
        if not self.faults:
            return Turn(Fault.NONE, "", 0.0)
        return at_recipient(self._manners.seed, recipient, self._attempts[recipient], self._manners.slowest)

    def mail(self) -> str:
        """With what this MAIL is refused; empty where it is not."""
        self._mails += 1
        return at_mail(self._manners.seed, self._mails) if self.faults else ""

    @property
    def stall(self) -> float:
        return self._manners.stall


class Conversation:
    """One connection. `unread` is the mail whose answer the other side has not shown to have read."""

    def __init__(self, sink: Sink, ledger: Ledger, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._sink, self._ledger, self._reader, self._writer = sink, ledger, reader, writer
        self._turn: Turn | None = None
        self._recipient = ""
        self._over = self._mailed = False
        self.unread: str | None = None
        self._verbs: dict[bytes, Callable[[bytes], str]] = {
            b"EHLO": lambda _line: "250-sink\r\n250-PIPELINING\r\n250-ENHANCEDSTATUSCODES\r\n250 SIZE 4000000",
            b"RSET": self._reset,
            b"NOOP": lambda _line: "250 2.0.0 yes",
            b"MAIL": self._mail,
            b"RCPT": self._rcpt,
        }

    async def hold(self, greeting: str) -> None:
        """Talks until either side has enough."""
        if greeting == "drop":
            self._ledger.trouble("", "hung up instead of greeting")
            return
        await self._say(self._refuse("greeting", greeting) if greeting else "220 sink ready")
        while not self._over and (line := await self._reader.readline()):
            self.unread = None
            verb = line[:4].upper()
            if verb == b"QUIT":
                await self._say("221 2.0.0 bye")
                return
            if verb == b"DATA":
                await self._data()
                continue
            said = self._verbs.get(verb)
            await self._say("500 5.5.2 what?" if said is None else said(line))

    def _reset(self, _line: bytes) -> str:
        self._turn, self._mailed = None, False
        return "250 2.0.0 forgotten"

    def _mail(self, _line: bytes) -> str:
        self._reset(b"")
        code = self._sink.mail()
        if code:
            return self._refuse("MAIL", code)
        self._mailed = True
        return "250 2.1.0 go on"

    def _rcpt(self, line: bytes) -> str:
        found = _ADDRESS.search(line)
        if not self._mailed or found is None:
            return "503 5.5.1 MAIL first"
        self._recipient = found[1].decode()
        turn = self._sink.turn(self._recipient)
        if turn.fault is Fault.REFUSE_AT_RCPT:
            return self._refuse("RCPT", turn.code)
        self._turn = turn
        return "250 2.1.5 go on"

    async def _data(self) -> None:
        turn, self._turn = self._turn, None
        if turn is None:
            await self._say("503 5.5.1 RCPT first")
            return
        if turn.fault is Fault.REFUSE_AT_DATA:
            await self._say(self._refuse("DATA", turn.code))
            return
        if turn.fault is Fault.DROP_AT_DATA:
            self._hang_up(turn)
            return
        await self._say("354 go on")
        if turn.fault is Fault.DROP_IN_MAIL:
            await self._reader.readline()
            self._hang_up(turn)
            return
        content = await self._reader.readuntil(b"\r\n.\r\n")
        found = _MESSAGE_ID.search(content)
        await self._answer(turn, "(none)" if found is None else found[1].decode())

    async def _answer(self, turn: Turn, message_id: str) -> None:
        if turn.fault is Fault.REFUSE_AT_DOT:
            await self._say(self._refuse("the final dot", turn.code))
            return
        self._ledger.whole(message_id, self._recipient, turn.fault, kept=turn.fault in _KEEPS)
        self.unread = message_id
        if turn.fault in (Fault.DROP_KEPT, Fault.DROP_LOST):
            self._over = True
            return
        await asyncio.sleep(self._sink.stall if turn.fault is Fault.STALL else turn.delay)
        await self._say("250 2.0.0 taken")

    def _hang_up(self, turn: Turn) -> None:
        self._ledger.trouble(self._recipient, turn.fault)
        self._over = True

    def _refuse(self, phase: str, code: str) -> str:
        self._over = self._over or code.startswith("421")
        return self._ledger.refusal(phase, code, self._recipient if phase not in ("greeting", "MAIL") else "")

    async def _say(self, words: str) -> None:
        self._writer.write(f"{words}\r\n".encode())
        await self._writer.drain()
