"""A reader sees what is kept of her, takes a copy, or has it erased: by a link that is mailed for it, for a day.

Any mail of ours may be passed on, with its links. So what cannot be undone, and what shows more than one mail does,
asks for a fresh one. Stopping never does.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select

from funnel.context import Context
from funnel.db import find
from funnel.deliveries.making import new_mail
from funnel.links import Purpose
from funnel.models import Delivery, DeliveryKind, Lead, LeadState
from funnel.sending.scheduler import enqueue_now

_MOST_A_DAY = 3


def mail_own_data_link(context: Context, delivery_id: int, now: datetime) -> bool:
    """Mails the link to the reader of this mail. False where she is gone, or had three of them within a day."""
    with context.db.write() as session:
        lead_id = session.scalar(select(Delivery.lead_id).where(Delivery.id == delivery_id))
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


def open_own_data(context: Context, token: str, now: datetime) -> tuple[Lead | None, bool]:
    """(whose data this link opens, still valid).

    (None, False) where the link is not ours, (None, True) if she is gone.
    """
    ref, valid = context.links.open_dated(Purpose.OWN_DATA, token, now)
    if ref is None:
        return None, False
    with context.db.read() as session:
        mail = find(session, Delivery, ref)
        lead = None if mail is None or mail.lead_id is None else session.get(Lead, mail.lead_id)
    if lead is None or lead.state == LeadState.ERASED:
        return None, True
    return lead, valid
