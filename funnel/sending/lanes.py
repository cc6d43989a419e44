"""The lanes of a channel in the deliveries: lessons, and everything that somebody waits for."""

from __future__ import annotations

from sqlalchemy import ColumnElement

from funnel.channel.rest import Lane
from funnel.models import Delivery, DeliveryKind


def in_lane(lane: Lane) -> ColumnElement[bool]:
    """Whether a delivery is of this lane: `Lane.of` in SQL."""
    return Delivery.kind == DeliveryKind.LESSON if lane is Lane.LESSONS else Delivery.kind != DeliveryKind.LESSON
