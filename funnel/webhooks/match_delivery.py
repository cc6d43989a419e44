"""Which of our mails an event is about, and whether that is proven.

One account with a provider may serve two installations, and both count their mails from 1. So our number alone proves
nothing: the reader's address, the provider's own id or our signed Message-ID must agree.
"""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import parseaddr

from sqlalchemy import select
from sqlalchemy.orm import Session

from funnel.bounces.addresses import same_address
from funnel.db import find
from funnel.links import Links
from funnel.models import AdminUser, Delivery, Lead, LeadState
from funnel.people.addresses import mailed_address
from funnel.webhooks.events import ProviderEvent

_TOO_BIG = 1 << 63  # for either database


@dataclass(frozen=True, slots=True)
class MatchedDelivery:
    """A mail of ours; `lead` is None where it went to no reader, or to one who was erased since."""

    delivery: Delivery
    lead: Lead | None


def match_delivery(session: Session, links: Links, adapter: str, event: ProviderEvent) -> MatchedDelivery | None:
    """The mail, locked, behind its reader (everybody locks readers first); None where it is not surely ours."""
    for number, proven in _candidates(session, links, adapter, event):
        row = session.execute(
            select(Delivery.lead_id, Delivery.admin_id, Delivery.provider_id).where(Delivery.id == number)
        ).one_or_none()
        if row is None:
            continue
        lead = session.get(Lead, row.lead_id, with_for_update=True) if row.lead_id is not None else None
        erased = lead is not None and lead.state == LeadState.ERASED
        if not (proven if erased else _agrees(event, proven, _address(session, number, lead, row.admin_id))):
            continue
        delivery = session.get_one(Delivery, number, with_for_update=True, populate_existing=True)
        return MatchedDelivery(delivery, None if erased else lead)
    return None


def _candidates(session: Session, links: Links, adapter: str, event: ProviderEvent) -> list[tuple[int, bool]]:
    """(delivery, whether it is proven), the surest first."""
    found: list[tuple[int, bool]] = []
    local = event.message_id.strip("<> ").partition("@")[0]
    signed = find(session, Delivery, links.open_message_id(local))
    if signed is not None:
        found.append((signed.id, True))
    bare = event.provider_id.strip("<>")
    if bare:
        ids = {bare, f"<{bare}>", event.provider_id}
        query = select(Delivery.id).where(Delivery.provider_id.in_(ids), Delivery.adapter == adapter).limit(2)
        theirs = list(session.scalars(query))
        if len(theirs) == 1:
            found.append((theirs[0], True))
    key = event.delivery_key
    if key.isascii() and key.isdigit() and len(key) < 20 and int(key) < _TOO_BIG:
        found.append((int(key), False))
    return found


def _agrees(event: ProviderEvent, proven: bool, address: str) -> bool:
    recipient = parseaddr(event.recipient)[1] or event.recipient
    return same_address(recipient, address) if recipient and address else proven


def _address(session: Session, number: int, lead: Lead | None, admin_id: int | None) -> str:
    """Where the mail went; the reader may have another address by now."""
    if lead is not None:
        return mailed_address(session, session.get_one(Delivery, number), lead)
    admin = session.get(AdminUser, admin_id) if admin_id is not None else None
    return admin.email if admin is not None else ""
