"""A sign-up that nobody confirmed, at an address that is now another reader's: it goes along with her."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from funnel.context import Context
from funnel.models import BookingRequest, Consent, Delivery, DeliveryKind, GivenAnswer, Lead, QuizResult, Signup
from funnel.privacy.erase import end_for_good


def take_along_unconfirmed(session: Session, context: Context, other: Lead, lead: Lead, now: datetime) -> None:
    """What `other` asked for and never confirmed is `lead`'s from now on: the button in its mail works for her.

    What she has signed up for herself stays as it is, and of the other sign-up for it only figures stay. Both are
    locked.
    """
    has = set(session.scalars(select(Signup.offer).where(Signup.lead_id == lead.id)))
    for signup in session.scalars(select(Signup).where(Signup.lead_id == other.id).order_by(Signup.id)).all():
        if signup.offer in has:
            continue
        asked = Consent.lead_id == other.id, Consent.offer == signup.offer
        results = QuizResult.lead_id == other.id, QuizResult.offer == signup.offer
        answers = GivenAnswer.lead_id == other.id, GivenAnswer.offer == signup.offer
        mails = Delivery.lead_id == other.id, Delivery.signup_id == signup.id
        signup.lead_id = lead.id
        session.execute(update(Consent).where(*asked).values(lead_id=lead.id))
        session.execute(update(QuizResult).where(*results).values(lead_id=lead.id))
        session.execute(update(GivenAnswer).where(*answers).values(lead_id=lead.id))
        _take_mails(session, mails, other, lead)
    # Sessions that were asked for by the address are hers as well, with the mails that lead to them.
    session.execute(update(BookingRequest).where(BookingRequest.lead_id == other.id).values(lead_id=lead.id))
    _take_mails(session, (Delivery.lead_id == other.id, Delivery.kind == DeliveryKind.SESSION), other, lead)
    session.flush()
    end_for_good(session, other, now)
    session.flush()


def _take_mails(session: Session, which: tuple[ColumnElement[bool], ...], other: Lead, lead: Lead) -> None:
    for mail in session.scalars(select(Delivery).where(*which).order_by(Delivery.id)).all():
        # It went where she is now, though she was elsewhere then (`people.addresses`).
        mail.lead_id, mail.filled = lead.id, {**mail.filled, "reader": {"email": other.email}}
