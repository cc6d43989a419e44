"""The database side of a batch: rows are claimed, handed over and given back. `delivery` decides when.

Plain statements over many rows, because a mapped object for each mail costs as much as composing it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Row, Select, select, update
from sqlalchemy.orm import Session

from funnel.context import Context
from funnel.curriculum.nights import FRESH
from funnel.db import UTCDateTime, among
from funnel.deliveries import statements
from funnel.deliveries.statements import Lease, handing_over
from funnel.deliveries.states import mark_waiting
from funnel.enrolment.overdue import on_their_day
from funnel.enrolment.stopping import skip
from funnel.models import Delivery, DeliveryKind, DeliveryState, Lead
from funnel.people.addresses import refusal_there
from funnel.people.permission import ABOUT_ADDRESSES, MAY_HAVE_LESSONS, paused_until, refusal, suppressions
from funnel.people.suppression import NONE_SUPPRESSED, digest_of
from funnel.sending.composing import ComposedMail, Unfillable
from funnel.sending.leases import soon
from funnel.sending.outcomes import hold_mail
from funnel.sending.recipients import RECIPIENT_COLUMNS
from funnel.sending.withheld import let_through

# The columns of a lead that `permission` reads.
_ASKED = (Lead.id, Lead.email, Lead.state, Lead.paused_until)
_HAND_OVER = handing_over()
# Covers most mail in one statement. If any address is suppressed it changes nothing, and rows are checked one by one.
_HAND_OVER_PLAIN = handing_over(
    "delivery.lease_by = :worker",
    "delivery.kind = 'lesson'",
    MAY_HAVE_LESSONS,
    NONE_SUPPRESSED,
    returning=True,
    now=UTCDateTime(),
)


def sendable(
    session: Session, context: Context, ids: Sequence[int], now: datetime
) -> tuple[list[int], Sequence[Row[Any]]]:
    """The ids that may be sent now, in order, and the rows for `recipients`. Locks nothing.

    A lesson whose local day has passed, and that may not go today, is moved to another day. Mail that must not reach
    real people yet keeps waiting.
    """
    query = _waiting(ids, now, *RECIPIENT_COLUMNS, Delivery.local_date)
    # Not through the session, which would process each of five hundred rows once more.
    rows = let_through(session, context, session.connection().execute(query).all(), now)
    return on_their_day(session, context, [(row.number, row.kind, row.local_date, row.zone) for row in rows], now), rows


def claim_deliveries(
    session: Session, ids: Sequence[int], dated: Collection[int], lease: Lease, now: datetime
) -> list[int]:
    """Leases the deliveries that still wait; returns their ids in order.

    Skips what another worker has claimed meanwhile, and what another has handed over and got back: that now carries the
    date of its first attempt. `dated` are the ids that had such a date when they were read.

    A row locked by somebody else is waited for: skipped, it would lie until its queue lease ends. Locking rows first
    would cost PostgreSQL twice as much for each.
    """
    if not ids:
        return []
    session.flush()
    unchanged = among(Delivery.id, dated) | Delivery.filled["sent_at"].as_string().is_(None)
    taken = statements.claim_rows(session, ids, lease, Delivery.not_before <= now, unchanged)
    return [key for key in ids if key in taken]


def defer_waiting(
    session: Session, ids: Sequence[int], now: datetime, until: datetime, *, reason: str | None = None
) -> None:
    """Mail that waits is not enqueued again before `until` (machine time); `reason` says why, if it is given."""
    why = {} if reason is None else {"reason": reason}
    session.execute(
        update(Delivery)
        .where(among(Delivery.id, session.scalars(_waiting(ids, now, Delivery.id).with_for_update(of=Delivery))))
        .values(queue_lease_until=until, **why)
        .execution_options(synchronize_session=False)
    )


def renew_leases(session: Session, ids: Collection[int], lease: Lease) -> None:
    """Extends the lease of what its worker has claimed and not begun."""
    session.execute(
        update(Delivery)
        .where(among(Delivery.id, ids), Delivery.state == DeliveryState.CLAIMED, Delivery.lease_by == lease.worker)
        .values(lease_until=lease.until)
        .execution_options(synchronize_session=False)
    )


def mark_handing_over(
    session: Session, context: Context, composed: Sequence[ComposedMail], worker: str, adapter: str, now: datetime
) -> list[ComposedMail]:
    """Checks at the last moment who may be mailed and marks those rows `handing over`; returns their mails.

    Leaves out what this worker no longer holds; what may not go is skipped or sent later. Mail that somebody waits for
    gets a short lease, which `LeaseRenewer` renews.
    """
    machine = context.clock.machine_now()
    until = machine + timedelta(seconds=context.settings.wire_seconds)
    asked = {each.delivery_id: each.facts for each in composed}
    addresses = [digest_of(context.links, each.mail.recipient.address) for each in composed]
    marked = _HAND_OVER_PLAIN(session, asked, addresses, until=until, by=adapter, worker=worker, now=now)
    cleared = set(marked.scalars())
    asked = {key: facts for key, facts in asked.items() if key not in cleared}
    if asked:
        lessons: dict[int, object] = {}
        waited_for: dict[int, object] = {}
        for key, kind in _who_may_go(session, context, asked, worker, now):
            (lessons if kind == DeliveryKind.LESSON else waited_for)[key] = asked[key]
        for may_go, held in ((lessons, until), (waited_for, machine + soon(context.settings))):
            if may_go:
                _HAND_OVER(session, may_go, until=held, by=adapter)
                cleared.update(may_go)
    return [each for each in composed if each.delivery_id in cleared]


def _who_may_go(
    session: Session, context: Context, ids: Collection[int], worker: str, now: datetime
) -> Iterator[tuple[int, str]]:
    """Id and kind of each delivery this worker holds and may send; the others are skipped or sent later."""
    held = (
        select(Delivery.id.label("of"), Delivery.kind, *_ASKED)
        .outerjoin(Lead, Lead.id == Delivery.lead_id)
        .where(among(Delivery.id, ids), Delivery.state == DeliveryState.CLAIMED, Delivery.lease_by == worker)
        .order_by(Delivery.id)
        .with_for_update(of=Delivery)
    )
    rows = session.execute(held).all()
    never = suppressions(session, context.links, [cast(Lead, row) for row in rows if row.id is not None])
    for row in rows:
        if row.id is None or _may_go(session, context, row, never, now):
            yield row.of, row.kind


def return_unsent(
    session: Session,
    claimed: Collection[int],
    untaken: Collection[int],
    worker: str,
    queue_lease_until: datetime | None,
) -> None:
    """Mail the adapter never took waits again, and is enqueued at `queue_lease_until` (machine time; None: at once)."""
    for ids, state in ((claimed, DeliveryState.CLAIMED), (untaken, DeliveryState.HANDING_OVER)):
        if ids:
            statements.return_rows(session, ids, state, worker, queue_lease_until)


def hold_all(session: Session, problems: Sequence[Unfillable], worker: str, now: datetime) -> None:
    """Holds mail that could not be filled, as far as this worker still has it."""
    reasons = {problem.delivery_id: problem.reason for problem in problems}
    still = (Delivery.state == DeliveryState.CLAIMED, Delivery.lease_by == worker)
    query = select(Delivery).where(among(Delivery.id, reasons), *still).order_by(Delivery.id)
    for row in session.scalars(query.with_for_update()).all():
        hold_mail(session, row, reasons[row.id], now)


def _waiting(ids: Sequence[int], now: datetime, *columns: Any) -> Select[*tuple[Any, ...]]:
    return (
        select(*columns)
        .outerjoin_from(Delivery, Lead, Lead.id == Delivery.lead_id)
        .where(among(Delivery.id, ids), Delivery.state == DeliveryState.WAITING, Delivery.not_before <= now)
        .order_by(Delivery.id)
    )


def _may_go(
    session: Session, context: Context, held: Row[*tuple[Any, ...]], never: dict[int, str], now: datetime
) -> bool:
    """Whether it may go; if not, it is skipped, or waits until the reader's pause ends."""
    lead = cast(Lead, held)
    reason = refusal(lead, held.kind, never)
    if reason is None and held.kind == DeliveryKind.NIGHT_ANSWER:
        # It says that nobody reads now. One that could not leave before is about another hour.
        late = now - session.get_one(Delivery, held.of).created_at > FRESH
        reason = "too late" if late else None
    if reason is None and held.kind in ABOUT_ADDRESSES:
        reason = refusal_there(session, context.links, session.get_one(Delivery, held.of))
    rest = paused_until(lead, held.kind, now)
    if reason is None and rest is None:
        return True
    row = session.get_one(Delivery, held.of)
    if reason:
        skip(session, row, reason, now)
    elif rest is not None:
        mark_waiting(row, not_before=rest)
    return False
