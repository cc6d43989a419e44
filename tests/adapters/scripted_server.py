"""A mail server that says what a test tells it to, at any point of a conversation, and remembers what it heard."""

from __future__ import annotations

import base64
import contextlib
import socket
import ssl
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType

from funnel.mail import Adapter

DROP = "DROP"  # hang up without a word
STALL = "STALL"  # say nothing more, and stay
ABSORB_SOME = "ABSORB_SOME"  # after 354: read a little of the body, then hang up

_USUAL = {
    "connect": "220 scripted.example.org ESMTP",
    "STARTTLS": "220 2.0.0 Go ahead",
    "MAIL": "250 2.1.0 Ok",
    "RCPT": "250 2.1.5 Ok",
    "DATA": "354 Go ahead",
    ".": "250 2.0.0 Ok: queued as SCRIPTED1",
    "RSET": "250 2.0.0 Ok",
    "QUIT": "221 2.0.0 Bye",
}


class ScriptedServer:
    """Answers each command with the next entry of its script, then as usual. A reply's lines are parted by `|`.

    An entry may end in `+DROP` to hang up after the reply. `offers` are the EHLO keywords, `tls` a server context for
    STARTTLS or, with `implicit`, for the whole connection; `users` are those whose password is right.
    """

    def __init__(
        self,
        script: Mapping[str, Sequence[str]] | None = None,
        *,
        offers: Sequence[str] = ("PIPELINING", "SIZE 10000000"),
        tls: ssl.SSLContext | None = None,
        implicit: bool = False,
        users: Mapping[str, str] | None = None,
    ) -> None:
        self.offers, self.tls, self.implicit, self.users = tuple(offers), tls, implicit, dict(users or {})
        self.deaf_behind_a_mail = False  # throws away what came with a mail's end
        self.commands: list[str] = []
        self.chunks: list[bytes] = []
        self.mails: list[bytes] = []
        self.connections = 0
        self.clients: list[Adapter] = []  # closed when the server ends
        self._script: defaultdict[str, deque[str]] = defaultdict(deque)
        for point, answers in (script or {}).items():
            self._script[point].extend(answers)
        self.opened: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._ended = threading.Event()
        self._listening = socket.create_server(("127.0.0.1", 0))
        # A small window, so that a large mail is not swallowed by the system before the server hangs up.
        self._listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        self.port: int = self._listening.getsockname()[1]

    def __enter__(self) -> ScriptedServer:
        self._start(self._accept)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for client in self.clients:
            client.close()
        self._ended.set()
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self.hang_up()
        for thread in self._threads:
            thread.join(5)

    def hang_up(self) -> None:
        """Drops every connection, as a server does that is started again."""
        for connection in list(self.opened):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def then(self, point: str, *answers: str) -> None:
        """More answers for the next times that `point` is reached."""
        self._script[point].extend(answers)

    def answer(self, point: str, usual: str) -> str:
        waiting = self._script[point]
        return waiting.popleft() if waiting else usual

    def _start(self, run: Callable[..., None], *args: socket.socket) -> None:
        thread = threading.Thread(target=run, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._ended.is_set():
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._start(self._converse, connection)

    def _converse(self, connection: socket.socket) -> None:
        talk = _Talk(self, connection)
        try:
            if self.implicit:
                talk.encrypt()
            self.connections += 1
            self.opened.add(talk.connection)
            talk.run()
        except OSError:
            # The client hung up, or does not trust the certificate: many a test is about just that.
            return
        finally:
            self.opened.discard(talk.connection)
            talk.connection.close()

    def wait_for_end(self) -> None:
        self._ended.wait(30)


class _Hangup(OSError):
    pass


class _Talk:
    def __init__(self, server: ScriptedServer, connection: socket.socket) -> None:
        self.server, self.connection = server, connection
        self.lines: deque[bytes] = deque()
        self.begun = b""
        self.accepted = ""  # how far the envelope has come: "", MAIL or RCPT

    def run(self) -> None:
        self.say("connect")
        while True:
            line = self.line()
            self.server.commands.append(line)
            verb = line.split(" ")[0].upper()
            if verb == "EHLO":
                offers = (f"250-{offer}" for offer in self.server.offers)
                self.say("EHLO", "|".join(("250-scripted", *offers, "250 HELP")))
            elif verb == "AUTH":
                self.sign_in(line)
            elif verb == "STARTTLS":
                self.start_tls()
            elif verb == "DATA":
                self.data()
            elif verb in ("MAIL", "RCPT", "RSET"):
                self.envelope(verb)
            else:
                self.say(verb)
                if verb == "QUIT":
                    raise _Hangup

    def envelope(self, verb: str) -> None:
        """As servers do: no reader without a sender, and each is forgotten by RSET."""
        in_order = verb != "RCPT" or self.accepted
        if self.say(verb, _USUAL[verb] if in_order else "503 5.5.1 MAIL first").startswith("25"):
            self.accepted = "" if verb == "RSET" else verb

    def data(self) -> None:
        usual = _USUAL["DATA"] if self.accepted == "RCPT" else "503 5.5.1 No valid recipients"
        self.accepted = ""
        if not self.say("DATA", usual).startswith("354"):
            return
        if self.server.answer("body", "") == ABSORB_SOME:
            self.connection.recv(512)
            raise _Hangup
        lines: list[bytes] = []
        while (line := self.line_bytes()) != b".\r\n":
            lines.append(line)
        self.server.mails.append(b"".join(lines))
        if self.server.deaf_behind_a_mail:
            self.lines.clear()
        self.say(".")

    def start_tls(self) -> None:
        self.say("STARTTLS")
        self.server.opened.discard(self.connection)
        self.encrypt()
        self.server.opened.add(self.connection)

    def encrypt(self) -> None:
        if self.server.tls is None:
            raise _Hangup
        self.connection = self.server.tls.wrap_socket(self.connection, server_side=True, do_handshake_on_connect=False)
        assert isinstance(self.connection, ssl.SSLSocket)
        self.connection.do_handshake()

    def sign_in(self, line: str) -> None:
        parts = line.split(" ")
        if parts[1] == "PLAIN":
            _, user, password = base64.b64decode(parts[2]).decode().split("\0")
        else:
            self.connection.sendall(b"334 VXNlcm5hbWU6\r\n")
            user = base64.b64decode(self.line()).decode()
            self.connection.sendall(b"334 UGFzc3dvcmQ6\r\n")
            password = base64.b64decode(self.line()).decode()
        right = self.server.users.get(user) == password
        self.say("AUTH", "235 2.7.0 Welcome" if right else "535 5.7.8 Wrong user name or password")

    def say(self, point: str, usual: str = "") -> str:
        answer = self.server.answer(point, usual or _USUAL.get(point, "500 5.5.2 What?"))
        if answer == STALL:
            self.server.wait_for_end()
            raise _Hangup
        reply = answer.removesuffix(f"+{DROP}")
        if answer != DROP:
            self.connection.sendall("".join(f"{line}\r\n" for line in reply.split("|")).encode())
        if answer == DROP or answer != reply:
            raise _Hangup
        return reply

    def line(self) -> str:
        return self.line_bytes().decode().rstrip("\r\n")

    def line_bytes(self) -> bytes:
        while not self.lines:
            chunk = self.connection.recv(65536)
            if not chunk:
                raise _Hangup
            self.server.chunks.append(chunk)
            *whole, self.begun = (self.begun + chunk).split(b"\r\n")
            self.lines.extend(whole)
        return self.lines.popleft() + b"\r\n"
