"""What somebody wrote to ask for a session goes: when she says so, or when it is old. On no list, all of her goes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, func, or_, select
from sqlalchemy.orm import Session, aliased

from funnel.context import Context
from funnel.db import among, find
from funnel.enrolment.stopping import skip
from funnel.links import RowRef
from funnel.models import (
    SESSIONS_BEGIN,
    BookingAct,
    BookingRequest,
    Delivery,
    DeliveryKind,
    DeliveryState,
    Lead,
    LeadState,
)
from funnel.privacy import rows
from funnel.privacy.erase import ERASED, end_for_good


def delete_session(context: Context, ref: RowRef, now: datetime) -> bool:
    """Deletes this request for a session and all that was done about it. False where there is none."""
    with context.db.read() as session:
        found = find(session, BookingRequest, ref)
        number = None if found is None or not found.is_session or found.booking_id is not None else found.id
    return number is not None and delete_session_row(context, number, now)


def delete_session_row(context: Context, number: int, now: datetime) -> bool:
    """The same by its number."""

    def work(session: Session) -> bool:
        lead_id = session.scalar(select(BookingRequest.lead_id).where(BookingRequest.id == number))
        lead = None if lead_id is None else session.get(Lead, lead_id, with_for_update=True, populate_existing=True)
        if lead is None:
            return False
        of_it = or_(BookingRequest.id == number, BookingRequest.booking_id == number)
        acts = list(session.scalars(select(BookingRequest.id).where(of_it)))
        _forget_mails(session, acts, now)
        session.execute(delete(BookingRequest).where(of_it))
        left = session.scalar(select(BookingRequest.id).where(BookingRequest.lead_id == lead.id).limit(1))
        if lead.state == LeadState.GUEST and left is None:
            end_for_good(session, lead, now)
        return True

    return context.db.write_again(work)


def old_sessions(cutoff: datetime) -> ColumnElement[bool]:
    """The requests that nobody has done anything about since the cutoff, and whose time, if any, was before it."""
    act = aliased(BookingRequest)
    younger = select(act.id).where(act.booking_id == BookingRequest.id, or_(act.at >= cutoff, act.starts_at >= cutoff))
    return and_(
        BookingRequest.act == BookingAct.ASKED,
        BookingRequest.name.startswith(SESSIONS_BEGIN),
        BookingRequest.at < cutoff,
        func.coalesce(BookingRequest.starts_at, BookingRequest.at) < cutoff,
        ~younger.exists(),
    )


def _forget_mails(session: Session, acts: list[int], now: datetime) -> None:
    """The mails about it: what waits is not sent, and none of them says any more what it was about."""
    about = Delivery.detail["request"].as_integer()
    kinds = (DeliveryKind.NOTICE, DeliveryKind.SESSION)
    found = select(Delivery.id).where(Delivery.kind.in_(kinds), among(about, acts)).order_by(Delivery.id)
    mails = list(session.scalars(found))
    waiting = (DeliveryState.WAITING, DeliveryState.CLAIMED)
    pending = select(Delivery).where(among(Delivery.id, mails), Delivery.state.in_(waiting))
    locked = pending.order_by(Delivery.id).with_for_update().execution_options(populate_existing=True)
    for mail in session.scalars(locked).all():
        skip(session, mail, ERASED, now)
    session.flush()
    rows.blank_mails(session, mails)
