"""What follows from a mailbox provider's rest: who was given up by mistake is let go again, and a person decides.

Each step is a transaction of its own over a bounded number of readers and can be broken off anywhere: the clock does
the rest (`carry_on`). Readers whom somebody else has locked at the moment are left for the next time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from funnel.channel.provider_rest import BRAKE, EVERYWHERE, open_rests, resting_reason
from funnel.context import Context
from funnel.db import among
from funnel.enrolment.giving_up import give_up_address, take_back_address
from funnel.models import (
    BrakeDecision,
    BrakeScope,
    ChannelState,
    Delivery,
    DeliveryState,
    Lead,
    LeadState,
    ProviderRest,
    Suppression,
    SuppressionReason,
    in_state,
)
from funnel.people.suppression import FOR_EVER, Grounds, digest_of
from funnel.sending.hits import DeadHit, hits_of, last_signs

_AT_ONCE = 200


def let_go(session: Session, context: Context, rest: ProviderRest, now: datetime) -> int:
    """Takes back who was given up in this wave, so many at a time; how many. In the caller's transaction."""
    hits = [
        hit for hit, row in _with_suppressions(session, context, hits_of(session, context, rest)) if _by_it(row, rest)
    ]
    return sum(take_back_address(session, context.links, lead) for lead in _locked(session, hits[:_AT_ONCE]))


def decide(
    context: Context, provider: str, scope: BrakeScope, decision: BrakeDecision, who: str, now: datetime
) -> bool:
    """Carries out what a person decided about a provider that rests; False if it does not rest, or it was decided.

    OURS: nobody is given up for what left before now, and mail goes again. DEAD: whoever was called dead in this wave
    is given up, unless she has shown a sign of life since; then mail goes to the others again. What is decided
    everywhere is decided of each provider that rests.
    """
    with context.db.write() as session:
        wanted = [(rest.provider, rest.scope) for rest in open_rests(session) if _is_meant(rest, provider, scope)]
        if (provider, scope.value) not in wanted:
            return False
        for key in wanted:
            rest = session.get_one(ProviderRest, key, with_for_update=True, populate_existing=True)
            if rest.ended_at is None and rest.decision == BrakeDecision.OPEN:
                rest.decision, rest.decided_by, rest.decided_at = decision, who[:254], now
    for each in wanted:
        _carry_out(context, *each, now)
    return True


def _is_meant(rest: ProviderRest, provider: str, scope: BrakeScope) -> bool:
    is_open = rest.decision == BrakeDecision.OPEN and rest.scope == scope
    return is_open and (rest.provider == provider or provider == EVERYWHERE)


def carry_on(context: Context, now: datetime) -> None:
    """What was broken off, and who was given up by a process that did not know of the rest yet. By the clock."""
    with context.db.read() as session:
        rests = [(rest.provider, rest.scope) for rest in open_rests(session)]
    for provider, scope in rests:
        _carry_out(context, provider, scope, now)


def _carry_out(context: Context, provider: str, scope: str, now: datetime) -> None:
    """One transaction after the other until nothing is left to do that can be done now."""

    def work(session: Session) -> bool:
        rest = session.get(ProviderRest, (provider, scope), populate_existing=True)
        if rest is None or rest.ended_at is not None:
            return False
        if rest.decision == BrakeDecision.DEAD:
            left, done = _give_up(session, context, rest, now)
        else:
            done = let_go(session, context, rest, now)
            left = done
        if not left and rest.decision != BrakeDecision.OPEN:
            _end(session, rest, now)
        return done > 0

    while context.db.write_again(work):
        pass


def _give_up(session: Session, context: Context, rest: ProviderRest, now: datetime) -> tuple[int, int]:
    """Gives up who was called dead, so many at a time: how many were to be, and how many were."""
    found = _with_suppressions(session, context, hits_of(session, context, rest))
    hits = [hit for hit, row in found if row is None]
    alive = last_signs(session, [hit.lead_id for hit in hits])
    dead = {hit.lead_id: hit for hit in hits if hit.lead_id not in alive or alive[hit.lead_id] < hit.at}
    leads = list(_locked(session, list(dead.values())[:_AT_ONCE]))
    for lead in leads:
        give_up_address(session, context.links, lead, Grounds(SuppressionReason.BOUNCED, now, dead[lead.id].words))
    return len(dead), len(leads)


def _end(session: Session, rest: ProviderRest, now: datetime) -> None:
    """Mail goes again: what waited is enqueued with the next tick."""
    rest.ended_at = now
    session.flush()
    if rest.scope != BrakeScope.READERS:
        return
    session.execute(
        update(Delivery)
        .where(in_state(DeliveryState.WAITING), Delivery.reason == resting_reason(rest.provider))
        .values(queue_lease_until=None, reason="")
        .execution_options(synchronize_session=False)
    )
    if rest.provider == EVERYWHERE:
        session.execute(delete(ChannelState).where(ChannelState.kind == BRAKE))


def _by_it(row: Suppression | None, rest: ProviderRest) -> bool:
    """Whether a suppression is a refusal's doing, in this wave."""
    by_refusal = row is not None and row.reason not in FOR_EVER and row.reason != SuppressionReason.BY_HAND
    return by_refusal and row is not None and row.at >= rest.begins


def _with_suppressions(
    session: Session, context: Context, hits: Collection[DeadHit]
) -> list[tuple[DeadHit, Suppression | None]]:
    digests = {hit.lead_id: digest_of(context.links, hit.email) for hit in hits}
    query = select(Suppression).where(among(Suppression.digest, digests.values()))
    rows = {row.digest: row for row in session.scalars(query.execution_options(populate_existing=True))}
    return [(hit, rows.get(digests[hit.lead_id])) for hit in hits]


def _locked(session: Session, hits: Collection[DeadHit]) -> Iterator[Lead]:
    """The readers of these, locked; without those whom somebody else has locked, and who were erased meanwhile."""
    query = select(Lead).where(among(Lead.id, [hit.lead_id for hit in hits]), Lead.state != LeadState.ERASED)
    locked = query.order_by(Lead.id).with_for_update(skip_locked=True).execution_options(populate_existing=True)
    yield from session.scalars(locked).all()
