"""What somebody bought and still has: the rows, and the tag that says so to sequences and lessons."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from funnel.curriculum import Offer
from funnel.curriculum.sold import bought_tag
from funnel.models import Lead, Purchase


def may_have(offer: Offer | None, lead: Lead) -> bool:
    """Whether this lead may be started on what the offer brings: it is free, or she has bought it."""
    return offer is None or not offer.paid or bought_tag(offer.slug) in lead.tags


def purchase_of_order(session: Session, offer: str, order: str) -> Purchase | None:
    """The purchase with this number of the checkout, locked, whoever made it."""
    query = select(Purchase).where(Purchase.offer == offer, Purchase.order_ref == order)
    return session.scalar(query.with_for_update())


def purchases_of(session: Session, lead_id: int, offer: str | None = None) -> list[Purchase]:
    """What she bought, the newest last: all, or of one offer; what was refunded too."""
    query = select(Purchase).where(Purchase.lead_id == lead_id)
    if offer is not None:
        query = query.where(Purchase.offer == offer)
    return list(session.scalars(query.order_by(Purchase.bought_at, Purchase.id)))
