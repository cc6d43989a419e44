"""A quiz that was taken again: it counts once its reader says, by a link of her own mail, that it was she."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from funnel.context import Context
from funnel.enrolment.enrolment import start_triggered
from funnel.models import ConsentKind, Delivery, Lead, Signup
from funnel.people.askings import AskingRef, what_was_said
from funnel.people.consent import record_consent
from funnel.people.quiz_results import Taking, confirm_result
from funnel.subscription.anew import first_mails

_VIA = "quiz"


def take_again(
    session: Session, context: Context, lead: Lead, signup: Signup, asked: AskingRef, now: datetime, origin: str
) -> tuple[bool, list[Delivery]]:
    """For who has confirmed before: the result of this asking counts from now on, and what a quiz starts begins.

    Gives back whether anything was taken that had not counted yet, and the mails that go for it now.
    """
    said = what_was_said(session, signup, asked)
    if said is None or not said.took_quiz or confirm_result(session, lead.id, said.askings, now) is Taking.NOTHING:
        return False, []
    record_consent(
        session,
        lead.id,
        ConsentKind.CONFIRMED,
        now,
        offer=signup.offer,
        text=said.text,
        origin=origin,
        sequences=said.sequences,
        via=_VIA,
    )
    started = start_triggered(session, context, lead, signup, "quiz_result", now)
    return True, first_mails(session, context, started, now)
