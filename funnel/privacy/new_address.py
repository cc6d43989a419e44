"""A reader's address is changed: the new one confirms, the old one is told and may undo it for seven days.

1. She asks for it in her room, by a link that was mailed to the address she has. Nothing changes yet.
2. The new address is sent a mail with a button, in the turns of its mailbox: anybody may have typed it.
3. Pressed, the address is hers from now on, unless another reader has it. A sign-up that was never confirmed there goes
   along with her. Mail that is being handed over still goes to the old one.
4. The old address is sent a notice. It does not name the new one, and holds a link that undoes the change, and whatever
   was changed after it, for seven days.

One address, one lead: whatever happens at once, `lead.email_key` is unique, and who comes second is told.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from funnel.context import Context
from funnel.curriculum.addresses import email_key, read_address
from funnel.db import find
from funnel.deliveries.making import new_mail
from funnel.deliveries.states import mark_ended
from funnel.enrolment.stopping import LEFT, skip
from funnel.enrolment.withdrawal import withdraw_consent
from funnel.links import RowRef
from funnel.models import (
    AddressChange,
    Delivery,
    DeliveryKind,
    DeliveryState,
    Lead,
    LeadState,
    SuppressionReason,
)
from funnel.people.leads import find_lead
from funnel.people.mailboxes import Turn, add_in_turn, never_ask
from funnel.people.suppression import digest_of, suppressed, unsuppress
from funnel.privacy.joining import take_along_unconfirmed
from funnel.sending.scheduler import enqueue_now

MOST_A_DAY = 3
ASKED_ANEW = "another address was asked for since"


class AddressWish(StrEnum):
    """What became of the wish for another address."""

    ASKED = "asked"  # the new address is asked, if it can be written to
    NO_ADDRESS = "no-address"  # what was typed is none
    SAME = "same"  # she has it
    TOO_OFTEN = "too-often"


class Answered(StrEnum):
    """What became of the change once a button of its mails was pressed. Only DONE and STOPPED change anything."""

    DONE = "done"
    BEFORE = "before"  # it was done before
    GONE = "gone"  # another was asked for, or it was ended, or she was erased
    TAKEN = "taken"  # another reader has the address
    REFUSED = "refused"  # that address is not written to
    STOPPED = "stopped"  # it cannot be undone, as she signed up there anew: so mail to the other address has ended


def ask_new_address(context: Context, lead_id: int, typed: str, now: datetime) -> AddressWish:
    """Notes the wish and asks the new address. Whoever asks learns nothing of who has that address."""
    address = read_address(typed)
    if address is None:
        return AddressWish.NO_ADDRESS
    ids: list[int] = []
    with context.db.write() as session:
        lead = session.get(Lead, lead_id, with_for_update=True)
        if lead is None or lead.state == LeadState.ERASED or email_key(address) == lead.email_key:
            return AddressWish.SAME
        asked = select(func.count()).where(
            AddressChange.lead_id == lead.id, AddressChange.asked_at > now - timedelta(days=1)
        )
        if (session.scalar(asked) or 0) >= MOST_A_DAY:
            return AddressWish.TOO_OFTEN
        _end_open(session, lead.id, now)
        digest = digest_of(context.links, address)
        change = AddressChange(lead_id=lead.id, new_email=address, new_digest=digest, asked_at=now)
        session.add(change)
        session.flush()
        if suppressed(session, context.links, [address]).get(address) in (None, SuppressionReason.ERASED):
            mail = new_mail(DeliveryKind.NEW_ADDRESS, now, lead_id=lead.id, detail={"change": change.id})
            if add_in_turn(session, context.links, address, mail, now) is Turn.NOW:
                session.flush()
                ids = [mail.id]
    enqueue_now(context, ids)
    return AddressWish.ASKED


def confirm_new_address(context: Context, ref: RowRef, now: datetime) -> Answered:
    """The owner of the new address has pressed the button."""
    made: list[int] = []

    def work(session: Session) -> Answered:
        made.clear()
        return _confirm(session, context, ref, now, made)

    try:
        answered = context.db.write_again(work)
    except IntegrityError:  # somebody signed up with that address in this very moment
        answered = context.db.write_again(work)
    enqueue_now(context, made)
    return answered


def never_there(context: Context, ref: RowRef, now: datetime) -> bool:
    """The owner of the new address did not ask, and wants no such mail again. False if there is no such change."""
    with context.db.write() as session:
        change = find(session, AddressChange, ref)
        if change is None or change.confirmed_at is not None or not change.new_email:
            return False
        change.ended_at = change.ended_at or now
        never_ask(session, context.links, change.new_email, now)
    return True


def undo_new_address(context: Context, ref: RowRef, now: datetime) -> Answered:
    """The owner of the old address takes the change back, and whatever was changed after it."""

    def work(session: Session) -> Answered:
        return _undo(session, context, ref, now)

    try:
        return context.db.write_again(work)
    except IntegrityError:
        return context.db.write_again(work)


def open_change(session: Session, ref: RowRef) -> tuple[AddressChange, Lead] | None:
    """The change that a link names, and its reader; None where either is gone."""
    change = find(session, AddressChange, ref)
    lead = None if change is None else session.get(Lead, change.lead_id)
    return None if change is None or lead is None or lead.state == LeadState.ERASED else (change, lead)


def _confirm(session: Session, context: Context, ref: RowRef, now: datetime, made: list[int]) -> Answered:
    change, lead = _locked(session, ref)
    if change is None or lead is None or change.ended_at is not None or change.undone_at is not None:
        return Answered.GONE
    if change.confirmed_at is not None:
        return Answered.BEFORE if lead.email_key == email_key(change.new_email) else Answered.GONE
    reason = suppressed(session, context.links, [change.new_email]).get(change.new_email)
    if reason not in (None, SuppressionReason.ERASED):
        return Answered.REFUSED
    if not _is_free(session, context, change.new_email, lead, now):
        return Answered.TAKEN
    if reason is not None:
        unsuppress(session, context.links, change.new_email, reason)  # once erased, and now agreed anew
    change.old_email, change.old_digest = lead.email, digest_of(context.links, lead.email)
    change.confirmed_at = now
    lead.email, lead.email_key = change.new_email, email_key(change.new_email)
    notice = new_mail(DeliveryKind.OLD_ADDRESS, now, lead_id=lead.id, detail={"change": change.id})
    session.add(notice)
    session.flush()
    made.append(notice.id)
    return Answered.DONE


def _undo(session: Session, context: Context, ref: RowRef, now: datetime) -> Answered:
    change, lead = _locked(session, ref)
    if change is None or lead is None or change.confirmed_at is None or not change.old_email:
        return Answered.GONE
    if change.undone_at is not None:
        return Answered.BEFORE
    if lead.erase_at is not None:  # whoever had the other address may have asked for that
        lead.erase_at = None
    later = select(AddressChange).where(AddressChange.lead_id == lead.id, AddressChange.id >= change.id)
    for each in session.scalars(later.with_for_update()):
        if each.confirmed_at is None:
            each.ended_at = each.ended_at or now
        else:
            each.undone_at = each.undone_at or now
    if not _is_free(session, context, change.old_email, lead, now):
        _stop(session, lead, now)
        return Answered.STOPPED
    lead.email, lead.email_key = change.old_email, email_key(change.old_email)
    session.flush()
    return Answered.DONE


def _is_free(session: Session, context: Context, address: str, lead: Lead, now: datetime) -> bool:
    """Whether she may have this address. A sign-up there that nobody confirmed goes along with her."""
    other = find_lead(session, address)
    if other is None or other.id == lead.id:
        return True
    session.refresh(other, with_for_update=True)
    if other.state not in (LeadState.GUEST, LeadState.ASKED) or other.confirmed_at is not None:
        return False
    take_along_unconfirmed(session, context, other, lead, now)
    return True


def _stop(session: Session, lead: Lead, now: datetime) -> None:
    withdraw_consent(session, lead, now, "address")
    waiting = select(Delivery).where(
        Delivery.lead_id == lead.id, Delivery.state.in_((DeliveryState.WAITING, DeliveryState.CLAIMED))
    )
    locked = waiting.order_by(Delivery.id).with_for_update().execution_options(populate_existing=True)
    for mail in session.scalars(locked).all():
        skip(session, mail, LEFT, now)


def _end_open(session: Session, lead_id: int, now: datetime) -> None:
    """Of several wishes only the last can be confirmed."""
    unanswered = AddressChange.confirmed_at.is_(None), AddressChange.ended_at.is_(None)
    session.execute(update(AddressChange).where(AddressChange.lead_id == lead_id, *unanswered).values(ended_at=now))
    waiting = select(Delivery).where(
        Delivery.lead_id == lead_id,
        Delivery.kind == DeliveryKind.NEW_ADDRESS,
        Delivery.state == DeliveryState.WAITING,
    )
    for mail in session.scalars(waiting.order_by(Delivery.id).with_for_update()).all():
        mark_ended(mail, DeliveryState.SKIPPED, ASKED_ANEW, now)


def _locked(session: Session, ref: RowRef) -> tuple[AddressChange | None, Lead | None]:
    """The change and its reader, the reader locked first, as everybody does."""
    found = find(session, AddressChange, ref)
    if found is None:
        return None, None
    lead = session.get(Lead, found.lead_id, with_for_update=True, populate_existing=True)
    if lead is None or lead.state == LeadState.ERASED:
        return None, None
    return session.get(AddressChange, found.id, with_for_update=True, populate_existing=True), lead
