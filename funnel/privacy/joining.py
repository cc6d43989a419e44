"""A sign-up that nobody confirmed, at an address that is now another reader's: it goes along with her."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from funnel.context import Context
from funnel.models import Consent, Delivery, Lead, QuizResult, Signup
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
        mails = Delivery.lead_id == other.id, Delivery.signup_id == signup.id
        signup.lead_id = lead.id
        session.execute(update(Consent).where(*asked).values(lead_id=lead.id))
        session.execute(update(QuizResult).where(*results).values(lead_id=lead.id))
        for mail in session.scalars(select(Delivery).where(*mails).order_by(Delivery.id)).all():
            # It went where she is now, though she was elsewhere then (`people.addresses`).
            mail.lead_id, mail.filled = lead.id, {**mail.filled, "reader": {"email": other.email}}
    session.flush()
    end_for_good(session, other, now)
    session.flush()
