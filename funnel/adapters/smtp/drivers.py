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
from funnel.adapters.smtp.rules import Stage
from funnel.mail import Mail, Outcome, OutcomeKind

# Seconds that a free connection waits for others to become free, so that mails are taken in groups: for the next one,
# and for all together.
GATHER, LONGEST_GATHER = 0.005, 0.05
CHANNEL_WIDE = frozenset({OutcomeKind.RATE, OutcomeKind.QUOTA, OutcomeKind.AUTH_CONFIG})


class Dispatch:
    """One call of `send`: as many lanes as there are mails and connections, until every mail has its outcome.

    Mails are taken from the iterable one by one, each only when a connection is ready for it and everything that is
    known of those before has been told: whoever gives them may then write many things down at once.
    """

    def __init__(self, pool: Pool, mails: Iterable[Mail]) -> None:
        self._pool, self._relay = pool, pool.relay
        self._source = iter(mails)
        self._returned: deque[Mail] = deque()
        self._known: deque[tuple[str, Outcome]] = deque()
        self._lanes: set[ConnectionDriver] = set()
        self._idle: set[ConnectionDriver] = set()  # of the lanes, those without a mail
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
                if len(self._lanes) == len(self._idle):
                    break
                self._turn()
            for lane in list(self._idle):
                self._retire(lane, keep=True)
        finally:
            for lane in list(self._lanes):
                self._retire(lane)
            self._selector.close()

    def _gather(self) -> None:
        """Where a few connections are free: waits until half of them are, as long as one comes soon after the other."""
        until = time.monotonic() + LONGEST_GATHER
        while 0 < 2 * (len(self._idle) + len(self._ready)) < len(self._lanes) and time.monotonic() < until:
            if not self._turn(GATHER):
                return

    def _next(self) -> Mail | None:
        return self._returned.popleft() if self._returned else next(self._source, None)

    def _fill(self) -> None:
        """Gives mails to lanes while there are mails and room, until there is something to tell."""
        while not self._known and (self._idle or self._ready or len(self._lanes) < self._limit):
            mail = self._next()
            if mail is None:
                if not self._ready:
                    return
                self._follow(None)
            elif self._verdict is not None:
                self._known.append((mail.key, self._verdict))
            elif self._idle:
                lane = self._idle.pop()
                lane.take(lane.connection, mail)
                self._advance(lane)
            elif len(self._lanes) < self._limit:
                self._open_for(mail)
            else:
                self._follow(mail)

    def _follow(self, mail: Mail | None) -> None:
        """Lets a lane that is ready go on, with this mail as its next where its connection may carry one more."""
        lane = self._ready.pop()
        if mail is not None and not lane.connection.usable(self._relay.mails_per_connection):
            self._returned.append(mail)
            mail = None
        lane.pipeline_next(mail)
        self._advance(lane)

    def _open_for(self, mail: Mail) -> None:
        try:
            lane = ConnectionDriver(self._pool.take(), mail, self._relay)
        except ConnectionLost as loss:
            self._not_opened(mail, loss)
        else:
            self._lanes.add(lane)
            self._advance(lane)

    def _turn(self, most: float = math.inf) -> bool:
        """Waits, `most` seconds at most, until something can go on or has waited too long; whether anything could.

        What has arrived counts before what has expired.
        """
        ready = self._selector.select(min(most, max(0.0, self._none_expires_before - time.monotonic())))
        for key, _ in ready:
            key.data.connection.wire.stirred()
            if key.data in self._idle:
                # The server said something, or hung up, though nobody had asked.
                self._retire(key.data)
            elif key.data in self._ready:
                self._advance(key.data, ConnectionLost("The server hung up before it was given the mail"))
            else:
                self._advance(key.data)
        now = time.monotonic()
        if self._none_expires_before <= now:
            for lane in [lane for lane in self._lanes if lane.connection.wire.deadline <= now]:
                self._advance(lane, lane.connection.wire.expired())
            # Looking at each lane every time would cost as much as reading a reply. What begins from now on has at
            # least the shortest time that anything is given.
            deadlines = [lane.connection.wire.deadline for lane in self._lanes]
            self._none_expires_before = min((now + self._relay.timeouts.shortest, *deadlines))
        return bool(ready)

    def _advance(self, lane: ConnectionDriver, loss: ConnectionLost | None = None) -> None:
        self._ready.discard(lane)
        lane.ready = False
        while True:
            if lane.connection.wire.connecting:
                self._unwatch(lane)
            try:
                outcome = lane.proceed(loss)
            except ConnectionLost as found:
                if not self._reopened(lane, found):
                    return
            else:
                if outcome is not None:
                    if not self._goes_on(lane, outcome):
                        return
                elif not lane.ready:
                    self._watch(lane)
                    return
                else:
                    if lane.connection.session is not None:
                        self._pool.answered(lane.connection.session)
                    if self._pool.follows:
                        self._watch(lane)
                        self._ready.add(lane)
                        return
                    lane.pipeline_next(None)
            loss = None

    def _goes_on(self, lane: ConnectionDriver, outcome: Outcome) -> bool:
        """Notes the outcome. Whether the lane has a following mail; else it waits for one, if it may carry more."""
        self._known.append((lane.mail.key, outcome))
        if outcome.kind in CHANNEL_WIDE:
            self._verdict = self._verdict or outcome
        session, following = lane.connection.session, lane.following
        if following is not None and session is not None and not session.closing:
            lane.take(lane.connection, following)
            return True
        if following is not None:
            self._returned.append(following)  # nothing of its content has left
        if self._verdict is None and lane.connection.usable(self._relay.mails_per_connection):
            lane.connection.wire.rest()
            self._watch(lane)
            self._idle.add(lane)
        else:
            self._retire(lane, keep=True)
        return False

    def _reopened(self, lane: ConnectionDriver, loss: ConnectionLost) -> bool:
        """What a loss means for the mail; True when it goes on at once over a new connection.

        A kept connection that turns out dead before the content was begun is nobody's failure. After the final dot
        only the server knows; before it, the server has no whole mail, so that it may be sent again.
        """
        session, mail = lane.connection.session, lane.mail
        self._pool.lost(session, loss)
        if lane.following is not None:
            self._returned.append(lane.following)
            lane.following = None
        if session is not None and session.stage < Stage.BODY and session.uses > 1:
            self._unwatch(lane)
            lane.connection.wire.close()
            try:
                lane.take(self._pool.new(), mail)
            except ConnectionLost as unreachable:
                session, loss = None, unreachable
            else:
                return True
        self._retire(lane)
        if session is None:
            self._not_opened(mail, loss)
            return False
        sent = session.stage is Stage.SENT
        self._known.append((mail.key, Outcome(OutcomeKind.AMBIGUOUS if sent else OutcomeKind.TEMPORARY, loss.words)))
        if loss.timed_out and self._verdict is None:
            # A server that lets one mail wait so long would let each of the others wait as long.
            self._verdict = Outcome(OutcomeKind.TEMPORARY, loss.words)
        return False

    def _not_opened(self, mail: Mail, loss: ConnectionLost) -> None:
        """No connection came about: where others are at work the server wants fewer, else nothing can be sent now."""
        if self._lanes:
            self._returned.append(mail)
            self._limit = len(self._lanes)
        else:
            self._verdict = self._verdict or Outcome(loss.kind, loss.words)
            self._known.append((mail.key, self._verdict))

    def _retire(self, lane: ConnectionDriver, *, keep: bool = False) -> None:
        self._unwatch(lane)
        for lanes in (self._lanes, self._idle, self._ready):
            lanes.discard(lane)
        if keep:
            self._pool.keep(lane.connection)
        else:
            lane.connection.wire.close()

    def _watch(self, lane: ConnectionDriver) -> None:
        wire = lane.connection.wire
        if lane.watched is not None and lane.watched[1] == wire.interest:
            return
        wanted = (wire.fd, wire.interest)
        if lane.watched is None:
            self._selector.register(wanted[0], wanted[1], lane)
        else:
            self._selector.modify(wanted[0], wanted[1], lane)
        lane.watched = wanted

    def _unwatch(self, lane: ConnectionDriver) -> None:
        if lane.watched is not None:
            self._selector.unregister(lane.watched[0])
            lane.watched = None
