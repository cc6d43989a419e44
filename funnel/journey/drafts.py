"""From a claimed delivery row to the e-mail it stands for. Reads only; nothing here is on the network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from funnel.compose import FillError, Reader, fill_lesson
from funnel.journey.context import Context
from funnel.links import EXPIRES, Purpose
from funnel.mail import Mail
from funnel.models import AdminUser, Delivery, DeliveryKind, Lead, LeadState, Signup

_TRACKING: dict[str, Literal["none", "clicks", "full"]] = {"none": "none", "clicks": "clicks", "full": "full"}


@dataclass(frozen=True, slots=True)
class Draft:
    """A mail that is ready to go. `facts` are what its blanks were filled with, so that it can be shown again."""

    delivery_id: int
    mail: Mail
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Unfillable:
    """A mail that could not be filled, and why, for the person who decides about it."""

    delivery_id: int
    reason: str


def reader_of(lead: Lead, delivery: Delivery, default_tracking: str) -> Reader:
    """What the blanks of this reader's mail are filled with."""
    return Reader(
        delivery_id=delivery.id,
        edition_lesson_id=delivery.edition_lesson_id or 0,
        lead_id=lead.id,
        signup_id=delivery.signup_id,
        email=lead.email,
        tracking=_TRACKING[lead.tracking or default_tracking],
        discreet=lead.discreet,
        first_name=lead.first_name,
        quiz_result="",
        booked=lead.booked_at is not None,
        watched=lead.watched,
        tags=tuple(sorted(lead.tags)),
    )


def draft_all(
    session: Session, context: Context, deliveries: Sequence[Delivery], now: datetime
) -> tuple[list[Draft], list[Unfillable]]:
    """One mail for each delivery, or the reason there is none. One failing says nothing about the others."""
    leads = _by_id(session, Lead, {row.lead_id for row in deliveries if row.lead_id is not None})
    signups = _by_id(session, Signup, {row.signup_id for row in deliveries if row.signup_id is not None})
    drafts: list[Draft] = []
    problems: list[Unfillable] = []
    for row in deliveries:
        lead = leads.get(row.lead_id or 0)
        signup = signups.get(row.signup_id or 0)
        try:
            drafts.append(_draft(session, context, row, lead, signup, now))
        except FillError as error:
            problems.append(Unfillable(row.id, str(error)))
    return drafts, problems


def _draft(
    session: Session, context: Context, row: Delivery, lead: Lead | None, signup: Signup | None, now: datetime
) -> Draft:
    if row.kind == DeliveryKind.SIGN_IN:
        return _sign_in(session, context, row, now)
    if row.kind == DeliveryKind.NOTICE:
        return _notice(session, context, row, now)
    if lead is None:
        raise FillError("reader", "The reader of this mail is gone")
    if row.kind == DeliveryKind.LESSON:
        compiled = context.editions.compiled(session, row.edition_lesson_id or 0)
        if compiled is None:
            raise FillError("lesson", "The published lesson of this mail is gone")
        reader = reader_of(lead, row, context.library.practice.tracking)
        facts = {"reader": reader.to_facts(), "sent_at": now.isoformat()}
        return Draft(row.id, fill_lesson(compiled, reader, context.links, now), facts)
    if signup is None:
        raise FillError("signup", "The sign-up of this mail is gone")
    return _about_signup(context, row, lead, signup, now)


def _about_signup(context: Context, row: Delivery, lead: Lead, signup: Signup, now: datetime) -> Draft:
    """The confirmation, or the link to what was promised."""
    offer = context.library.offers.get(signup.offer)
    if offer is None:
        raise FillError("offer", f"The offer {signup.offer} is gone from the folder: put it back, or drop this mail")
    values = {"first_name": lead.first_name, "offer_title": offer.title}
    if row.kind == DeliveryKind.CONFIRMATION:
        name = "confirm"
        values["confirm_url"] = context.links.dated_to(Purpose.CONFIRM, signup.id, now)
        values["consent_text"] = offer.consent
    else:
        name = "asset"
        purpose = Purpose.WATCH if offer.kind == "training" else Purpose.DOWNLOAD
        values["asset_url"] = context.links.dated_to(purpose, signup.id, now)
        values["kind"] = offer.kind
    return _transactional(context, row, name, lead.email, values, now)


def _sign_in(session: Session, context: Context, row: Delivery, now: datetime) -> Draft:
    admin = session.get(AdminUser, row.admin_id)
    if admin is None:
        raise FillError("admin", "The person who wanted to sign in is gone")
    machine = context.clock.machine_now()
    url = context.links.dated_to(Purpose.SIGN_IN, int(row.detail["sign_in_id"]), machine)
    minutes = int(EXPIRES[Purpose.SIGN_IN].total_seconds() // 60)
    return _transactional(context, row, "sign-in", admin.email, {"sign_in_url": url, "minutes": str(minutes)}, now)


def _notice(session: Session, context: Context, row: Delivery, now: datetime) -> Draft:
    """Tells the practice that a reader asked for a conversation."""
    lead = session.get(Lead, int(row.detail["lead_id"]))
    if lead is None or lead.state == LeadState.ERASED:
        raise FillError("reader", "The reader who asked for a conversation is gone")
    practice = context.library.practice
    booking = next(iter(practice.bookings.values()), None)
    values = {
        "reader_email": lead.email,
        "first_name": lead.first_name or "A reader",
        "booking_title": booking.title if booking else "A conversation",
    }
    return _transactional(context, row, "booking", practice.reply_to, values, now)


def _transactional(
    context: Context, row: Delivery, name: str, recipient: str, values: dict[str, str], now: datetime
) -> Draft:
    domain = context.library.practice.from_address.rpartition("@")[2]
    mail = context.transactional.fill(
        name,
        key=str(row.id),
        recipient=recipient,
        values=values,
        message_id=context.links.message_id(row.id, domain),
        sent_at=now,
    )
    return Draft(row.id, mail, {})


def _by_id(session: Session, model: Any, ids: set[int]) -> dict[int, Any]:
    return {row.id: row for row in session.scalars(select(model).where(model.id.in_(ids)))} if ids else {}
