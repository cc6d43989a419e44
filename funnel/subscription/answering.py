"""What a reader answers in her own room, and what she is shown there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from funnel.context import Context
from funnel.curriculum.questions import Answer, AnswersError, Question, given_answers
from funnel.models import Lead, LeadState, Signup
from funnel.people.answers import answer_in_room, answers_of, forget_answers


def own_questions(context: Context, lead_id: int) -> tuple[list[Question], dict[str, Answer]]:
    """The questions of what she signed up for, each once, and what counts as her answer to each."""
    with context.db.read() as session:
        asked = _asked(session, context, lead_id)
        kept = {each.name: each.answer for each in answers_of(session, [lead_id]).get(lead_id, [])}
    return [question for _, question in asked.values()], kept


class SavedAnswers(NamedTuple):
    """By name what is wrong with an answer, and then nothing is saved; and whether one that counted is deleted."""

    wrong: Mapping[str, str] = {}
    forgot: bool = False


def save_answers(context: Context, lead_id: int, given: Mapping[str, object], now: datetime) -> SavedAnswers:
    """From now on her answers are these, and those left empty are deleted."""
    with context.db.write() as session:
        lead = session.get(Lead, lead_id, with_for_update=True)
        if lead is None or lead.state == LeadState.ERASED:
            return SavedAnswers()
        asked = _asked(session, context, lead_id)
        try:
            found = given_answers(
                (question for _, question in asked.values()),
                {name: said for name, said in given.items() if name in asked},
                may_be_missing=True,
            )
        except AnswersError as error:
            return SavedAnswers(error.errors)
        kept = {each.name: each.answer for each in answers_of(session, [lead_id]).get(lead_id, [])}
        for name, (offer, question) in asked.items():
            if name not in found:
                forget_answers(session, lead_id, name)
            elif found[name] != kept.get(name):
                answer_in_room(session, lead_id, offer, question, found[name], now)
    return SavedAnswers(forgot=any(name in kept and name not in found for name in asked))


def _asked(session: Session, context: Context, lead_id: int) -> dict[str, tuple[str, Question]]:
    """By name, the questions of the offers she signed up for, with the first offer that asks each."""
    offers = context.library.offers
    found: dict[str, tuple[str, Question]] = {}
    for slug in session.scalars(select(Signup.offer).where(Signup.lead_id == lead_id).order_by(Signup.id)):
        for question in offers[slug].questions if slug in offers else ():
            found.setdefault(question.name, (slug, question))
    return found
