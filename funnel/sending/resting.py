"""Mail keeps waiting while its lane rests, or the mailbox provider it goes to."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from funnel.channel.channel import Channel
from funnel.channel.provider_rest import resting_reason
from funnel.channel.rest import Lane
from funnel.context import Context
from funnel.db import among
from funnel.models import Delivery, Lead
from funnel.people.providers import providers_of
from funnel.sending.claims import defer_waiting
from funnel.sending.lanes import in_lane

_LOOK_AGAIN = timedelta(minutes=10)


def defer_resting_lanes(session: Session, channel: Channel, ids: Sequence[int], now: datetime) -> Sequence[int]:
    """Those of these deliveries whose lane does not rest; the others are deferred until it has rested."""
    for lane, until in channel.resting_lanes.items():
        resting = set(session.scalars(select(Delivery.id).where(among(Delivery.id, ids), in_lane(lane))))
        if resting:
            defer_waiting(session, list(resting), now, until)
        ids = [key for key in ids if key not in resting]
    return ids


def defer_to_resting_providers(
    session: Session, context: Context, resting: Collection[str], ids: Sequence[int], now: datetime
) -> Sequence[int]:
    """Those of these deliveries that go to none of these mailbox providers; lessons that do keep waiting.

    They say why, keep their time, and are looked at again now and then; a person's decision frees them at once.
    """
    if not resting:
        return ids
    query = select(Delivery.id, Lead.email).join(Lead, Lead.id == Delivery.lead_id)
    rows = session.execute(query.where(among(Delivery.id, ids), in_lane(Lane.LESSONS))).all()
    providers = providers_of(session, context.links, [row.email for row in rows])
    waiting: dict[str, list[int]] = {}
    for row in rows:
        at = next((each for each in providers[row.email].all if each in resting), None)
        if at is not None:
            waiting.setdefault(at, []).append(row.id)
    for provider, held in waiting.items():
        until = context.clock.machine_now() + _LOOK_AGAIN
        defer_waiting(session, held, now, until, reason=resting_reason(provider))
    kept = {key for held in waiting.values() for key in held}
    return [key for key in ids if key not in kept]
