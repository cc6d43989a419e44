"""How often each offer was bought, and given back."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from funnel.models import Purchase


class PurchaseCount(NamedTuple):
    """Of the purchases of one offer: all, and those of them that were refunded since."""

    bought: int
    refunded: int


def purchase_counts(session: Session, since: date | None = None) -> dict[str, PurchaseCount]:
    """By offer, the purchases that were noted from `since` (UTC date, story time) or from the start."""
    query = select(Purchase.offer, func.count(), func.count(Purchase.refunded_at)).group_by(Purchase.offer)
    if since is not None:
        query = query.where(Purchase.noted_at >= datetime.combine(since, time(), UTC))
    return {offer: PurchaseCount(bought, refunded) for offer, bought, refunded in session.execute(query)}
