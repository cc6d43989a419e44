"""Open connections kept between calls, and the way to a new one."""

from __future__ import annotations

import logging
import os
import queue
import socket
import threading
import time

from funnel.adapters.smtp.protocol import Relay, Session
from funnel.adapters.smtp.replies import ConnectionLost
from funnel.adapters.smtp.rules import SmtpStage
from funnel.adapters.smtp.transport import SocketAddress, Transport

OLDEST_CONNECTION = 300.0  # seconds from connecting to the last mail on a connection: what Postfix allows itself
LONGEST_REST = 60.0  # seconds; many servers hang up after this or more, and routers forget without a word
_DEAF = 3  # mails in a row that were begun ahead and not answered: it does not take that
_ADDRESSES_LAST = 60.0  # seconds that a name's addresses are used before it is asked for again

_log = logging.getLogger(__name__)


class PooledConnection:
    """A transport and what is known of the server at its other end."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport
        self.session: Session | None = None
        self.opened = self.rested = time.monotonic()

    def usable(self, most_mails: int) -> bool:
        """Whether one more mail may be begun on it."""
        return (
            self.session is not None
            and not self.session.closing
            and self.session.uses < most_mails
            and time.monotonic() - self.opened < OLDEST_CONNECTION
        )


class Pool:
    """Connections at rest. A forked child leaves its parent's alone: two would talk into one conversation."""

    def __init__(self, relay: Relay) -> None:
        self.relay = relay
        self._pipelines = False  # as far as is known of this server
        self._deaf = 0  # how often in a row it did not answer a mail that was begun ahead
        self._resting: list[PooledConnection] = []
        self._process = os.getpid()
        self._addresses: list[SocketAddress] = []
        self._asked = 0.0

    def take(self) -> PooledConnection:
        """An idle one that is still good, else a new one, not connected yet. Raises ConnectionLost."""
        self._leave_parents()
        while self._resting:
            connection = self._resting.pop()
            fresh = time.monotonic() - connection.rested < LONGEST_REST
            if fresh and connection.usable(self.relay.mails_per_connection) and connection.transport.quiet():
                return connection
            connection.transport.close(politely=True)
        return self.new()

    def new(self) -> PooledConnection:
        """A new one, not connected yet. Raises ConnectionLost: the name does not resolve."""
        if not self._addresses or time.monotonic() - self._asked > _ADDRESSES_LAST:
            self._addresses = resolve(self.relay.host, self.relay.port, self.relay.timeouts.connect)
            self._asked = time.monotonic()
        return PooledConnection(Transport(self.relay, self._addresses))

    @property
    def follows(self) -> bool:
        """Whether a mail may be begun before the one before it is answered."""
        return self._pipelines and self._deaf < _DEAF

    def answered(self, session: Session) -> None:
        """A server that pipelines has answered the beginning of a mail."""
        self._pipelines = True
        if session.ahead and self.follows:
            self._deaf = 0

    def lost(self, session: Session | None, loss: ConnectionLost) -> None:
        """A mail was lost; where it was begun ahead and not answered, the server may be one that does not take that.

        Some throw away what stands behind the final dot, or hang up on it, though they offer PIPELINING.
        """
        if session is None or not session.ahead or session.stage is not SmtpStage.MAIL or not self.follows:
            return
        self._deaf = _DEAF if loss.timed_out else self._deaf + 1
        if not self.follows:
            _log.warning("the mail server does not answer what follows a mail at once: one mail at a time from now")

    def keep(self, connection: PooledConnection) -> None:
        connection.rested = time.monotonic()
        if connection.usable(self.relay.mails_per_connection) and len(self._resting) < self.relay.connections:
            self._resting.append(connection)
        else:
            connection.transport.close(politely=True)

    def close(self) -> None:
        self._leave_parents()
        while self._resting:
            self._resting.pop().transport.close(politely=True)

    def _leave_parents(self) -> None:
        if self._process != os.getpid():
            for connection in self._resting:
                connection.transport.close()
            self._resting, self._process = [], os.getpid()


def resolve(host: str, port: int, timeout: float) -> list[SocketAddress]:
    """Where a name leads. Raises ConnectionLost when it does not resolve or nobody says within `timeout` seconds.

    The system's own look-up knows no time limit, so it is done in a thread that may be left behind.
    """
    answer: queue.SimpleQueue[list[SocketAddress] | OSError] = queue.SimpleQueue()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            answer.put(error if isinstance(error, OSError) else OSError(str(error)))
        else:
            answer.put([SocketAddress(family, address) for family, _, _, _, address in found])

    threading.Thread(target=ask, name="resolve", daemon=True).start()
    try:
        found = answer.get(timeout=timeout)
    except queue.Empty:
        raise ConnectionLost(f"The name {host} was not resolved within {timeout:g} seconds", timed_out=True) from None
    if isinstance(found, OSError):
        raise ConnectionLost(f"The name {host} does not resolve: {found.strerror or found}") from found
    return found
