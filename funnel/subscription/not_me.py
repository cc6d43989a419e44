"""«It wasn't me»: whoever reads a mailbox says that its address was typed by somebody else, and is not asked again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from funnel.context import Context
from funnel.deliveries.states import mark_ended
from funnel.models import Delivery, DeliveryKind, DeliveryState, Lead, LeadState, Signup
from funnel.people import mailboxes
from funnel.people.askings import forget_typed
from funnel.people.mailboxes import NEVER


def said_never(context: Context, delivery_id: int) -> bool | None:
    """Whether the owner of the mailbox of this mail wants not to be asked again; None if there is no such mail."""
    with context.db.read() as session:
        lead = _lead_of(session, delivery_id)
        return None if lead is None else bool(mailboxes.never_asked(session, context.links, [lead.email]))


def say_never(context: Context, delivery_id: int, now: datetime) -> bool:
    """From now on nobody is asked by mail because this mailbox's address was typed; what asks and waits is not sent.

    What strangers typed beside it is forgotten; what she has confirmed goes on. False if there is no such mail.
    """
    with context.db.write() as session:
        lead = _lead_of(session, delivery_id, lock=True)
        if lead is None:
            return False
        mailboxes.never_ask(session, context.links, lead.email, now)
        asking = select(Delivery).where(
            Delivery.lead_id == lead.id,
            Delivery.kind == DeliveryKind.CONFIRMATION,
            Delivery.state.in_((DeliveryState.WAITING, DeliveryState.CLAIMED)),
        )
        locked = asking.order_by(Delivery.id).with_for_update().execution_options(populate_existing=True)
        for mail in session.scalars(locked).all():
            mark_ended(mail, DeliveryState.SKIPPED, NEVER, now)
        session.execute(
            update(Signup)
            .where(Signup.lead_id == lead.id, Signup.confirmed_at.is_(None))
            .values(typed_name="", typed_zone=None, typed_language=None)
        )
        forget_typed(session, lead)
    return True


def take_back(context: Context, delivery_id: int) -> bool:
    """She has changed her mind: who types this address is sent the mail that asks. False if there is no such mail."""
    with context.db.write() as session:
        lead = _lead_of(session, delivery_id)
        if lead is not None:
            mailboxes.lift_never(session, context.links, lead.email)
    return lead is not None


def _lead_of(session: Session, delivery_id: int, *, lock: bool = False) -> Lead | None:
    lead_id = session.scalar(select(Delivery.lead_id).where(Delivery.id == delivery_id))
    lead = None if lead_id is None else session.get(Lead, lead_id, with_for_update=lock or None)
    return None if lead is None or lead.state == LeadState.ERASED else lead
