"""One tick of the clock: expired leases, due enrolments, and mail to enqueue.

Each step is its own transaction, so a clock that dies anywhere loses nothing, and a second clock does no harm: rows
belong to whoever locks them first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import BindParameter, ColumnElement, Select, and_, bindparam, case, exists, func, select, update
from sqlalchemy.orm import Session

from funnel.context import Context
from funnel.db import among
from funnel.deliveries import states
from funnel.editions import paused_since
from funnel.enrolment.due import load_batch, step
from funnel.models import (
    AT_MOST_ONCE,
    OPEN_STATES,
    Delivery,
    DeliveryKind,
    DeliveryState,
    Enrolment,
    EnrolmentState,
    LessonMeasure,
    in_state,
)
from funnel.queue import BROKEN_OFF, LESSONS
from funnel.sending.outcomes import count_outcome

CLAIM = 500
_Moment = datetime | BindParameter[datetime]
_MOST_ENQUEUED = 5_000
_LEAST_BATCH = 100  # smaller batches are not worth their fixed cost
# For how long an id counts as being on the queue. Longer than any queue: that Redis was emptied shows in its epoch, so
# this only covers the second of writes that an append-only file may lose.
_QUEUE_LEASE = timedelta(minutes=10)
# The same for urgent mail. A worker that has taken such an id claims its row at once or has died; on a long queue
# `_popped_before` says which ids cannot be there any more.
_URGENT_QUEUE_LEASE = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class TickResult:
    """What one tick did: deliveries made, ids enqueued, and whether there is more to do at once."""

    claimed: int
    queued: int
    more: bool


def tick(context: Context, now: datetime) -> TickResult:
    """One tick at story time `now`.

    1. Take back expired leases.
    2. Claim due enrolments, at most `CLAIM`, and write their delivery rows.
    3. After the commit, enqueue the ids of mail that waits and is not on the queue.
    """
    enrolments: list[Enrolment] = []
    made = 0
    to_do = _anything_to_do(context, now)
    if to_do.expired:
        with context.db.write() as session:
            _take_back(session, context, now)
    if to_do.due:
        with context.db.write() as session:
            enrolments = claim_enrolments(session, now, CLAIM)
            batch = load_batch(session, context, enrolments, now)
            made = sum(len(step(session, context, enrolment, batch, now)) for enrolment in enrolments)
    queued = enqueue_waiting(context, now, look=any(to_do))
    return TickResult(claimed=made, queued=queued, more=len(enrolments) == CLAIM or queued >= _MOST_ENQUEUED)


def enqueue_waiting(context: Context, now: datetime, *, look: bool = True) -> int:
    """Enqueues waiting mail, urgent mail first; returns how many ids. 0 if Redis is away.

    With `look=False` nothing is known to wait: the database is asked only if Redis has lost its queue, or a clock died
    while it was enqueuing.
    """
    machine = context.clock.machine_now()
    missing = context.queue.lost(machine)
    if missing is None or not (look or any(missing)):
        return 0
    room, until, soon = _room(context, machine), machine + _QUEUE_LEASE, machine + _URGENT_QUEUE_LEASE
    if not context.queue.begin(machine, until, soon):
        return 0
    popped = _popped_before(context, machine)
    with context.db.write() as session:
        if missing.everything:
            _set_queue_lease(session, in_state(DeliveryState.WAITING), None)
        elif missing.broken_off:
            _set_queue_lease(
                session, in_state(DeliveryState.WAITING) & Delivery.queue_lease_until.in_(missing.broken_off), None
            )
        rows = session.execute(_to_enqueue(now, machine, popped)).all()
        urgent = [row.id for row in rows if row.kind != DeliveryKind.LESSON]
        lessons = [row.id for row in rows if row.kind == DeliveryKind.LESSON][:room]
        # These rows are locked already.
        for ids, lease in ((urgent, soon), (lessons, until)):
            if ids:
                _set_queue_lease(session, among(Delivery.id, ids), lease)
    lost = [*_enqueue(context, urgent, urgent=True), *_enqueue(context, lessons, urgent=False)]
    _end_enqueuing(context, lost, until, soon, *missing.broken_off)
    if missing.everything and not lost:
        context.queue.remember()
    return len(urgent) + len(lessons) - len(lost)


def _popped_before(context: Context, machine: datetime) -> datetime:
    """Urgent mail whose `queue_lease_until` is earlier than this is certainly no longer on the queue.

    The queue is first in, first out: whatever was enqueued before the oldest batch that is still there has left it.
    """
    oldest = context.queue.oldest_urgent()
    return machine if oldest is None else min(machine, oldest - BROKEN_OFF + _URGENT_QUEUE_LEASE)


def _mark_queued(session: Session, ids: Sequence[int], until: datetime | None, *only: ColumnElement[bool]) -> None:
    """Sets the queue lease of those that still wait.

    A row may have been claimed meanwhile and be waiting again for its next attempt: `only` tells these apart.
    """
    # A locked row is being claimed right now. Skipping it, this cannot block a worker.
    still = (
        select(Delivery.id)
        .where(among(Delivery.id, ids), Delivery.state == DeliveryState.WAITING, *only)
        .order_by(Delivery.id)
        .with_for_update(skip_locked=True)
    )
    _set_queue_lease(session, Delivery.id.in_(still.scalar_subquery()), until)


def _set_queue_lease(session: Session, which: ColumnElement[bool], until: datetime | None) -> None:
    statement = update(Delivery).where(which).values(queue_lease_until=until)
    session.execute(statement.execution_options(synchronize_session=False))


def _room(context: Context, machine: datetime) -> int | None:
    """How many more lessons the pace of their channel allows on the queue; None for any number."""
    pace = context.channel.channel_for(DeliveryKind.LESSON).pace
    if pace.plan.unlimited:
        return None
    queued = context.queue.lengths().get(LESSONS, 0) * context.settings.batch_size
    return pace.room(machine, queued)


def enqueue_now(context: Context, ids: Sequence[int]) -> None:
    """Enqueues urgent mail at once; call it after the commit. If Redis is away, the clock finds the mail later."""
    machine = context.clock.machine_now()
    until = machine + _URGENT_QUEUE_LEASE
    if not ids or not context.queue.begin(machine, until):
        return
    # Written first: a worker may take the mail, and send it back to wait, before `put` has returned.
    with context.db.write() as session:
        _mark_queued(session, ids, until, Delivery.queue_lease_until.is_(None))
    _end_enqueuing(context, [*_enqueue(context, ids, urgent=True)], until)


def _end_enqueuing(context: Context, lost: Sequence[int], *untils: datetime) -> None:
    """Ends what `begin` announced; ids that could not be enqueued lose their queue lease."""
    if lost:
        with context.db.write() as session:
            _mark_queued(session, lost, None, Delivery.queue_lease_until.in_(untils))
    context.queue.end(*untils)


class _ToDo(NamedTuple):
    """What there is to do: expired leases, due enrolments, waiting mail that is not on the queue."""

    expired: int
    due: bool
    unqueued: int


def _anything_to_do(context: Context, now: datetime) -> _ToDo:
    """One query each tick. It locks nothing, and most of the time all three answers are no."""
    return _ToDo._make(context.db.ask(_TO_DO, {"now": now, "machine": context.clock.machine_now()}))


def _expired(machine: _Moment) -> tuple[ColumnElement[bool], ...]:
    return (
        in_state(DeliveryState.CLAIMED, DeliveryState.HANDING_OVER),
        Delivery.lease_until < machine,
    )


def claim_enrolments(session: Session, now: datetime, most: int) -> list[Enrolment]:
    """At most `most` due enrolments, longest due first, locked; skips those another clock holds."""
    query = select(Enrolment).where(Enrolment.state == EnrolmentState.ACTIVE, Enrolment.due_at <= now)
    paused = paused_since(session)
    if paused:
        query = query.where(Enrolment.sequence.not_in(list(paused)))
    return list(session.scalars(query.order_by(Enrolment.due_at).limit(most).with_for_update(skip_locked=True)))


def _unqueued(now: _Moment, machine: _Moment) -> tuple[ColumnElement[bool], ...]:
    return (
        in_state(DeliveryState.WAITING),
        Delivery.not_before <= now,
        Delivery.queue_lease_until.is_(None) | (Delivery.queue_lease_until < machine),
    )


def _any_open(*which: ColumnElement[bool]) -> ColumnElement[int]:
    """1 if any of the open mail meets these conditions, else 0."""
    return func.coalesce(func.max(case((and_(*which), 1), else_=0)), 0)


_NOW: BindParameter[datetime] = bindparam("now")
_MACHINE: BindParameter[datetime] = bindparam("machine")

# Built once: building it takes longer than running it. One pass over the open mail answers both questions.
_TO_DO = select(
    _any_open(*_expired(_MACHINE)),
    exists().where(Enrolment.state == EnrolmentState.ACTIVE, Enrolment.due_at <= _NOW),
    _any_open(*_unqueued(_NOW, _MACHINE)),
).where(in_state(*OPEN_STATES))


def _to_enqueue(now: datetime, machine: datetime, popped: datetime) -> Select[int, str]:
    """What to enqueue. Urgent mail only if it cannot be on the queue any more: see `_popped_before`."""
    gone = Delivery.queue_lease_until.is_(None) | (Delivery.queue_lease_until < popped)
    return (
        select(Delivery.id, Delivery.kind)
        .where(*_unqueued(now, machine), (Delivery.kind == DeliveryKind.LESSON) | gone)
        .order_by(case((Delivery.kind == DeliveryKind.LESSON, 1), else_=0), Delivery.not_before)
        .limit(_MOST_ENQUEUED)
        .with_for_update(skip_locked=True)
    )


def _enqueue(context: Context, ids: Sequence[int], *, urgent: bool) -> Iterator[int]:
    """Enqueues the ids in batches, split among the workers; yields the ids that could not be enqueued."""
    size = context.settings.batch_size
    if len(ids) > _LEAST_BATCH:
        size = min(size, max(_LEAST_BATCH, -(-len(ids) // (context.queue.workers() or 1))))
    for start in range(0, len(ids), size):
        batch = ids[start : start + size]
        if not context.queue.put(batch, urgent=urgent):
            yield from batch


def _take_back(session: Session, context: Context, now: datetime) -> None:
    """Settles what a dead worker held: claimed mail waits again, and lessons that were on the wire become unknown.

    Other mail that was on the wire is sent again, because two confirmations are better than none.
    """
    machine = context.clock.machine_now()
    expired: Iterable[Delivery] = session.scalars(
        select(Delivery).where(*_expired(machine)).limit(CLAIM).with_for_update(skip_locked=True)
    )
    for delivery in expired:
        was_on_the_wire = delivery.state == DeliveryState.HANDING_OVER
        if was_on_the_wire and delivery.kind in AT_MOST_ONCE:
            reason = f"the worker {delivery.lease_by} died while handing it over"
            states.mark_ended(delivery, DeliveryState.UNKNOWN, reason, now)
            count_outcome(session, delivery, LessonMeasure.UNKNOWN, now)
        else:
            states.mark_waiting(delivery)
            delivery.attempts += 1 if was_on_the_wire else 0
