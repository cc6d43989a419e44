"""The rows of a batch on their way out: claimed, handed over, given back. Only statements; `delivery` says when.

Plain statements over many rows, because a mapped object for each mail costs as much as composing it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Row, Select, select, update
from sqlalchemy.orm import Session

from funnel.context import Context
from funnel.db import UTCDateTime, among
from funnel.deliveries import statements
from funnel.deliveries.statements import handing_over
from funnel.deliveries.states import mark_waiting
from funnel.enrolment.enrolment import skip
from funnel.enrolment.overdue import on_their_day
from funnel.models import Delivery, DeliveryKind, DeliveryState, Lead
from funnel.people.permission import MAY_HAVE_LESSONS, paused_until, refusal, suppressions
from funnel.people.suppression import NONE_SUPPRESSED, digest_of
from funnel.sending.composing import ComposedMail, Unfillable
from funnel.sending.leases import soon
from funnel.sending.outcomes import hold
from funnel.sending.recipients import RECIPIENT_COLUMNS
from funnel.sending.withheld import let_through

# What `permission` asks of a lead, and no more.
_ASKED = (Lead.id, Lead.email, Lead.state, Lead.paused_until)
_HAND_OVER = handing_over()
# Most of them at once. Where one of them is suppressed, all are asked one by one.
_HAND_OVER_PLAIN = handing_over(
    "delivery.lease_by = :worker",
    "delivery.kind = 'lesson'",
    MAY_HAVE_LESSONS,
    NONE_SUPPRESSED,
    returning=True,
    now=UTCDateTime(),
)


def due(session: Session, context: Context, ids: Sequence[int], now: datetime) -> tuple[list[int], Sequence[Row[Any]]]:
    """Those that wait and may go now, in order, and rows for `recipients`. Nothing is locked: `claim` asks again.

    A lesson whose local day has passed is deferred where it may not go today. Mail that may not go to real people yet
    waits.
    """
    query = _waiting(ids, now, *RECIPIENT_COLUMNS, Delivery.local_date)
    # Past the session, which would look at each of five hundred rows once more.
    rows = let_through(session, context, session.connection().execute(query).all(), now)
    return on_their_day(session, context, [(row[0], row[1], row[-1], row[-2]) for row in rows], now), rows


def claim(
    session: Session, ids: Sequence[int], dated: Collection[int], worker: str, now: datetime, lease_until: datetime
) -> list[int]:
    """Leases those that still wait, and gives them back in order; what another worker has claimed meanwhile is left.

    So is what another has handed over and got back meanwhile: it has the date of that attempt now. `dated` are those
    whose date was known when they were read.

    Whoever has a row locked is waited for, for a moment: what was passed over here would wait until the clock no longer
    believes it to be on the queue. Locked before, each row would cost PostgreSQL twice as much.
    """
    if not ids:
        return []
    session.flush()
    unchanged = among(Delivery.id, dated) | Delivery.filled["sent_at"].as_string().is_(None)
    taken = statements.claim_rows(session, ids, worker, lease_until, Delivery.not_before <= now, unchanged)
    return [key for key in ids if key in taken]


def defer(session: Session, ids: Sequence[int], now: datetime, until: datetime) -> None:
    """What waits is not put on the queue before `until` (machine time)."""
    session.execute(
        update(Delivery)
        .where(among(Delivery.id, session.scalars(_waiting(ids, now, Delivery.id).with_for_update(of=Delivery))))
        .values(queued_until=until)
        .execution_options(synchronize_session=False)
    )


def renew(session: Session, ids: Collection[int], worker: str, lease_until: datetime) -> None:
    """A heartbeat for what is claimed and has not begun."""
    session.execute(
        update(Delivery)
        .where(among(Delivery.id, ids), Delivery.state == DeliveryState.CLAIMED, Delivery.lease_by == worker)
        .values(lease_until=lease_until)
        .execution_options(synchronize_session=False)
    )


def hand_over(
    session: Session, context: Context, composed: Sequence[ComposedMail], worker: str, adapter: str, now: datetime
) -> list[ComposedMail]:
    """Asks again, at the last moment, who may be mailed, and writes `handing over` for them; gives back their mails.

    What this worker does not hold any more is left out; what may not go is skipped or deferred. Mail that somebody
    waits for is held for a short while only: `Heartbeat` renews that.
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
    """Of those this worker holds, the ones that may go, each with its kind; the others are skipped or deferred."""
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
        if row.id is None or _may_go(session, row.of, cast(Lead, row), row.kind, never, now):
            yield row.of, row.kind


def give_back(
    session: Session, claimed: Collection[int], untaken: Collection[int], worker: str, queued_until: datetime | None
) -> None:
    """What was claimed or marked and never taken by the adapter waits again, and until then is not put on the queue."""
    for ids, state in ((claimed, DeliveryState.CLAIMED), (untaken, DeliveryState.HANDING_OVER)):
        if ids:
            statements.return_rows(session, ids, state, worker, queued_until)


def hold_all(session: Session, problems: Sequence[Unfillable], worker: str, now: datetime) -> None:
    """What this worker still holds and could not fill waits for a person."""
    reasons = {problem.delivery_id: problem.reason for problem in problems}
    still = (Delivery.state == DeliveryState.CLAIMED, Delivery.lease_by == worker)
    query = select(Delivery).where(among(Delivery.id, reasons), *still).order_by(Delivery.id)
    for row in session.scalars(query.with_for_update()).all():
        hold(session, row, reasons[row.id], now)


def _waiting(ids: Sequence[int], now: datetime, *columns: Any) -> Select[*tuple[Any, ...]]:
    return (
        select(*columns)
        .outerjoin_from(Delivery, Lead, Lead.id == Delivery.lead_id)
        .where(among(Delivery.id, ids), Delivery.state == DeliveryState.WAITING, Delivery.not_before <= now)
        .order_by(Delivery.id)
    )


def _may_go(session: Session, delivery_id: int, lead: Lead, kind: str, never: dict[int, str], now: datetime) -> bool:
    """Whether it may go; skips it or puts it off where it may not."""
    reason = refusal(lead, kind, never)
    rest = paused_until(lead, kind, now)
    if reason is None and rest is None:
        return True
    row = session.get_one(Delivery, delivery_id)
    if reason:
        skip(session, row, reason, now)
    elif rest is not None:
        mark_waiting(row, not_before=rest)
    return False
