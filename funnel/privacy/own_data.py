"""A reader's own link to all of her room: mailed to her, for a day.

Any mail of ours may be passed on, with its links. So what cannot be undone, and what shows more than one mail does,
asks for a fresh one. Stopping never does.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from funnel.context import Context
from funnel.db import find
from funnel.deliveries.making import new_mail
from funnel.links import Purpose
from funnel.models import Delivery, DeliveryKind, Lead, LeadState
from funnel.people.addresses import address_since
from funnel.sending.scheduler import enqueue_now

_MOST_A_DAY = 3


@dataclass(frozen=True, slots=True)
class OwnLink:
    """What a mailed link opens: whose room (None: she is gone), by which mail, and whether still."""

    lead: Lead | None
    delivery_id: int
    valid: bool


def mail_own_data_link(context: Context, delivery_id: int, now: datetime) -> bool:
    """Mails the link to the reader of this mail. False where she is gone, or had three of them within a day."""
    with context.db.read() as session:
        lead_id = session.scalar(select(Delivery.lead_id).where(Delivery.id == delivery_id))
    return mail_own_link_to(context, lead_id, now)


def mail_own_link_to(context: Context, lead_id: int | None, now: datetime) -> bool:
    """The same for a reader by her number."""
    with context.db.write() as session:
        lead = None if lead_id is None else session.get(Lead, lead_id, with_for_update=True)
        if lead is None or lead.state == LeadState.ERASED:
            return False
        recent = select(func.count()).where(
            Delivery.lead_id == lead.id,
            Delivery.kind == DeliveryKind.OWN_DATA,
            Delivery.created_at > now - timedelta(days=1),
        )
        if (session.scalar(recent) or 0) >= _MOST_A_DAY:
            return False
        mail = new_mail(DeliveryKind.OWN_DATA, now, lead_id=lead.id)
        session.add(mail)
        session.flush()
        ids = [mail.id]
    enqueue_now(context, ids)
    return True


def open_own_data(context: Context, token: str) -> OwnLink | None:
    """What this link opens; None where it is not ours."""
    ref, valid = context.links.open_dated(Purpose.OWN_DATA, token, context.clock.machine_now())
    if ref is None:
        return None
    with context.db.read() as session:
        mail = find(session, Delivery, ref)
        lead = None if mail is None or mail.lead_id is None else session.get(Lead, mail.lead_id)
        since = None if lead is None else address_since(session, lead.id)
    if mail is None or lead is None or lead.state == LeadState.ERASED:
        return OwnLink(None, ref.number, valid)
    # Whoever reads the mailbox that it was sent to may not be her any more.
    return OwnLink(lead, mail.id, valid and (since is None or mail.created_at >= since))
