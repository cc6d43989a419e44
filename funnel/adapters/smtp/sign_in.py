"""Says hello to a mail server, up to the sign-in, and hangs up: no mail is begun."""

from __future__ import annotations

import selectors
import time
from collections.abc import Sequence
from dataclasses import replace

from funnel.adapters.smtp.conversation import opening
from funnel.adapters.smtp.pool import resolve
from funnel.adapters.smtp.protocol import Relay, Session, Timeouts
from funnel.adapters.smtp.replies import SmtpReply
from funnel.adapters.smtp.transport import Transport


def try_to_sign_in(relay: Relay, seconds: float) -> Session:
    """What the server offers once signed in. No step takes longer than `seconds`.

    Raises ConnectionLost with why it did not come to that.
    """
    relay = replace(relay, timeouts=Timeouts(*(seconds,) * 6))
    transport = Transport(relay, resolve(relay.host, relay.port, seconds))
    steps = opening(relay, transport.literal)
    answer: Sequence[SmtpReply] | None = None
    try:
        while True:
            transport.begin(steps.send(answer or None))  # type: ignore[arg-type]
            answer = _waited(transport)
    except StopIteration as end:
        session: Session = end.value
        return session
    finally:
        transport.close(politely=True)


def _waited(transport: Transport) -> Sequence[SmtpReply]:
    """The answer to what was begun. Raises ConnectionLost."""
    while (answer := transport.proceed()) is None:
        left = transport.deadline - time.monotonic()
        if left <= 0:
            raise transport.expired()
        with selectors.DefaultSelector() as selector:
            selector.register(transport.fd, transport.interest)
            if selector.select(left):
                transport.stirred()
    return answer
