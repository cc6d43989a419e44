"""The plan of one sequence's edit over everybody who walks it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from itertools import chain

from sqlalchemy.orm import Session

from funnel.context import Context
from funnel.curriculum import Plan, PlanOptions, Sequence, asks_for, plan_sequence
from funnel.publishing.bonus import rests
from funnel.publishing.positions import position_groups


def plan_edit(
    session: Session,
    context: Context,
    slug: str,
    old: Sequence | None,
    new: Sequence | None,
    now: datetime,
    *,
    bonus: Collection[str] = (),
    detailed: bool = False,
) -> Plan:
    """What going from `old` to `new` would do to those on this sequence, from what is known of each of them."""
    asks = asks_for(*(each for each in (old, new) if each is not None))
    return plan_sequence(
        old,
        new,
        chain.from_iterable(position_groups(session, context, slug, now, asks=asks)),
        PlanOptions(context.calendar, now, frozenset(bonus), rests(session, slug), detailed),
    )
