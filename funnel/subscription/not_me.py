"""«It wasn't me»: whoever reads a mailbox says that its address was typed by somebody else, and is not asked again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from funnel.context import Context
from funnel.curriculum.addresses import email_key
from funnel.deliveries.states import mark_ended
from funnel.models import Delivery, DeliveryKind, DeliveryState, Lead, LeadState, Signup
from funnel.people import mailboxes
from funnel.people.addresses import mailed_address
from funnel.people.answers import forget_unconfirmed
from funnel.people.askings import forget_typed
from funnel.people.mailboxes import NEVER


def said_never(context: Context, delivery_id: int) -> bool | None:
    """Whether the owner of the mailbox of this mail wants not to be asked again; None if there is no such mail."""
    with context.db.read() as session:
        lead, address = _whose(session, delivery_id)
        return None if lead is None else bool(mailboxes.never_asked(session, context.links, [address]))


def say_never(context: Context, delivery_id: int, now: datetime) -> bool:
    """From now on nobody is asked by mail because this mailbox's address was typed; what asks and waits is not sent.

    What strangers typed beside it is forgotten; what she has confirmed goes on. Where the mail went to an address that
    is not its reader's any more, that one is meant, and nothing of hers changes. False if there is no such mail.
    """
    with context.db.write() as session:
        lead, address = _whose(session, delivery_id, lock=True)
        if lead is None:
            return False
        mailboxes.never_ask(session, context.links, address, now)
        if email_key(address) != lead.email_key:
            return True
        asking = select(Delivery).where(
            Delivery.lead_id == lead.id,
            Delivery.kind.in_((DeliveryKind.CONFIRMATION, DeliveryKind.REMINDER)),
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
        forget_unconfirmed(session, lead.id)
    return True


def take_back(context: Context, delivery_id: int) -> bool:
    """She has changed her mind: who types this address is sent the mail that asks. False if there is no such mail."""
    with context.db.write() as session:
        lead, address = _whose(session, delivery_id)
        if lead is not None:
            mailboxes.lift_never(session, context.links, address)
    return lead is not None


def _whose(session: Session, delivery_id: int, *, lock: bool = False) -> tuple[Lead | None, str]:
    """The reader of this mail, and where it went: whoever opens its link reads that mailbox. None if either is gone."""
    mail = session.get(Delivery, delivery_id)
    lead_id = None if mail is None else mail.lead_id
    lead = None if lead_id is None else session.get(Lead, lead_id, with_for_update=lock or None)
    if mail is None or lead is None or lead.state == LeadState.ERASED:
        return None, ""
    address = mailed_address(session, mail, lead)
    return (lead, address) if address else (None, "")
