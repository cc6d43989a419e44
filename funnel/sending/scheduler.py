"""One round of the clock. Every step is a transaction of its own, so a clock that dies anywhere loses nothing, and a
second clock changes nothing: rows are claimed by whoever locks them first."""

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
Moment = datetime | BindParameter[datetime]
_PUT = 5_000
_LEAST_BATCH = 100  # what a batch costs by itself is not worth sharing less
# How long an id is trusted to be on the queue. Longer than a queue may be, because Redis losing everything is noticed
# by its epoch; this is for the second of writes that an append-only file may lose.
_TRUST = timedelta(minutes=10)
# The same of mail that somebody waits for. A worker that has taken such an id claims its row at once, or has died;
# where many wait on the queue, `_popped_before` says which cannot be there any more.
_TRUST_SOON = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class TickResult:
    """What one round did: lessons claimed, ids put on the queue, and whether there is more to do at once."""

    claimed: int
    queued: int
    more: bool


def tick(context: Context, now: datetime) -> TickResult:
    """One round of the clock at story time `now`.

    1. Leases that have run out are taken back.
    2. Due enrolments are claimed, at most `CLAIM`, and their delivery rows written.
    3. What waits and is not on the queue is put there, in batches of ids, after the commit.
    """
    enrolments: list[Enrolment] = []
    made = 0
    anything = _anything(context, now)
    if anything.expired:
        with context.db.write() as session:
            _take_back(session, context, now)
    if anything.due:
        with context.db.write() as session:
            enrolments = claim(session, now, CLAIM)
            batch = load_batch(session, context, enrolments, now)
            made = sum(len(step(session, context, enrolment, batch, now)) for enrolment in enrolments)
    queued = put_waiting(context, now, look=any(anything))
    return TickResult(claimed=made, queued=queued, more=len(enrolments) == CLAIM or queued >= _PUT)


def put_waiting(context: Context, now: datetime, *, look: bool = True) -> int:
    """Puts what waits on the queue, mail that was asked for first; gives back how many ids. 0 where Redis is away.

    Without `look`, nothing is known to wait, and the database is asked only if Redis has lost what was put before, or
    whoever put it died over that.
    """
    machine = context.clock.machine_now()
    missing = context.queue.lost(machine)
    if missing is None or not (look or any(missing)):
        return 0
    room, until, soon = _room(context, machine), machine + _TRUST, machine + _TRUST_SOON
    if not context.queue.begin(machine, until, soon):
        return 0
    popped = _popped_before(context, machine)
    with context.db.write() as session:
        if missing.everything:
            _believe(session, in_state(DeliveryState.WAITING), None)
        elif missing.broken_off:
            _believe(session, in_state(DeliveryState.WAITING) & Delivery.queued_until.in_(missing.broken_off), None)
        rows = session.execute(_to_put(now, machine, popped)).all()
        urgent = [row.id for row in rows if row.kind != DeliveryKind.LESSON]
        lessons = [row.id for row in rows if row.kind == DeliveryKind.LESSON][:room]
        # Locked already.
        for ids, trusted in ((urgent, soon), (lessons, until)):
            if ids:
                _believe(session, among(Delivery.id, ids), trusted)
    lost = [*_put(context, urgent, urgent=True), *_put(context, lessons, urgent=False)]
    _end(context, lost, until, soon, *missing.broken_off)
    if missing.everything and not lost:
        context.queue.remember()
    return len(urgent) + len(lessons) - len(lost)


def _popped_before(context: Context, machine: datetime) -> datetime:
    """Of urgent mail whose `queued_until` lies before this, the id is surely not on the queue any more.

    What is put first leaves the queue first, so what was put before the oldest batch that is still there has left it.
    """
    oldest = context.queue.oldest_urgent()
    return machine if oldest is None else min(machine, oldest - BROKEN_OFF + _TRUST_SOON)


def _trust(session: Session, ids: Sequence[int], until: datetime | None, *only: ColumnElement[bool]) -> None:
    """Says until when these are believed to be on the queue; what a worker has taken meanwhile is left alone.

    It may be waiting again already, for its next attempt: `only` tells that apart.
    """
    # What is locked is being claimed at this moment. Not waiting for it, this cannot stand in a worker's way.
    still = (
        select(Delivery.id)
        .where(among(Delivery.id, ids), Delivery.state == DeliveryState.WAITING, *only)
        .order_by(Delivery.id)
        .with_for_update(skip_locked=True)
    )
    _believe(session, Delivery.id.in_(still.scalar_subquery()), until)


def _believe(session: Session, which: ColumnElement[bool], until: datetime | None) -> None:
    statement = update(Delivery).where(which).values(queued_until=until)
    session.execute(statement.execution_options(synchronize_session=False))


def _room(context: Context, machine: datetime) -> int | None:
    """How many lessons the pace of their channel has room for beside those on the queue; None for any number."""
    pace = context.channel.channel_for(DeliveryKind.LESSON).pace
    if pace.plan.unlimited:
        return None
    queued = context.queue.lengths().get(LESSONS, 0) * context.settings.batch_size
    return pace.room(machine, queued)


def queue_now(context: Context, ids: Sequence[int]) -> None:
    """Puts mail somebody waits for on the queue at once, after its commit. What cannot be put the clock finds."""
    machine = context.clock.machine_now()
    until = machine + _TRUST_SOON
    if not ids or not context.queue.begin(machine, until):
        return
    # Said before: a worker may take it, and put it off, before this knows that it was put.
    with context.db.write() as session:
        _trust(session, ids, until, Delivery.queued_until.is_(None))
    _end(context, [*_put(context, ids, urgent=True)], until)


def _end(context: Context, lost: Sequence[int], *untils: datetime) -> None:
    """What was to be on the queue until then is there, but for what was lost; that is not believed to be any more."""
    if lost:
        with context.db.write() as session:
            _trust(session, lost, None, Delivery.queued_until.in_(untils))
    context.queue.end(*untils)


class _Anything(NamedTuple):
    """Whether there is something to do: a lease has run out, an enrolment is due, mail waits that is not queued."""

    expired: int
    due: bool
    unqueued: int


def _anything(context: Context, now: datetime) -> _Anything:
    """One question, every tick; most of the time the answer is three times no, and nothing is locked."""
    return _Anything._make(context.db.ask(_ANYTHING, {"now": now, "machine": context.clock.machine_now()}))


def _expired(machine: Moment) -> tuple[ColumnElement[bool], ...]:
    return (
        in_state(DeliveryState.CLAIMED, DeliveryState.HANDING_OVER),
        Delivery.lease_until < machine,
    )


def claim(session: Session, now: datetime, most: int) -> list[Enrolment]:
    """Up to so many due enrolments, the longest due first, locked; those another clock holds are passed over."""
    query = select(Enrolment).where(Enrolment.state == EnrolmentState.ACTIVE, Enrolment.due_at <= now)
    paused = paused_since(session)
    if paused:
        query = query.where(Enrolment.sequence.not_in(list(paused)))
    return list(session.scalars(query.order_by(Enrolment.due_at).limit(most).with_for_update(skip_locked=True)))


def _unqueued(now: Moment, machine: Moment) -> tuple[ColumnElement[bool], ...]:
    return (
        in_state(DeliveryState.WAITING),
        Delivery.not_before <= now,
        Delivery.queued_until.is_(None) | (Delivery.queued_until < machine),
    )


def _any_open(*which: ColumnElement[bool]) -> ColumnElement[int]:
    """1 where any of the mail that is looked at is so, else 0."""
    return func.coalesce(func.max(case((and_(*which), 1), else_=0)), 0)


_NOW: BindParameter[datetime] = bindparam("now")
_MACHINE: BindParameter[datetime] = bindparam("machine")

# Built once: building it takes longer than the database takes to answer. All that is open is looked at once for both.
_ANYTHING = select(
    _any_open(*_expired(_MACHINE)),
    exists().where(Enrolment.state == EnrolmentState.ACTIVE, Enrolment.due_at <= _NOW),
    _any_open(*_unqueued(_NOW, _MACHINE)),
).where(in_state(*OPEN_STATES))


def _to_put(now: datetime, machine: datetime, popped: datetime) -> Select[int, str]:
    """What is to be put; mail that somebody waits for, where it is known not to be there: see `_popped_before`."""
    gone = Delivery.queued_until.is_(None) | (Delivery.queued_until < popped)
    return (
        select(Delivery.id, Delivery.kind)
        .where(*_unqueued(now, machine), (Delivery.kind == DeliveryKind.LESSON) | gone)
        .order_by(case((Delivery.kind == DeliveryKind.LESSON, 1), else_=0), Delivery.not_before)
        .limit(_PUT)
        .with_for_update(skip_locked=True)
    )


def _put(context: Context, ids: Sequence[int], *, urgent: bool) -> Iterator[int]:
    """Puts the ids in batches, one for each worker where there are not too many; yields those that could not be put."""
    size = context.settings.batch_size
    if len(ids) > _LEAST_BATCH:
        size = min(size, max(_LEAST_BATCH, -(-len(ids) // (context.queue.workers() or 1))))
    for start in range(0, len(ids), size):
        batch = ids[start : start + size]
        if not context.queue.put(batch, urgent=urgent):
            yield from batch


def _take_back(session: Session, context: Context, now: datetime) -> None:
    """Settles what a dead worker held: claimed mail waits again; what was on the wire nobody knows about.

    Mail somebody asked for this minute is sent again, because two confirmations are better than none.
    """
    machine = context.clock.machine_now()
    expired: Iterable[Delivery] = session.scalars(
        select(Delivery).where(*_expired(machine)).limit(CLAIM).with_for_update(skip_locked=True)
    )
    for delivery in expired:
        was_on_the_wire = delivery.state == DeliveryState.HANDING_OVER
        if was_on_the_wire and delivery.kind in (DeliveryKind.LESSON, DeliveryKind.TEST):
            reason = f"the worker {delivery.lease_by} died while handing it over"
            states.mark_ended(delivery, DeliveryState.UNKNOWN, reason, now)
            count_outcome(session, delivery, LessonMeasure.UNKNOWN, now)
        else:
            states.mark_waiting(delivery)
            delivery.attempts += 1 if was_on_the_wire else 0
