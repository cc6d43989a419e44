"""Many conversations in one thread: hands each mail to a free connection and says what became of it."""

from __future__ import annotations

import math
import selectors
import time
from collections import deque
from collections.abc import Iterable, Iterator

from funnel.adapters.smtp.driver import ConnectionDriver
from funnel.adapters.smtp.pool import Pool
from funnel.adapters.smtp.replies import ConnectionLost
from funnel.adapters.smtp.rules import SmtpStage
from funnel.mail import Mail, Outcome, OutcomeKind

# Seconds that a free connection waits for others to become free, so that mails are taken in groups: for the next one,
# and for all together.
GATHER, LONGEST_GATHER = 0.005, 0.05
CHANNEL_WIDE = frozenset({OutcomeKind.RATE, OutcomeKind.QUOTA, OutcomeKind.AUTH_CONFIG})


class Dispatch:
    """One call of `send`: as many drivers as there are mails and connections, until every mail has its outcome.

    Mails are taken from the iterable one by one, each only when a connection is ready for it and everything that is
    known of those before has been told: whoever gives them may then write many things down at once.
    """

    def __init__(self, pool: Pool, mails: Iterable[Mail]) -> None:
        self._pool, self._relay = pool, pool.relay
        self._source = iter(mails)
        self._returned: deque[Mail] = deque()
        self._known: deque[tuple[str, Outcome]] = deque()
        self._drivers: set[ConnectionDriver] = set()
        self._idle: set[ConnectionDriver] = set()  # of the drivers, those without a mail
        self._ready: set[ConnectionDriver] = set()  # and those that wait to be told the following one
        self._limit = pool.relay.connections
        # Once set, what every mail gets that has not begun: the server is away, or wants us slower, or not at all.
        self._verdict: Outcome | None = None
        self._selector = selectors.DefaultSelector()
        self._none_expires_before = time.monotonic() + self._relay.timeouts.shortest

    def outcomes(self) -> Iterator[tuple[str, Outcome]]:
        """(key, outcome) of each mail, as soon as it is known. Closing the iterator hangs up on what is under way."""
        try:
            while True:
                # Whoever gives the mails does so in groups, and each group costs as much as many mails.
                self._gather()
                while self._known:
                    yield self._known.popleft()
                self._fill()
                if self._known:
                    continue
                if len(self._drivers) == len(self._idle):
                    break
                self._turn()
            for driver in list(self._idle):
                self._retire(driver, keep=True)
        finally:
            for driver in list(self._drivers):
                self._retire(driver)
            self._selector.close()

    def _gather(self) -> None:
        """Where a few connections are free: waits until half of them are, as long as one comes soon after the other."""
        until = time.monotonic() + LONGEST_GATHER
        while 0 < 2 * (len(self._idle) + len(self._ready)) < len(self._drivers) and time.monotonic() < until:
            if not self._turn(GATHER):
                return

    def _next(self) -> Mail | None:
        return self._returned.popleft() if self._returned else next(self._source, None)

    def _fill(self) -> None:
        """Gives mails to drivers while there are mails and room, until there is something to tell."""
        while not self._known and (self._idle or self._ready or len(self._drivers) < self._limit):
            mail = self._next()
            if mail is None:
                if not self._ready:
                    return
                self._follow(None)
            elif self._verdict is not None:
                self._known.append((mail.key, self._verdict))
            elif self._idle:
                driver = self._idle.pop()
                driver.take(driver.connection, mail)
                self._advance(driver)
            elif len(self._drivers) < self._limit:
                self._open_for(mail)
            else:
                self._follow(mail)

    def _follow(self, mail: Mail | None) -> None:
        """Lets a driver that is ready go on, with this mail as its next where its connection may carry one more."""
        driver = self._ready.pop()
        if mail is not None and not driver.connection.usable(self._relay.mails_per_connection):
            self._returned.append(mail)
            mail = None
        driver.pipeline_next(mail)
        self._advance(driver)

    def _open_for(self, mail: Mail) -> None:
        try:
            driver = ConnectionDriver(self._pool.take(), mail, self._relay)
        except ConnectionLost as loss:
            self._not_opened(mail, loss)
        else:
            self._drivers.add(driver)
            self._advance(driver)

    def _turn(self, most: float = math.inf) -> bool:
        """Waits, `most` seconds at most, until something can go on or has waited too long; whether anything could.

        What has arrived counts before what has expired.
        """
        ready = self._selector.select(min(most, max(0.0, self._none_expires_before - time.monotonic())))
        for key, _ in ready:
            key.data.connection.transport.stirred()
            if key.data in self._idle:
                # The server said something, or hung up, though nobody had asked.
                self._retire(key.data)
            elif key.data in self._ready:
                self._advance(key.data, ConnectionLost("The server hung up before it was given the mail"))
            else:
                self._advance(key.data)
        now = time.monotonic()
        if self._none_expires_before <= now:
            for driver in [driver for driver in self._drivers if driver.connection.transport.deadline <= now]:
                self._advance(driver, driver.connection.transport.expired())
            # Looking at each driver every time would cost as much as reading a reply. What begins from now on has at
            # least the shortest time that anything is given.
            deadlines = [driver.connection.transport.deadline for driver in self._drivers]
            self._none_expires_before = min((now + self._relay.timeouts.shortest, *deadlines))
        return bool(ready)

    def _advance(self, driver: ConnectionDriver, loss: ConnectionLost | None = None) -> None:
        self._ready.discard(driver)
        driver.ready = False
        while True:
            if driver.connection.transport.connecting:
                self._unwatch(driver)
            try:
                outcome = driver.proceed(loss)
            except ConnectionLost as found:
                if not self._reopened(driver, found):
                    return
            else:
                if outcome is not None:
                    if not self._goes_on(driver, outcome):
                        return
                elif not driver.ready:
                    self._watch(driver)
                    return
                else:
                    if driver.connection.session is not None:
                        self._pool.answered(driver.connection.session)
                    if self._pool.follows:
                        self._watch(driver)
                        self._ready.add(driver)
                        return
                    driver.pipeline_next(None)
            loss = None

    def _goes_on(self, driver: ConnectionDriver, outcome: Outcome) -> bool:
        """Notes the outcome. Whether the driver has a following mail; else it waits for one, if it may carry more."""
        self._known.append((driver.mail.key, outcome))
        if outcome.kind in CHANNEL_WIDE:
            self._verdict = self._verdict or outcome
        session, following = driver.connection.session, driver.following
        if following is not None and session is not None and not session.closing:
            driver.take(driver.connection, following)
            return True
        if following is not None:
            self._returned.append(following)  # nothing of its content has left
        if self._verdict is None and driver.connection.usable(self._relay.mails_per_connection):
            driver.connection.transport.rest()
            self._watch(driver)
            self._idle.add(driver)
        else:
            self._retire(driver, keep=True)
        return False

    def _reopened(self, driver: ConnectionDriver, loss: ConnectionLost) -> bool:
        """What a loss means for the mail; True when it goes on at once over a new connection.

        A kept connection that turns out dead before the content was begun is nobody's failure. After the final dot
        only the server knows; before it, the server has no whole mail, so that it may be sent again.
        """
        session, mail = driver.connection.session, driver.mail
        self._pool.lost(session, loss)
        if driver.following is not None:
            self._returned.append(driver.following)
            driver.following = None
        if session is not None and session.stage < SmtpStage.BODY and session.uses > 1:
            self._unwatch(driver)
            driver.connection.transport.close()
            try:
                driver.take(self._pool.new(), mail)
            except ConnectionLost as unreachable:
                session, loss = None, unreachable
            else:
                return True
        self._retire(driver)
        if session is None:
            self._not_opened(mail, loss)
            return False
        sent = session.stage is SmtpStage.SENT
        self._known.append((mail.key, Outcome(OutcomeKind.AMBIGUOUS if sent else OutcomeKind.TEMPORARY, loss.words)))
        if loss.timed_out and self._verdict is None:
            # A server that lets one mail wait so long would let each of the others wait as long.
            self._verdict = Outcome(OutcomeKind.TEMPORARY, loss.words)
        return False

    def _not_opened(self, mail: Mail, loss: ConnectionLost) -> None:
        """No connection came about: where others are at work the server wants fewer, else nothing can be sent now."""
        if self._drivers:
            self._returned.append(mail)
            self._limit = len(self._drivers)
        else:
            self._verdict = self._verdict or Outcome(loss.kind, loss.words)
            self._known.append((mail.key, self._verdict))

    def _retire(self, driver: ConnectionDriver, *, keep: bool = False) -> None:
        self._unwatch(driver)
        for drivers in (self._drivers, self._idle, self._ready):
            drivers.discard(driver)
        if keep:
            self._pool.keep(driver.connection)
        else:
            driver.connection.transport.close()

    def _watch(self, driver: ConnectionDriver) -> None:
        transport = driver.connection.transport
        if driver.watched is not None and driver.watched[1] == transport.interest:
            return
        wanted = (transport.fd, transport.interest)
        if driver.watched is None:
            self._selector.register(wanted[0], wanted[1], driver)
        else:
            self._selector.modify(wanted[0], wanted[1], driver)
        driver.watched = wanted

    def _unwatch(self, driver: ConnectionDriver) -> None:
        if driver.watched is not None:
            self._selector.unregister(driver.watched[0])
            driver.watched = None
