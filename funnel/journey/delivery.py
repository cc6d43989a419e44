"""The one door out.

1. *Claim*: of the ids on the queue, those that still wait are leased, in one transaction.
2. *Draft*: their mails are filled; what cannot be filled is held. No transaction is open for writing.
3. *Hand over*, as many at a time as the adapter has on the wire: one transaction asks again whether each reader may be
   mailed, writes `handing over`, and writes down the outcomes of the mails before them.
4. The network, with no transaction open.
5. What was not begun when the worker is told to stop, or the channel closes, is given back.

So a worker that is killed leaves as unknown only what was on the wire (promise 1).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from itertools import islice

import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from funnel.journey.channel import CLOSES_CHANNEL
from funnel.journey.context import Context
from funnel.journey.drafts import Draft, Unfillable, draft_all
from funnel.journey.enrolment import skip
from funnel.journey.outcomes import hold, record
from funnel.journey.permission import refusal, resting_until, suppressions
from funnel.mail import Outcome, OutcomeKind
from funnel.models import Delivery, DeliveryState, Lead

log = structlog.get_logger(__name__)

Outcomes = dict[int, Outcome]


def deliver(
    context: Context, delivery_ids: Sequence[int], worker: str, stopping: Callable[[], bool] = lambda: False
) -> None:
    """Sends these deliveries, as far as they wait and may be sent; ids that are elsewhere by now are passed over.

    An unexpected error is raised after everything known has been written and the rest given back.
    """
    claimed, drafts = _claim(context, delivery_ids, worker)
    outcomes: Outcomes = {}
    queue = iter(drafts)
    try:
        while not stopping() and not _closes(outcomes):
            chunk = list(islice(queue, context.channel.adapter.window))
            if not chunk:
                break
            cleared = _hand_over(context, chunk, outcomes, worker)
            outcomes = {}
            for draft, outcome in _send(context, cleared):
                outcomes[draft.delivery_id] = outcome
    finally:
        _settle(context, claimed, outcomes, worker)


def _claim(context: Context, ids: Sequence[int], worker: str) -> tuple[list[int], list[Draft]]:
    """Leases what waits and drafts it. Nothing is claimed while the channel is closed."""
    now, machine = context.clock.now(), context.clock.machine_now()
    with context.db.write() as session:
        closed = context.channel.closed_until(session, machine)
        rows = _waiting(session, ids, now)
        for row in rows:
            if closed is not None:
                row.queued_until = closed
            else:
                row.state, row.lease_by, row.lease_until = DeliveryState.CLAIMED, worker, _lease(context, machine)
    if closed is not None:
        return [], []
    with context.db.read() as session:
        drafts, problems = draft_all(session, context, rows, now)
    _hold(context, problems, now)
    return [row.id for row in rows], drafts


def _hand_over(context: Context, chunk: Sequence[Draft], outcomes: Outcomes, worker: str) -> list[Draft]:
    """Writes the last outcomes and `handing over` for this chunk, in one transaction; gives back what may go."""
    now, machine = context.clock.now(), context.clock.machine_now()
    by_id = {draft.delivery_id: draft for draft in chunk}
    cleared: list[Draft] = []
    wire = timedelta(seconds=context.settings.wire_seconds)
    with context.db.write() as session:
        _record(session, context, outcomes, now)
        rows = _locked(session, by_id, worker)
        leads = {
            lead.id: lead
            for lead in session.scalars(select(Lead).where(Lead.id.in_({row.lead_id for row in rows if row.lead_id})))
        }
        never = suppressions(session, context.links, leads.values())
        for row in rows:
            lead = leads.get(row.lead_id or 0)
            if lead is None or _may_go(session, row, lead, never, now):
                row.state, row.lease_until = DeliveryState.HANDING_OVER, machine + wire
                row.adapter, row.filled = context.channel.adapter.name, by_id[row.id].facts
                cleared.append(by_id[row.id])
    return cleared


def _may_go(session: Session, row: Delivery, lead: Lead, never: dict[int, str], now: datetime) -> bool:
    """Asks again, at the last moment; skips or puts off what may not go."""
    reason = refusal(lead, row.kind, never)
    if reason:
        skip(session, row, reason, now)
        return False
    rest = resting_until(lead, row.kind, now)
    if rest is not None:
        row.state, row.not_before, row.queued_until, row.lease_until = DeliveryState.WAITING, rest, None, None
        return False
    return True


def _send(context: Context, drafts: Sequence[Draft]) -> Iterable[tuple[Draft, Outcome]]:
    """The network. A mail the adapter says nothing about, or an adapter that breaks, leaves its mails ambiguous."""
    unanswered = {draft.mail.key: draft for draft in drafts}
    try:
        for key, outcome in context.channel.adapter.send([draft.mail for draft in drafts]):
            draft = unanswered.pop(key, None)
            if draft is not None:
                yield draft, outcome
    except Exception as error:
        log.exception("the adapter broke", adapter=context.channel.adapter.name)
        detail = f"the adapter broke: {type(error).__name__}"
    else:
        detail = "the adapter gave no answer"
    for draft in unanswered.values():
        yield draft, Outcome(OutcomeKind.AMBIGUOUS, detail)


def _settle(context: Context, claimed: Sequence[int], outcomes: Outcomes, worker: str) -> None:
    """Writes the last outcomes and gives back what was claimed but not begun."""
    now, machine = context.clock.now(), context.clock.machine_now()
    with context.db.write() as session:
        _record(session, context, outcomes, now)
        closed = context.channel.closed_until(session, machine)
        session.execute(
            update(Delivery)
            .where(
                Delivery.id.in_(list(claimed)),
                Delivery.state == DeliveryState.CLAIMED,
                Delivery.lease_by == worker,
            )
            .values(state=DeliveryState.WAITING, lease_until=None, queued_until=closed)
        )


def _record(session: Session, context: Context, outcomes: Outcomes, now: datetime) -> None:
    if not outcomes:
        return
    name = context.channel.adapter.name
    rows = session.scalars(
        select(Delivery).where(Delivery.id.in_(list(outcomes))).order_by(Delivery.id).with_for_update()
    )
    for row in list(rows):
        record(session, context, row, outcomes[row.id], name, now)
    if any(outcome.kind is OutcomeKind.ACCEPTED for outcome in outcomes.values()) and not _closes(outcomes):
        context.channel.opened(session)


def _hold(context: Context, problems: Sequence[Unfillable], now: datetime) -> None:
    if not problems:
        return
    reasons = {problem.delivery_id: problem.reason for problem in problems}
    with context.db.write() as session:
        for row in session.scalars(select(Delivery).where(Delivery.id.in_(list(reasons)))):
            log.error("a mail could not be filled and is held", delivery=row.id, reason=reasons[row.id])
            hold(session, row, reasons[row.id], now)


def _waiting(session: Session, ids: Sequence[int], now: datetime) -> list[Delivery]:
    return list(
        session.scalars(
            select(Delivery)
            .where(Delivery.id.in_(list(ids)), Delivery.state == DeliveryState.WAITING, Delivery.not_before <= now)
            .order_by(Delivery.id)
            .with_for_update(skip_locked=True)
        )
    )


def _locked(session: Session, ids: Iterable[int], worker: str) -> list[Delivery]:
    return list(
        session.scalars(
            select(Delivery)
            .where(Delivery.id.in_(list(ids)), Delivery.state == DeliveryState.CLAIMED, Delivery.lease_by == worker)
            .order_by(Delivery.id)
            .with_for_update()
        )
    )


def _lease(context: Context, machine: datetime) -> datetime:
    return machine + timedelta(seconds=context.settings.lease_seconds)


def _closes(outcomes: Outcomes) -> bool:
    return any(outcome.kind in CLOSES_CHANNEL for outcome in outcomes.values())
