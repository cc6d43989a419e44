"""What was answered to the questions of offers, as far as the practice may see it: never what is sensitive."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from funnel.curriculum.questions import Answer, Question
from funnel.data_keys import UnreadableText
from funnel.models import GivenAnswer, Lead, LeadState

_COUNTS = (GivenAnswer.confirmed_at.is_not(None), GivenAnswer.replaced_at.is_(None))
_YES_NO: Mapping[Answer, str] = {True: "yes", False: "no"}


@dataclass(frozen=True, slots=True)
class AnswerCount:
    """How many readers who may be written to gave this answer, in the words of the form.

    `wanted` is the answer as `answered_so` takes it.
    """

    question: str
    said: str
    readers: int
    wanted: str


class AnsweredSo(NamedTuple):
    """An answer in the words of the form, and what holds of the leads who gave it."""

    question: str
    said: str
    leads: ColumnElement[bool]


def answers_shown(session: Session, lead_id: int, questions: Mapping[str, Question]) -> list[tuple[str, str]]:
    """One person's answers that count, as label and words; none to a question that is sensitive, or asked no more."""
    rows = session.scalars(select(GivenAnswer).where(GivenAnswer.lead_id == lead_id, *_COUNTS).order_by(GivenAnswer.id))
    shown = ((questions[row.name], row.plain or row.sealed) for row in rows if row.name in _open(questions))
    return [
        (question.label, question.said(_read(written)))
        for question, written in shown
        if written and not isinstance(written, UnreadableText)
    ]


def answer_counts(session: Session, questions: Mapping[str, Question]) -> list[AnswerCount]:
    """How often each value was answered that can be chosen, question by question; lines are not counted."""
    counted = (
        select(GivenAnswer.name, GivenAnswer.plain, func.count())
        .join(Lead, Lead.id == GivenAnswer.lead_id)
        .where(*_COUNTS, GivenAnswer.plain.is_not(None), Lead.state == LeadState.CONFIRMED)
        .group_by(GivenAnswer.name, GivenAnswer.plain)
    )
    found: Counter[tuple[str, Answer]] = Counter()
    for name, plain, n in session.execute(counted):
        said = _read(plain or '""')
        for value in said if isinstance(said, tuple) else (said,):
            found[name, value] += n
    return [
        AnswerCount(question.label, question.said(value), found[name, value], f"{name}:{_YES_NO.get(value, value)}")
        for name, question in _open(questions).items()
        for value in (question.values or ((True, False) if question.kind == "yes_no" else ()))
    ]


def answered_so(wanted: str, questions: Mapping[str, Question]) -> AnsweredSo | None:
    """The question and answer that `where:ended` or `alone:no` names; None where nobody may look for that.

    What is sensitive cannot be looked for, and neither can lines in somebody's own words.
    """
    name, _, value = wanted.partition(":")
    question = _open(questions).get(name)
    said = {token: answer for answer, token in _YES_NO.items()} if question and question.kind == "yes_no" else {}
    if question is None or value not in (question.values or said):
        return None
    answer = said.get(value, value)
    written = json.dumps(answer, ensure_ascii=False)
    several = question.kind == "choices"
    holds = GivenAnswer.plain.contains(written, autoescape=True) if several else GivenAnswer.plain == written
    gave = select(GivenAnswer.lead_id).where(GivenAnswer.lead_id == Lead.id, GivenAnswer.name == name, *_COUNTS, holds)
    return AnsweredSo(question.label, question.said(answer), gave.exists())


def _open(questions: Mapping[str, Question]) -> dict[str, Question]:
    return {name: question for name, question in questions.items() if not question.sensitive}


def _read(written: str) -> Answer:
    said = json.loads(written)
    answer: Answer = tuple(said) if isinstance(said, list) else said
    return answer
