"""To which address a mail went, as a reader may have had others before; and which of them she had until when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from funnel.curriculum.addresses import email_key
from funnel.links import Links
from funnel.models import AddressChange, Delivery, DeliveryKind, Lead, Signup, SuppressionReason
from funnel.people.askings import AskingRef
from funnel.people.suppression import suppressed


def mailed_address(session: Session, delivery: Delivery, lead: Lead) -> str:
    """Where this mail of hers went or goes; "" where that is not kept any more."""
    if delivery.kind in (DeliveryKind.NEW_ADDRESS, DeliveryKind.OLD_ADDRESS):
        change = session.get(AddressChange, int(delivery.detail.get("change", 0)))
        if change is None:
            return ""
        return change.new_email if delivery.kind == DeliveryKind.NEW_ADDRESS else change.old_email
    kept = delivery.filled.get("reader", {}).get("email")
    if kept:
        return str(kept)
    went = delivery.ended_at or delivery.created_at
    for change in switches(session, lead.id):
        if change.undone_at is not None and change.confirmed_at and change.confirmed_at <= went < change.undone_at:
            return change.new_email
        if change.confirmed_at is not None and went < change.confirmed_at:
            return change.old_email
    return lead.email


def went_elsewhere(session: Session, delivery: Delivery, lead: Lead) -> bool:
    """Whether this mail went to another address than the one she has now."""
    return email_key(mailed_address(session, delivery, lead) or " ") != lead.email_key


def asked_where_she_is(session: Session, lead: Lead, signup: Signup, asked: AskingRef) -> bool:
    """Whether the mail that asked went to the address she has now: a press on any other is not known to be hers."""
    since = address_since(session, lead.id)
    if since is None or asked.mailed_at >= since:
        return True
    mails = select(Delivery).where(Delivery.lead_id == lead.id, Delivery.signup_id == signup.id)
    made_for = [mail for mail in session.scalars(mails) if mail.detail.get("asking") == asked.number is not None]
    return bool(made_for) and not any(went_elsewhere(session, mail, lead) for mail in made_for)


def switches(session: Session, lead_id: int) -> Sequence[AddressChange]:
    """Her changes of address that were confirmed, oldest first."""
    query = select(AddressChange).where(AddressChange.lead_id == lead_id, AddressChange.confirmed_at.is_not(None))
    return session.scalars(query.order_by(AddressChange.id)).all()


def address_since(session: Session, lead_id: int) -> datetime | None:
    """Since when (UTC) she has the address she has; None where it is her first."""
    times = [time for each in switches(session, lead_id) for time in (each.confirmed_at, each.undone_at)]
    return max((time for time in times if time is not None), default=None)


def had_until(session: Session, lead_id: int) -> list[tuple[str, datetime]]:
    """The digest of each address she has had and has no more, and until when (UTC) she had it."""
    found = []
    for change in switches(session, lead_id):
        if change.confirmed_at is not None:
            found.append((change.old_digest, change.confirmed_at))
        if change.undone_at is not None:
            found.append((change.new_digest, change.undone_at))
    return found


def refusal_there(session: Session, links: Links, mail: Delivery) -> str | None:
    """Why the address that a mail about a change goes to gets none; None if it may go. Asked before each is sent."""
    change = session.get(AddressChange, int(mail.detail.get("change", 0)))
    if change is None:
        return "the change of address is gone"
    if mail.kind == DeliveryKind.NEW_ADDRESS and (change.ended_at is not None or change.confirmed_at is not None):
        return "answered meanwhile"
    to = change.new_email if mail.kind == DeliveryKind.NEW_ADDRESS else change.old_email
    if not to:
        return "the change of address is gone"
    reason = suppressed(session, links, [to]).get(to)
    return None if reason == SuppressionReason.ERASED else reason
