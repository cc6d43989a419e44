"""The second box, ticked by who has confirmed long since: anybody may have ticked it, so her mail asks."""

from __future__ import annotations

from sqlalchemy import select

from funnel.context import Context
from funnel.curriculum import Offer
from funnel.curriculum.agreeing import following
from funnel.enrolment.standing import Standing
from funnel.models import Consent, Delivery


def asks_to_begin(context: Context, mail: Delivery, found: Standing, offer: Offer | None) -> str:
    """The title of what may follow this offer, where the asking of this mail ticked its box; "" where nothing is asked.

    Nor is it of who has agreed to it, or had it.
    """
    follower = None if offer is None else following(offer, context.library.sequences)
    asking = mail.detail.get("asking")
    if follower is None or asking is None or follower.slug in (found.agreed | found.was_enrolled):
        return ""
    with context.db.read() as session:
        ticked = session.scalar(select(Consent.sequences).where(Consent.id == asking)) or []
    return follower.said_title if follower.slug in ticked else ""
