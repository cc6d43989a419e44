"""How often each offer was bought, and given back."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from funnel.insight.span import EVER, DaySpan
from funnel.models import Purchase


class PurchaseCount(NamedTuple):
    """Of the purchases of one offer: all, and those of them that were refunded since."""

    bought: int
    refunded: int


def purchase_counts(session: Session, span: DaySpan = EVER, zone: str = "UTC") -> dict[str, PurchaseCount]:
    """By offer, the purchases that were noted on these days of `zone`."""
    query = (
        select(Purchase.offer, func.count(), func.count(Purchase.refunded_at))
        .where(*span.holds_time(Purchase.noted_at, zone))
        .group_by(Purchase.offer)
    )
    return {offer: PurchaseCount(bought, refunded) for offer, bought, refunded in session.execute(query)}
