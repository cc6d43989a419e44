"""The results of quizzes that readers asked us to keep: what counts now, and how it ends."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlalchemy.orm import Session

from funnel.curriculum.quiz import told_to_lessons
from funnel.data_keys import UnreadableText
from funnel.db import among
from funnel.models import QuizResult, Signup
from funnel.people.askings import AskingRef, what_was_said


class Kept(NamedTuple):
    """The number of the row, and what `quiz.result` holds; NONE where nothing is kept."""

    row: int
    result: str


NONE = Kept(0, "")


def note_result(
    session: Session, lead_id: int, asking_id: int, offer: str, result: str, now: datetime, until: datetime
) -> None:
    """Keeps a result beside the asking it came with. It says nothing to anybody before that is confirmed."""
    session.add(QuizResult(lead_id=lead_id, asking_id=asking_id, offer=offer, result=result, at=now, until=until))


class Taking(StrEnum):
    """What the press on a mail makes of the quiz that was taken before it was asked for."""

    KEPT = "kept"  # its result counts from then on
    UNKEPT = "unkept"  # nothing of it is kept, and an earlier result counts no longer
    NOTHING = ""  # it has counted already, a newer one does, or nobody can tell whose it is


def taken(session: Session, signup: Signup, asked: AskingRef, now: datetime) -> Taking:
    """What pressing the button of the mail that was made for this asking would change about her result."""
    said = what_was_said(session, signup, asked)
    if said is None or not said.took_quiz:
        return Taking.NOTHING
    return _taking(session, signup.lead_id, set(said.askings), now)[0]


def _taking(session: Session, lead_id: int, askings: set[int], now: datetime) -> tuple[Taking, QuizResult | None]:
    """What confirming these askings, each with a quiz and all with one mail, would change, and the row to count."""
    newest = kept_result(session, lead_id, now)
    if not askings or (newest is not None and newest.asking_id >= max(askings)):
        return Taking.NOTHING, None
    brought = session.scalars(select(QuizResult).where(_hers(lead_id), QuizResult.asking_id.in_(askings))).all()
    if not brought:
        return Taking.UNKEPT if newest is not None else Taking.NOTHING, None
    row = _agreeing(brought, askings)
    return Taking.KEPT if row is not None else Taking.NOTHING, row


def confirm_result(session: Session, lead_id: int, askings: Iterable[int], now: datetime) -> Taking:
    """What was taken with these askings, which share the mail that was pressed, counts from now on, and nothing before.

    Where one of them brought no result, or another, nobody can tell whose it is, and none counts.
    """
    asked = set(askings)
    found, row = _taking(session, lead_id, asked, now)
    if found is Taking.NOTHING:
        return found
    before = [_hers(lead_id), QuizResult.asking_id <= max(asked), QuizResult.replaced_at.is_(None)]
    if row is not None:
        before.append(QuizResult.id != row.id)
    session.execute(update(QuizResult).where(*before).values(replaced_at=now))
    if row is not None:
        row.confirmed_at = now
    return found


def results_of(session: Session, lead_ids: Iterable[int], now: datetime) -> Mapping[int, Kept]:
    """By lead, what is kept of each at `now`; who is not there has nothing kept that lessons speak to."""
    rows = session.scalars(select(QuizResult).where(among(QuizResult.lead_id, list(lead_ids)), *_counts(now)))
    return {row.lead_id: found for row in rows if (found := _kept(row)) is not NONE}


def result_in(session: Session, number: int) -> str:
    """What the row of this number says; "" where it is gone."""
    row = session.get(QuizResult, number)
    return "" if row is None else _kept(row).result


def kept_result(session: Session, lead_id: int, now: datetime) -> QuizResult | None:
    """Her own row that counts now, for her to see."""
    return session.scalar(select(QuizResult).where(_hers(lead_id), *_counts(now)).order_by(QuizResult.id.desc()))


def forget_results(session: Session, lead_id: int) -> int:
    """Deletes all of hers; how many. Lessons that spoke to one are made again as for anybody from now on."""
    return len(session.scalars(delete(QuizResult).where(_hers(lead_id)).returning(QuizResult.id)).all())


def too_old(now: datetime, unconfirmed_before: datetime) -> ColumnElement[bool]:
    """What has to go: its date is over, or it was never confirmed."""
    never = QuizResult.confirmed_at.is_(None) & (QuizResult.at < unconfirmed_before)
    return or_(QuizResult.until <= now, never)


def _agreeing(rows: Sequence[QuizResult], askings: set[int]) -> QuizResult | None:
    """The newest of the rows that these askings brought, where each did, all say the same, and none has counted."""
    known = [row for row in rows if row.confirmed_at is not None or row.replaced_at is not None]
    if known or {row.asking_id for row in rows} != askings or len({row.result for row in rows}) != 1:
        return None
    return max(rows, key=lambda row: row.id)


def _hers(lead_id: int) -> ColumnElement[bool]:
    return QuizResult.lead_id == lead_id


def _counts(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (QuizResult.confirmed_at.is_not(None), QuizResult.replaced_at.is_(None), QuizResult.until > now)


def _kept(row: QuizResult) -> Kept:
    """One that no key opens says nothing, like one that is gone."""
    told = "" if isinstance(row.result, UnreadableText) else told_to_lessons(row.result)
    return Kept(row.id, told) if told else NONE
