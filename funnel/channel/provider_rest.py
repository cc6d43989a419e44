"""The mailbox providers that rest, in the database, for all processes: what `brake` decides, until a person does.

While a provider rests, nobody's address there is given up, and no lesson goes there. Urgent mail is still tried:
somebody waits for it this minute, and what it meets is the freshest evidence there is.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from funnel.db.upsert import insert
from funnel.models import RESTING_REASON, BrakeDecision, BrakeScope, ProviderRest

BRAKE = "brake"  # the kind of a ChannelState where several providers rest
EVERYWHERE = "everywhere"  # instead of a provider: many of them that have nothing to do with each other


def resting_reason(provider: str) -> str:
    """`Delivery.reason` of mail that waits for this."""
    return RESTING_REASON.format(provider=provider)


def resting_providers(session: Session) -> frozenset[str]:
    """Those to which no lesson goes now; with them `EVERYWHERE`, if many rest."""
    query = select(ProviderRest.provider).where(
        ProviderRest.scope == BrakeScope.READERS, ProviderRest.ended_at.is_(None)
    )
    return frozenset(session.scalars(query))


def open_rests(session: Session) -> list[ProviderRest]:
    """Everything that a person has to decide, or whose decision is being carried out; oldest first."""
    rows = session.scalars(select(ProviderRest).where(ProviderRest.ended_at.is_(None)))
    return sorted(rows, key=lambda rest: (rest.since, rest.provider, rest.scope))


def rests_for(session: Session, providers: Collection[str], scope: BrakeScope) -> list[ProviderRest]:
    """The rests of these providers, past ones too, that concern a reader of this scope, as the database has them now.

    What holds everywhere holds for them, and what readers' mail met for strangers as well, not the other way round.
    """
    query = select(ProviderRest).where(
        ProviderRest.provider.in_({*providers, EVERYWHERE}), ProviderRest.scope.in_({BrakeScope.READERS, scope})
    )
    return list(session.scalars(query.execution_options(populate_existing=True)))


def begin_rest(session: Session, rest: ProviderRest) -> bool:
    """Writes this rest down, unless the provider rests already; whether it does so from now on.

    Two processes may come to it at the same moment.
    """
    said: dict[str, object] = {"begins": rest.begins, "since": rest.since, "machine_since": rest.machine_since}
    said |= {"decision": BrakeDecision.OPEN.value, "decided_by": "", "decided_at": None, "ended_at": None}
    row = insert(session, ProviderRest).values(provider=rest.provider, scope=rest.scope, **said)
    row = row.on_conflict_do_update(
        index_elements=["provider", "scope"], set_=said, where=ProviderRest.ended_at.is_not(None)
    )
    return session.scalars(row.returning(ProviderRest.provider)).first() is not None
