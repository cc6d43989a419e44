"""One non-blocking connection: moves the bytes that a conversation asks for, as far as they can be moved at once."""

from __future__ import annotations

import contextlib
import errno
import math
import os
import selectors
import socket
import ssl
import time
from dataclasses import dataclass

from funnel.adapters.smtp.replies import Lost, Reply, ReplyReader
from funnel.adapters.smtp.terms import Ask, Connect, Encrypt, Read, Relay, Write
from funnel.mail import OutcomeKind

READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE
_UNDER_WAY = frozenset({errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EALREADY})
_DOING = {Connect: "the connection", Encrypt: "TLS", Write: "the server to take data", Read: "the server's answer"}


@dataclass(frozen=True, slots=True)
class SocketAddress:
    """One numeric address of the server, as getaddrinfo gives it."""

    family: socket.AddressFamily
    address: tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]


class Wire:
    """`begin` an ask, then `proceed` each time the socket is ready for `interest`, until it says that it is done."""

    def __init__(self, relay: Relay, addresses: list[SocketAddress]) -> None:
        self.interest = READ
        self.deadline = math.inf
        self._relay = relay
        self._addresses = list(addresses)
        self._socket: socket.socket | None = None
        self._replies = ReplyReader()
        self._ask: Ask | None = None
        self._left = memoryview(b"")

    @property
    def connecting(self) -> bool:
        """While this is true the file descriptor may change from one `proceed` to the next."""
        return isinstance(self._ask, Connect)

    @property
    def fd(self) -> int:
        """The file descriptor to wait for, -1 while there is none."""
        return self._socket.fileno() if self._socket else -1

    @property
    def unsent(self) -> int:
        """How many bytes of the last write the system has not taken."""
        return len(self._left)

    def begin(self, ask: Ask) -> None:
        self._ask = ask
        self.deadline = time.monotonic() + ask.timeout
        if isinstance(ask, Write):
            self._left = memoryview(ask.data)

    def rest(self) -> None:
        """Nothing is asked and nothing can expire. What the server says now, it says unasked."""
        self._ask = None
        self.deadline = math.inf
        self.interest = READ

    def literal(self) -> str:
        """Our own address as a domain literal, for an EHLO without a name (RFC 5321, 4.1.3). Raises OSError."""
        if self._socket is None:
            raise OSError("not connected")
        own = str(self._socket.getsockname()[0]).partition("%")[0]
        return f"[IPv6:{own}]" if ":" in own else f"[{own}]"

    def proceed(self) -> tuple[bool, Reply | None]:
        """(done, reply of a Read). Raises Lost when the connection is of no more use."""
        ask = self._ask
        try:
            if isinstance(ask, Read):
                reply = self._read()
                return reply is not None, reply
            if isinstance(ask, Write):
                return self._write(), None
            if isinstance(ask, Connect):
                return self._connect(), None
            if isinstance(ask, Encrypt):
                return self._encrypt(), None
        except ssl.SSLCertVerificationError as error:
            raise Lost(_untrusted(self._relay, error), OutcomeKind.AUTH_CONFIG) from error
        except (ssl.SSLEOFError, ssl.SSLZeroReturnError) as error:
            raise Lost("The server closed the connection") from error
        except ssl.SSLError as error:
            kind = OutcomeKind.AUTH_CONFIG if isinstance(ask, Encrypt) else OutcomeKind.TEMPORARY
            raise Lost(_no_tls(self._relay, error), kind) from error
        except OSError as error:
            raise Lost(f"The connection to {_place(self._relay)} broke: {error.strerror or error}") from error
        return True, None

    def expired(self) -> Lost:
        """The loss that a passed deadline is."""
        waited = "the server" if self._ask is None else f"{_DOING[type(self._ask)]} for {self._ask.timeout:g} seconds"
        return Lost(f"Waited for {waited}, in vain ({_place(self._relay)})", timed_out=True)

    def quiet(self) -> bool:
        """True for a connection on which nothing has come since: one that was hung up, or told 421, is not quiet."""
        if self._socket is None:
            return False
        with selectors.DefaultSelector() as selector:
            selector.register(self._socket, READ)
            return not selector.select(0)

    def close(self, *, politely: bool = False) -> None:
        """Closes; `politely` says QUIT first but waits for no answer, as nothing hangs on it any more."""
        if self._socket is None:
            return
        # Whatever fails while hanging up changes no outcome.
        with contextlib.suppress(OSError):
            if politely:
                self._socket.send(b"QUIT\r\n")
        with contextlib.suppress(OSError):
            self._socket.close()
        self._socket = None

    def _open(self) -> socket.socket:
        if self._socket is None:
            raise Lost("The connection is closed")
        return self._socket

    def _connect(self) -> bool:
        """Tries one address after the other; the last one's error is the one that is told."""
        self.interest = WRITE
        code = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) if self._socket else errno.ENOTCONN
        while self._socket is None or code:
            if not self._addresses:
                raise Lost(f"{_place(self._relay)} could not be reached: {os.strerror(code)}")
            self.close()
            target = self._addresses.pop(0)
            self._socket = socket.socket(target.family, socket.SOCK_STREAM)
            self._socket.setblocking(False)
            code = self._socket.connect_ex(target.address)
            if code in _UNDER_WAY:
                return False
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        return True

    def _encrypt(self) -> bool:
        if not isinstance(self._socket, ssl.SSLSocket):
            # What came before TLS, together with the answer to STARTTLS, is not the server's (RFC 3207, 6).
            self._replies.forget()
            if self._socket is None or self._relay.context is None:
                raise Lost("TLS needs a connection and its settings", OutcomeKind.AUTH_CONFIG)
            self._socket = self._relay.context.wrap_socket(
                self._socket, server_hostname=self._relay.host, do_handshake_on_connect=False
            )
        try:
            self._socket.do_handshake()
        except ssl.SSLWantReadError:
            self.interest = READ
            return False
        except ssl.SSLWantWriteError:
            self.interest = WRITE
            return False
        return True

    def _write(self) -> bool:
        """True when the last byte (in TLS: the last record) is with the system; until then no whole mail has left."""
        while self._left:
            try:
                sent = self._open().send(self._left)
            except (BlockingIOError, ssl.SSLWantWriteError):
                self.interest = WRITE
                return False
            except ssl.SSLWantReadError:
                self.interest = READ
                return False
            self._left = self._left[sent:]
            if self._ask is not None:
                # The limit is for a server that takes nothing, not for a slow line.
                self.deadline = time.monotonic() + self._ask.timeout
        return True

    def _read(self) -> Reply | None:
        while (reply := self._replies.next()) is None:
            try:
                data = self._open().recv(65536)
            except (BlockingIOError, ssl.SSLWantReadError):
                self.interest = READ
                return None
            except ssl.SSLWantWriteError:
                self.interest = WRITE
                return None
            if not data:
                raise Lost("The server closed the connection")
            self._replies.feed(data)
        return reply


def _place(relay: Relay) -> str:
    return f"{relay.host} port {relay.port}"


def _untrusted(relay: Relay, error: ssl.SSLCertVerificationError) -> str:
    return (
        f"The certificate of {_place(relay)} cannot be trusted: {error.verify_message}. Nothing was sent. Use the name "
        "the certificate is for, or ca=/path/to/authority.pem for an authority of your own. (verify=no trusts anybody.)"
    )


def _no_tls(relay: Relay, error: ssl.SSLError) -> str:
    reason = (error.reason or "TLS failed").replace("_", " ").lower()
    plain = "version" in reason or "record layer" in reason
    hint = " It seems not to speak TLS from the first byte: try tls=starttls (often port 587)" if plain else ""
    return f"TLS with {_place(relay)} failed: {reason}.{hint}"
