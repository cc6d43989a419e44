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
from collections.abc import Sequence
from dataclasses import dataclass

from funnel.adapters.smtp.protocol import Ask, Connect, Encrypt, Exchange, Relay
from funnel.adapters.smtp.replies import ConnectionLost, ReplyReader, SmtpReply
from funnel.mail import OutcomeKind

READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE
_UNDER_WAY = frozenset({errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EALREADY})
_MOST = 65536


@dataclass(frozen=True, slots=True)
class SocketAddress:
    """One numeric address of the server, as getaddrinfo gives it."""

    family: socket.AddressFamily
    address: tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]


class Transport:
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
        self._said: list[SmtpReply] = []
        self.connecting = False  # while this is true the file descriptor may change from one `proceed` to the next
        self._readable = True  # something may have come that was not read

    @property
    def fd(self) -> int:
        """The file descriptor to wait for, -1 while there is none."""
        return self._socket.fileno() if self._socket else -1

    @property
    def unsent(self) -> int:
        """How many bytes of the last write the system has not taken."""
        return len(self._left)

    @property
    def said(self) -> Sequence[SmtpReply]:
        """The replies to the last exchange that have come."""
        return self._said

    def stirred(self) -> None:
        """The selector saw something on it."""
        self._readable = True

    def begin(self, ask: Ask) -> None:
        self._ask, self._said = ask, []
        if isinstance(ask, Exchange):
            self.connecting = False
            self._left = memoryview(ask.data)
            self.deadline = time.monotonic() + (ask.block if ask.data else ask.wait)
        else:
            self.connecting = isinstance(ask, Connect)
            self.deadline = time.monotonic() + ask.timeout

    def rest(self) -> None:
        """Nothing is asked and nothing can expire. What the server says now, it says unasked."""
        self._ask = None
        self.connecting = False
        self.deadline = math.inf
        self.interest = READ

    def literal(self) -> str:
        """Our own address as a domain literal, for an EHLO without a name (RFC 5321, 4.1.3). Raises OSError."""
        if self._socket is None:
            raise OSError("not connected")
        own = str(self._socket.getsockname()[0]).partition("%")[0]
        return f"[IPv6:{own}]" if ":" in own else f"[{own}]"

    def proceed(self) -> Sequence[SmtpReply] | None:
        """What an ask is answered with once it is done, which is no reply where it asked for none; None until then.

        Raises ConnectionLost when the connection is of no more use.
        """
        ask = self._ask
        try:
            if isinstance(ask, Exchange):
                return self._said if self._exchange(ask) else None
            if isinstance(ask, Connect):
                return () if self._connect() else None
            if isinstance(ask, Encrypt):
                return () if self._encrypt() else None
        except ssl.SSLCertVerificationError as error:
            raise ConnectionLost(_untrusted(self._relay, error), OutcomeKind.AUTH_CONFIG) from error
        except (ssl.SSLEOFError, ssl.SSLZeroReturnError) as error:
            raise ConnectionLost("The server closed the connection") from error
        except ssl.SSLError as error:
            kind = OutcomeKind.AUTH_CONFIG if isinstance(ask, Encrypt) else OutcomeKind.TEMPORARY
            raise ConnectionLost(_no_tls(self._relay, error), kind) from error
        except OSError as error:
            raise ConnectionLost(f"The connection to {_place(self._relay)} broke: {error.strerror or error}") from error
        return ()

    def expired(self) -> ConnectionLost:
        """The loss that a passed deadline is."""
        ask, waited = self._ask, "the server"
        if isinstance(ask, Exchange) and self._left:
            waited = f"the server to take data for {ask.block:g} seconds"
        elif isinstance(ask, Exchange):
            waited = f"the server's answer for {ask.wait:g} seconds"
        elif ask is not None:
            waited = f"{'the connection' if isinstance(ask, Connect) else 'TLS'} for {ask.timeout:g} seconds"
        return ConnectionLost(f"Waited for {waited}, in vain ({_place(self._relay)})", timed_out=True)

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
            raise ConnectionLost("The connection is closed")
        return self._socket

    def _connect(self) -> bool:
        """Tries one address after the other; the last one's error is the one that is told."""
        self.interest = WRITE
        code = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) if self._socket else errno.ENOTCONN
        while self._socket is None or code:
            if not self._addresses:
                raise ConnectionLost(f"{_place(self._relay)} could not be reached: {os.strerror(code)}")
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
                raise ConnectionLost("TLS needs a connection and its settings", OutcomeKind.AUTH_CONFIG)
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
        self._readable = True
        return True

    def _exchange(self, ask: Exchange) -> bool:
        if self._left and not self._write(ask):
            return False
        return self._read(ask)

    def _write(self, ask: Exchange) -> bool:
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
            # The limit is for a server that takes nothing, not for a slow line.
            self.deadline = time.monotonic() + (ask.block if self._left else ask.wait)
        return True

    def _read(self, ask: Exchange) -> bool:
        """Whether all replies are there. The connection is asked for more only when it may have some."""
        while True:
            while (reply := self._replies.next()) is not None:
                self._said.append(reply)
                if len(self._said) == ask.replies or reply.code == 421:
                    return True
                self.deadline = time.monotonic() + ask.wait
            self.interest = READ
            if not self._readable:
                return False
            try:
                data = self._open().recv(_MOST)
            except (BlockingIOError, ssl.SSLWantReadError):
                self._readable = False
                return False
            except ssl.SSLWantWriteError:
                self.interest = WRITE
                return False
            if not data:
                raise ConnectionLost("The server closed the connection")
            # TLS may hold more of what it has taken from the connection, of which no selector knows.
            self._readable = len(data) == _MOST or isinstance(self._socket, ssl.SSLSocket)
            self._replies.feed(data)


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
