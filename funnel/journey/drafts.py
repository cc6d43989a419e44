"""From a claimed delivery row to the e-mail it stands for. Reads only; nothing here is on the network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
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
_LEAD = (
    Lead.id.label("lead_id"),
    Lead.email,
    Lead.tracking,
    Lead.discreet,
    Lead.first_name,
    Lead.booked_at.is_not(None).label("booked"),
    Lead.watched,
    Lead.tags,
)
_FACTS = tuple(field.name for field in fields(Reader))


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


def readers_of(session: Session, context: Context, ids: Iterable[int]) -> dict[int, Reader]:
    """For each of these deliveries that is a lesson, whom it is for; their published lessons are kept in memory."""
    default = context.library.practice.tracking
    columns = (Delivery.id, Delivery.edition_lesson_id, Delivery.signup_id, *_LEAD)
    rows = session.execute(
        select(*columns)
        .join(Lead, Lead.id == Delivery.lead_id)
        .where(Delivery.id.in_(list(ids)), Delivery.kind == DeliveryKind.LESSON)
    ).all()
    for edition_lesson_id in {row.edition_lesson_id for row in rows}:
        context.editions.compiled(session, edition_lesson_id or 0)
    return {
        row.id: Reader(
            delivery_id=row.id,
            edition_lesson_id=row.edition_lesson_id or 0,
            lead_id=row.lead_id,
            signup_id=row.signup_id,
            email=row.email,
            tracking=_TRACKING[row.tracking or default],
            discreet=row.discreet,
            first_name=row.first_name,
            booked=row.booked,
            watched=row.watched,
            tags=tuple(sorted(row.tags)),
        )
        for row in rows
    }


def draft_all(
    context: Context, ids: Iterable[int], readers: Mapping[int, Reader], now: datetime
) -> tuple[list[Draft], list[Unfillable]]:
    """One mail for each delivery, or the reason there is none. One failing says nothing about the others.

    `readers` is what `readers_of` gave; other kinds of mail, which are few, are read one by one.
    """
    drafts: list[Draft] = []
    problems: list[Unfillable] = []
    for key in ids:
        reader = readers.get(key)
        try:
            drafts.append(_other(context, key, now) if reader is None else _lesson(context, reader, now))
        except FillError as error:
            problems.append(Unfillable(key, str(error)))
    return drafts, problems


def _lesson(context: Context, reader: Reader, now: datetime) -> Draft:
    compiled = context.editions.known_compiled(reader.edition_lesson_id)
    if compiled is None:
        with context.db.read() as session:
            compiled = context.editions.compiled(session, reader.edition_lesson_id)
    if compiled is None:
        raise FillError("lesson", "The published lesson of this mail is gone")
    facts = {name: getattr(reader, name) for name in _FACTS}
    return Draft(
        reader.delivery_id,
        fill_lesson(compiled, reader, context.links, now),
        {"reader": {**facts, "tags": list(reader.tags)}, "sent_at": now.isoformat()},
    )


def _other(context: Context, delivery_id: int, now: datetime) -> Draft:
    """A mail that is no lesson."""
    with context.db.read() as session:
        row = session.get_one(Delivery, delivery_id)
        if row.kind == DeliveryKind.SIGN_IN:
            return _sign_in(session, context, row, now)
        if row.kind == DeliveryKind.NOTICE:
            return _notice(session, context, row, now)
        lead = session.get(Lead, row.lead_id) if row.lead_id else None
        signup = session.get(Signup, row.signup_id) if row.signup_id else None
    if lead is None:
        raise FillError("reader", "The reader of this mail is gone")
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
