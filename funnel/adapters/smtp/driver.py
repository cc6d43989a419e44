"""One connection at work: drives a conversation as far as it can go without waiting."""

from __future__ import annotations

from funnel.adapters.smtp.conversation import converse, opening
from funnel.adapters.smtp.pool import PooledConnection
from funnel.adapters.smtp.protocol import Ask, Follow, Relay, Steps
from funnel.adapters.smtp.replies import ConnectionLost
from funnel.mail import Mail, Outcome


class ConnectionDriver:
    """One connection at work on one mail, and perhaps on the beginning of the `following` one.

    It is `ready` while it waits to be told which mail that is, before the content of this one leaves.
    """

    def __init__(self, connection: PooledConnection, mail: Mail, relay: Relay) -> None:
        self._relay = relay
        self.watched: tuple[int, int] | None = None
        self.take(connection, mail)

    def take(self, connection: PooledConnection, mail: Mail) -> None:
        """Begins `mail` on `connection`, which need not be open yet, or goes on with it where it was begun."""
        self.connection, self.mail = connection, mail
        self.following: Mail | None = None
        self.ready = False
        connection.transport.rest()
        if connection.session is None:
            self._steps = _from_nothing(connection, mail, self._relay)
        else:
            self._steps = converse(connection.session, mail, self._relay.timeouts)

    def pipeline_next(self, mail: Mail | None) -> None:
        """Says which mail is the next one of a driver that is ready; None where none is known."""
        self.ready, self.following = False, mail
        self._ask(self._steps.send(mail))

    def proceed(self, loss: ConnectionLost | None = None) -> Outcome | None:
        """Goes on as far as it can without waiting; None while there is more to come. Raises ConnectionLost."""
        transport = self.connection.transport
        try:
            while not self.ready:
                if loss is None:
                    try:
                        answer = transport.proceed()
                    except ConnectionLost as found:
                        loss = found
                    else:
                        if answer is None:
                            return None
                        # A generator that has not begun takes nothing but None.
                        self._ask(self._steps.send(answer or None))
                if loss is not None:
                    loss.unsent, loss.said = transport.unsent, transport.said
                    # The conversation is told first: it may know the outcome already.
                    self._ask(self._steps.throw(loss))
                    loss = None
        except StopIteration as end:
            outcome: Outcome = end.value
            return outcome
        return None

    def _ask(self, ask: Ask | Follow) -> None:
        if isinstance(ask, Follow):
            self.ready = True
            self.connection.transport.rest()
        else:
            self.connection.transport.begin(ask)


def _from_nothing(connection: PooledConnection, mail: Mail, relay: Relay) -> Steps[Outcome]:
    connection.session = yield from opening(relay, connection.transport.literal)
    return (yield from converse(connection.session, mail, relay.timeouts))
