"""A quiz taken again, and questions answered again: they count once their reader says, by her own mail, it was she."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from funnel.context import Context
from funnel.enrolment.enrolment import start_triggered
from funnel.models import ConsentKind, Delivery, Lead, Signup
from funnel.people.answers import confirm_answers
from funnel.people.askings import AskingRef, what_was_said
from funnel.people.consent import record_consent
from funnel.people.quiz_results import Taking, confirm_result
from funnel.subscription.anew import first_mails
from funnel.subscription.tagging import begin_by_tags

_VIA_QUIZ, _VIA_ANSWERS = "quiz", "answers"


class TakenAgain(NamedTuple):
    """What counts now that did not before, and the mails that go for it."""

    quiz: bool = False
    answers: bool = False
    mails: tuple[Delivery, ...] = ()


def take_again(
    session: Session, context: Context, lead: Lead, signup: Signup, asked: AskingRef, now: datetime, origin: str
) -> TakenAgain:
    """For who has confirmed before: what this asking says counts from now on, and what a quiz starts begins."""
    said = what_was_said(session, signup, asked)
    if said is None:
        return TakenAgain()
    quiz = said.took_quiz and confirm_result(session, lead.id, said.askings, now) is not Taking.NOTHING
    answers = confirm_answers(session, lead.id, said.askings, now)
    if not quiz and not answers:
        return TakenAgain()
    record_consent(
        session,
        lead.id,
        ConsentKind.CONFIRMED,
        now,
        offer=signup.offer,
        text=said.text,
        origin=origin,
        sequences=said.sequences,
        via=_VIA_QUIZ if quiz else _VIA_ANSWERS,
    )
    started = start_triggered(session, context, lead, signup, "quiz_result", now) if quiz else []
    started += begin_by_tags(session, context, lead, signup, now)
    return TakenAgain(quiz, answers, tuple(first_mails(session, context, started, now)))
