"""What readers answered to the questions of offers: what counts now, and how it ends.

Anybody may type an address, so an answer counts only once the mail of its asking was pressed, and then until a newer
one does. What she says in her own room counts at once.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session

from funnel.curriculum.questions import Answer, Question
from funnel.data_keys import UnreadableText
from funnel.db import among
from funnel.models import Consent, GivenAnswer, Signup
from funnel.people.askings import AskingRef, what_was_said

_IN_HER_ROOM = 0  # no asking has this number


class KeptAnswer(NamedTuple):
    """An answer that counts: the number of its row, the question's name, and what was answered."""

    row: int
    name: str
    answer: Answer


def note_answers(
    session: Session, asking: Consent, questions: Iterable[Question], given: Mapping[str, Answer], now: datetime
) -> None:
    """Keeps what was answered beside the asking it came with. It says nothing to anybody before that is confirmed."""
    for question in questions:
        if question.name in given:
            _add(session, asking.lead_id, asking.id, asking.offer or "", question, given[question.name], now)


def answer_in_room(
    session: Session, lead_id: int, offer: str, question: Question, answer: Answer, now: datetime
) -> None:
    """What she says herself, in her own room, counts from now on."""
    row = _add(session, lead_id, _IN_HER_ROOM, offer, question, answer, now)
    row.confirmed_at = now
    session.flush()
    _replace(session, lead_id, row, now)


def _add(
    session: Session, lead_id: int, asking: int, offer: str, question: Question, answer: Answer, now: datetime
) -> GivenAnswer:
    written = json.dumps(answer, ensure_ascii=False)
    sealed = question.is_sealed
    row = GivenAnswer(lead_id=lead_id, asking_id=asking, offer=offer, name=question.name, at=now)
    row.plain, row.sealed = None if sealed else written, written if sealed else None
    session.add(row)
    return row


def seal_answers(session: Session, questions: Mapping[str, Question]) -> int:
    """Encrypts what was kept in the clear of questions that have become sensitive since; gives back how many rows.

    What was encrypted stays so, whatever a question is called later.
    """
    rows = session.scalars(select(GivenAnswer).where(*_to_seal(questions)).with_for_update()).all()
    for row in rows:
        row.plain, row.sealed = None, row.plain
    return len(rows)


def answers_to_seal(session: Session, questions: Mapping[str, Question]) -> Mapping[str, int]:
    """By name of a question, how many answers `seal_answers` would encrypt."""
    found = select(GivenAnswer.name, func.count()).where(*_to_seal(questions)).group_by(GivenAnswer.name)
    return {row[0]: row[1] for row in session.execute(found.order_by(GivenAnswer.name))}


def _to_seal(questions: Mapping[str, Question]) -> tuple[ColumnElement[bool], ...]:
    names = [name for name, question in questions.items() if question.is_sealed]
    return GivenAnswer.name.in_(names), GivenAnswer.plain.is_not(None)


def would_count(session: Session, signup: Signup, asked: AskingRef) -> bool:
    """Whether pressing the button of the mail that was made for this asking would change what counts as her answers."""
    said = what_was_said(session, signup, asked)
    return said is not None and bool(_new_ones(session, signup.lead_id, set(said.askings)))


def confirm_answers(session: Session, lead_id: int, askings: Iterable[int], now: datetime) -> bool:
    """What was answered with these askings, which share the mail that was pressed, counts from now on.

    Where one of them brought no answer to a question, or another, nobody can tell whose it is, and none counts. False
    where nothing changes.
    """
    new = _new_ones(session, lead_id, set(askings))
    for row in new:
        row.confirmed_at = now
        _replace(session, lead_id, row, now)
    return bool(new)


def _new_ones(session: Session, lead_id: int, askings: set[int]) -> list[GivenAnswer]:
    """The rows, one for each question, that pressing the mail of these askings lets count, and that do not yet."""
    if not askings:
        return []
    by_name: dict[str, list[GivenAnswer]] = defaultdict(list)
    brought = select(GivenAnswer).where(_hers(lead_id), GivenAnswer.asking_id.in_(askings))
    for row in session.scalars(brought.order_by(GivenAnswer.id)):
        by_name[row.name].append(row)
    newest = {row.name: row.id for row in session.scalars(select(GivenAnswer).where(_hers(lead_id), *_counts()))}
    agreeing = (_agreed(rows, askings) for rows in by_name.values())
    return [row for row in agreeing if row is not None and row.id > newest.get(row.name, 0)]


def _agreed(rows: Sequence[GivenAnswer], askings: set[int]) -> GivenAnswer | None:
    if any(row.confirmed_at is not None or row.replaced_at is not None for row in rows):
        return None
    same = {row.asking_id for row in rows} == askings and len({_written(row) for row in rows}) == 1
    return rows[-1] if same else None


def _replace(session: Session, lead_id: int, by: GivenAnswer, now: datetime) -> None:
    older = select(GivenAnswer).where(_hers(lead_id), GivenAnswer.name == by.name, GivenAnswer.id < by.id)
    for row in session.scalars(older.where(GivenAnswer.replaced_at.is_(None))):
        row.replaced_at = now


def answers_of(
    session: Session, lead_ids: Iterable[int], names: Iterable[str] | None = None
) -> Mapping[int, list[KeptAnswer]]:
    """By lead, what counts of each, as far as a key opens it; of these questions only, where names are given."""
    rows = select(GivenAnswer).where(among(GivenAnswer.lead_id, list(lead_ids)), *_counts())
    if names is not None:
        rows = rows.where(GivenAnswer.name.in_(list(names)))
    found: dict[int, list[KeptAnswer]] = defaultdict(list)
    for row in session.scalars(rows.order_by(GivenAnswer.id)):
        found[row.lead_id] += _kept(row)
    return found


def answers_in(session: Session, numbers: Iterable[int]) -> list[KeptAnswer]:
    """What the rows of these numbers say; those that are gone say nothing."""
    rows = session.scalars(select(GivenAnswer).where(GivenAnswer.id.in_(list(numbers))).order_by(GivenAnswer.id))
    return [kept for row in rows for kept in _kept(row)]


def forget_answers(session: Session, lead_id: int, name: str | None = None) -> int:
    """Deletes all of hers, or all to this question; how many. Lessons are made again as for anybody from now on."""
    which = [_hers(lead_id), *([] if name is None else [GivenAnswer.name == name])]
    return len(session.scalars(delete(GivenAnswer).where(*which).returning(GivenAnswer.id)).all())


def forget_unconfirmed(session: Session, lead_id: int) -> None:
    """It was not her who answered: what was never confirmed goes."""
    session.execute(delete(GivenAnswer).where(_hers(lead_id), GivenAnswer.confirmed_at.is_(None)))


def answers_too_old(unconfirmed_before: datetime) -> ColumnElement[bool]:
    """What has to go: what was never confirmed."""
    return GivenAnswer.confirmed_at.is_(None) & (GivenAnswer.at < unconfirmed_before)


def _hers(lead_id: int) -> ColumnElement[bool]:
    return GivenAnswer.lead_id == lead_id


def _counts() -> tuple[ColumnElement[bool], ...]:
    return GivenAnswer.confirmed_at.is_not(None), GivenAnswer.replaced_at.is_(None)


def _written(row: GivenAnswer) -> str:
    return row.plain if row.plain is not None else row.sealed or ""


def _kept(row: GivenAnswer) -> list[KeptAnswer]:
    """One that no key opens says nothing, like one that is gone."""
    written = _written(row)
    if isinstance(written, UnreadableText) or not written:
        return []
    said = json.loads(written)
    return [KeptAnswer(row.id, row.name, tuple(said) if isinstance(said, list) else said)]
