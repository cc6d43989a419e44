"""Held mail that is tried again without a person, because its cause may have been fixed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from funnel.context import Context
from funnel.deliveries.states import mark_waiting
from funnel.models import Delivery, DeliveryState, EditionLesson, LessonMeasure, SequenceState, in_state
from funnel.sending.outcomes import OURS, RELEASED, Decision, count_outcome, keep_decision

_AT_ONCE = 500


def try_again_published(session: Session, by: str, now: datetime) -> int:
    """Releases all held mail, with each lesson as published now; how many. In the transaction that publishes.

    Mail that still cannot be made is held again, with its new reason.
    """
    return _try_again(session, by, "a new edition was published", now, ours=False)


def try_again_started(context: Context, now: datetime) -> int:
    """Releases mail that could not be sent as we made it; how many. Settings are read at start and may fix it."""
    with context.db.write() as session:
        return _try_again(session, "the service", "it was started again", now, ours=True)


def _try_again(session: Session, by: str, why: str, now: datetime, *, ours: bool) -> int:
    held = select(Delivery).where(in_state(DeliveryState.HELD)).order_by(Delivery.id).limit(_AT_ONCE)
    if ours:
        held = held.where(Delivery.reason.startswith(OURS, autoescape=True))
    lessons = _published(session)
    released = last = 0
    while rows := session.scalars(held.where(Delivery.id > last).with_for_update()).all():
        for row in rows:
            count_outcome(session, row, LessonMeasure.HELD, now, n=-1)
            keep_decision(row, Decision(RELEASED, by[:80], why, now, row.reason))
            mark_waiting(row, not_before=now, reason=f"{RELEASED} by {by[:80]}: {why}")
            row.edition_lesson_id = lessons.get((row.sequence, row.lesson_id), row.edition_lesson_id)
        session.flush()
        released, last = released + len(rows), rows[-1].id
    return released


def _published(session: Session) -> dict[tuple[str | None, str | None], int]:
    """The id of the row in force, by sequence and lesson."""
    query = select(EditionLesson.sequence, EditionLesson.lesson_id, EditionLesson.id).join(
        SequenceState, SequenceState.edition_id == EditionLesson.edition_id
    )
    return {(sequence, lesson): number for sequence, lesson, number in session.execute(query)}
