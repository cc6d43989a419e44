"""The deliveries of one job on their way through the one door out; `delivery.py` says how that goes."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

import structlog
from sqlalchemy.orm import Session

from funnel.channel.channel import CLOSES_CHANNEL, Channel
from funnel.channel.provider_rest import resting_providers
from funnel.channel.rest import Lane
from funnel.context import Context
from funnel.db import WriteAgain
from funnel.db.overlap import run_while_waiting
from funnel.deliveries.statements import Lease
from funnel.mail import Mail, Outcome, OutcomeKind
from funnel.sending import claims
from funnel.sending.composing import ComposedMail, compose_all
from funnel.sending.leases import LeaseRenewer, soon
from funnel.sending.pace_share import PaceShare
from funnel.sending.recipients import Recipient, recipients
from funnel.sending.recording import Accepted, count_accepted, record_all
from funnel.sending.resting import defer_resting_lanes, defer_to_resting_providers

log = structlog.get_logger(__name__)
T = TypeVar("T")

_ABOUT_ONE = frozenset({OutcomeKind.PERMANENT_RECIPIENT, OutcomeKind.PERMANENT_MESSAGE})
# A broken adapter is left alone for a while, and so is the mail it did not take.
_AFTER_A_BREAK = timedelta(minutes=1)


class DeliveryBatch:
    """The deliveries of one job: what is claimed, what is on the wire, and which outcomes are still to be written."""

    def __init__(
        self, context: Context, write_again: WriteAgain, channel: Channel, worker: str, stopping: Callable[[], bool]
    ) -> None:
        self._context, self._write_again, self._channel = context, write_again, channel
        self._worker, self._stopping = worker, stopping
        self._claimed: list[int] = []
        self._readers: dict[int, Recipient] = {}
        self._taken: set[int] = set()  # by the adapter, unless the closing channel sent them back
        self._left: set[int] = set()  # claimed and, as far as we know, still so
        self._queue: deque[int] = deque()  # claimed and not begun
        self._marked: deque[ComposedMail] = deque()  # `handing over` is written; not taken yet
        self._wire: dict[str, int] = {}  # mail key: delivery
        self._ahead: dict[int, ComposedMail] = {}  # next in the queue, and composed already
        self._outcomes: dict[int, Outcome] = {}
        self._closed = False
        self._lanes: frozenset[Lane] = frozenset(Lane)
        self._resting: frozenset[str] = frozenset()  # mailbox providers that rested when this was claimed
        self._renew_at = self._resume_at = context.clock.machine_now()
        self._soon = False  # whether this batch holds a short lease
        self._share = PaceShare(context, channel, worker)
        self.life = LeaseRenewer(context, worker)
        self.error: Exception | None = None

    def claim(self, ids: Sequence[int]) -> bool:
        """Leases what waits; False if there is nothing. Nothing is claimed while the channel is closed."""
        context = self._context
        now, machine = context.clock.now(), context.clock.machine_now()

        def lease(session: Session) -> list[int]:
            closed = self._channel.closed_until(session, machine)
            if closed is not None:
                claims.defer_waiting(session, ids, now, closed)
                return []
            self._resting = resting_providers(session)
            going = defer_resting_lanes(session, self._channel, ids, now)
            going = defer_to_resting_providers(session, context, self._resting, going, now)
            due, rows = claims.sendable(session, context, going, now)
            self._lanes = frozenset(Lane) - self._channel.resting_lanes.keys()
            self._readers = recipients(session, context, rows)
            self._queue = deque(due)
            self._ahead.clear()
            dated = [key for key, to in self._readers.items() if to.sent_at is not None]
            # A batch that fits on the wire is handed over within moments, unless its worker dies.
            self._soon = len(due) <= self._channel.adapter.window or any(map(self._is_waited_for, due))
            return claims.claim_deliveries(session, due, dated, self._lease(machine), now)

        self._claimed = self._write(lease, self._channel.adapter.window, now)
        if not self._claimed:
            return False
        self._left.update(self._claimed)
        going = self._share.take(self._claimed, self._readers, machine)
        self._left.difference_update(set(self._claimed).difference(going))
        self._queue = deque(going)
        self._ahead = {key: self._ahead[key] for key in self._queue if key in self._ahead}
        return True

    def send(self) -> bool:
        """Lets the adapter take mails until it stops or we do; True while there is more to send.

        Mails it took and gave no answer for, or broke on, are ambiguous.
        """
        adapter = self._channel.adapter
        left, detail = len(self._queue), "the adapter gave no answer"
        try:
            for key, outcome in adapter.send(self._mails()):
                delivery_id = self._wire.pop(key, None)
                if delivery_id is not None:
                    self._outcomes[delivery_id] = outcome
                    if outcome.kind in CLOSES_CHANNEL:
                        self._closed = True
                        self._taken.discard(delivery_id)
        except Exception as error:
            log.exception("the adapter broke", adapter=adapter.name)
            detail, left = f"the adapter broke: {type(error).__name__}", 0
        for delivery_id in self._wire.values():
            self._outcomes[delivery_id] = Outcome(OutcomeKind.AMBIGUOUS, detail)
        self._wire.clear()
        if self._over():
            return False
        if len(self._queue) < left:
            return True
        # It broke or took nothing. Tried again at once, it would do the same.
        self._resume_at = self._context.clock.machine_now() + _AFTER_A_BREAK
        return False

    def settle(self) -> None:
        """Writes the last outcomes, and gives back mail that never began together with its share of the pace."""
        if not self._claimed:
            return
        context = self._context
        now, machine = context.clock.now(), context.clock.machine_now()

        def write(session: Session) -> None:
            counts = self._record(session, now)
            until = self._channel.closed_until(session, machine)
            if until is None and self._resume_at > machine:
                until = self._resume_at
            untaken = [mail.delivery_id for mail in self._marked]
            claims.return_unsent(session, self._left, untaken, self._worker, until)
            count_accepted(session, counts, now)

        self._write(write, 0, now)
        self._share.give_back(self._taken, self._readers, machine)

    def _is_waited_for(self, key: int) -> bool:
        """Whether somebody is waiting for this mail: anything but a lesson, and only lessons have a reader here."""
        return key not in self._readers

    def _mails(self) -> Iterator[Mail]:
        """What the adapter iterates. Taking the next mail is what moves everything on.

        A mail that is marked already is given at once. Where none is, `_mark` fills as many as fit on the wire, and one
        commit writes `handing over` for them and the outcomes so far; only then is the first of them given. So no mail
        leaves before the row says so, and the adapter's own pace decides how many are on their way. It ends when
        everything is gone, the channel closes, or `window` mails are without an outcome. The picture is in
        docs/architecture.md.
        """
        while not self._closed and (self._marked or self._mark()):
            composed = self._marked.popleft()
            self._wire[composed.mail.key] = composed.delivery_id
            self._taken.add(composed.delivery_id)
            yield composed.mail

    def _mark(self) -> bool:
        """Composes and marks as many mails as there is room for on the wire; False if there is none to give now."""
        while not self._over() and (room := self._channel.adapter.window - len(self._wire)) > 0:
            ids = [self._queue.popleft() for _ in range(min(room, len(self._queue)))]
            try:
                self._hand_over(ids)
            except Exception as error:  # noqa: BLE001 - `deliver` raises it in the end
                # Raised inside the adapter, it would cut off the mails on the wire.
                self.error = error
            if self._marked:
                return True
        return False

    def _hand_over(self, ids: Sequence[int]) -> None:
        context = self._context
        now, machine = context.clock.now(), context.clock.machine_now()
        ahead = [self._ahead.pop(key) for key in ids if key in self._ahead]
        composed, problems = compose_all(context, ids[len(ahead) :], self._readers, now)
        composed = ahead + composed
        renews = machine >= self._renew_at

        def mark(session: Session) -> list[ComposedMail]:
            counts = self._record(session, now)
            if problems:
                claims.hold_all(session, problems, self._worker, now)
            if renews:
                claims.renew_leases(session, self._queue, self._lease(machine))
            # The outcomes just recorded may have closed the channel.
            name = self._channel.adapter.name
            cleared = (
                [] if self._closed else claims.mark_handing_over(session, context, composed, self._worker, name, now)
            )
            count_accepted(session, counts, now)
            return cleared

        cleared = self._write(mark, len(ids), now)
        if not self._closed:
            self._left.difference_update(ids)
        self._outcomes.clear()
        self._marked.extend(cleared)
        if any(self._is_waited_for(mail.delivery_id) for mail in cleared):
            self.life.begin()

    def _write(self, work: Callable[[Session], T], ahead: int, now: datetime) -> T:
        """Runs `work` in one transaction; while the database works, composes up to `ahead` of the next mails.

        What a failed transaction taught the channel is forgotten: its outcomes are recorded again, by the retry or with
        the next group, and would count twice.
        """
        snapshot = self._channel.snapshot

        def attempt(session: Session) -> T:
            self._channel.snapshot = snapshot
            return work(session)

        with run_while_waiting(lambda: len(self._ahead) < min(ahead, len(self._queue)) and self._compose_next(now)):
            try:
                return self._write_again(attempt)
            except BaseException:
                self._channel.snapshot = snapshot
                raise

    def _compose_next(self, now: datetime) -> bool:
        """Composes the next mail in the queue that is not composed yet; False if that cannot be done now.

        A mail that fails here is composed again with its own group, where the failure is handled.
        """
        key = self._queue[len(self._ahead)]
        if key not in self._readers:
            return False
        composed, _ = compose_all(self._context, [key], self._readers, now)
        self._ahead.update((mail.delivery_id, mail) for mail in composed)
        return bool(composed)

    def _record(self, session: Session, now: datetime) -> Accepted:
        """Records the outcomes; the caller clears them once committed. Returns what is still to be counted."""
        if not self._outcomes:
            return Counter()
        channel = self._channel
        counts = record_all(session, self._context, self._outcomes, channel.adapter.name, now)
        channel.record_outcomes(session, self._outcomes.values(), self._context.clock.machine_now())
        self._closed = self._closed or channel.is_closed or bool(self._lanes & channel.resting_lanes.keys())
        # A mailbox provider that rests from now on: claimed anew, mail to it waits.
        if any(outcome.kind in _ABOUT_ONE for outcome in self._outcomes.values()):
            self._closed = self._closed or not resting_providers(session) <= self._resting
        return counts

    def _over(self) -> bool:
        return not self._queue or self._closed or self.error is not None or self._stopping()

    def _lease(self, machine: datetime) -> Lease:
        """A lease taken now; it is renewed after a third of its time."""
        settings = self._context.settings
        lasts = soon(settings) if self._soon else timedelta(seconds=settings.lease_seconds)
        self._renew_at = machine + lasts / 3
        return Lease(self._worker, machine + lasts)
