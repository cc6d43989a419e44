"""Erasing a day after she asked, with a way back until then. Meanwhile nothing is sent that she has not asked for."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from funnel.context import Context
from funnel.models import Lead, LeadState
from funnel.privacy.erase import erase_lead
from funnel.subscription.preferences import end_pause, pause_until

GRACE = timedelta(hours=24)
_AT_ONCE = 20


def erase_later(context: Context, lead_id: int, now: datetime) -> datetime | None:
    """Erases her a day from now: when (UTC), which stays what it is where she asked before. None if she is gone.

    Her mails rest until then, so that none comes in between.
    """
    with context.db.write() as session:
        lead = session.get(Lead, lead_id, with_for_update=True)
        if lead is None or lead.state == LeadState.ERASED:
            return None
        if lead.erase_at is None:
            lead.erase_at = now + GRACE
            if lead.paused_until is None or lead.paused_until < lead.erase_at:
                pause_until(session, context, lead, lead.erase_at, now)
        return lead.erase_at


def keep_after_all(context: Context, lead_id: int, now: datetime) -> bool:
    """Takes that back; her mails go on as before. False where nothing of the kind was asked for, or its time has come.

    From then on nobody takes it back: it may be under way.
    """
    with context.db.write() as session:
        lead = session.get(Lead, lead_id, with_for_update=True)
        if lead is None or lead.erase_at is None or lead.erase_at <= now or lead.state == LeadState.ERASED:
            return False
        if lead.paused_until == lead.erase_at:
            end_pause(session, context, lead, now)
        lead.erase_at = None
    return True


def erase_due(context: Context, now: datetime) -> int:
    """Erases those whose day is over, a few at a time; how many."""
    due = select(Lead.id).where(Lead.erase_at <= now, Lead.state != LeadState.ERASED)
    with context.db.read() as session:
        numbers = list(session.scalars(due.order_by(Lead.erase_at).limit(_AT_ONCE)))
    return sum(erase_lead(context, number, now, only_if_due=True) is not None for number in numbers)
