"""The lanes of a channel in the deliveries: lessons, and everything that somebody waits for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from funnel.channel.channel import Channel
from funnel.channel.rest import Lane
from funnel.db import among
from funnel.models import Delivery, DeliveryKind
from funnel.sending.claims import defer_waiting


def in_lane(lane: Lane) -> ColumnElement[bool]:
    """Whether a delivery is of this lane: `Lane.of` in SQL."""
    return Delivery.kind == DeliveryKind.LESSON if lane is Lane.LESSONS else Delivery.kind != DeliveryKind.LESSON


def defer_resting(session: Session, channel: Channel, ids: Sequence[int], now: datetime) -> Sequence[int]:
    """Those of these deliveries whose lane does not rest; the others are deferred until it has rested."""
    for lane, until in channel.resting_lanes.items():
        resting = set(session.scalars(select(Delivery.id).where(among(Delivery.id, ids), in_lane(lane))))
        if resting:
            defer_waiting(session, list(resting), now, until)
        ids = [key for key in ids if key not in resting]
    return ids
