"""An enrolment stops, and its waiting mail is skipped; or what was skipped comes again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from funnel.deliveries.states import mark_ended
from funnel.models import NOT_ENDED, Delivery, DeliveryKind, DeliveryState, Enrolment, EnrolmentState, LessonMeasure
from funnel.people.tally import count_lessons

LEFT = "left"
PASSED_OVER = "passed over: only_if"
TOO_LATE = "passed over: "  # and why: a dated lesson whose reader came after it, or was held past it


def stop_enrolments(
    session: Session, lead_id: int, reason: str, now: datetime, only: Iterable[str] | None = None
) -> int:
    """Stops the lead's enrolments that have not ended, all or those of the sequences in `only`; skips waiting mail.

    Mail that is being handed over right now cannot be called back; its outcome is still recorded.
    """
    enrolments = select(Enrolment.id).where(Enrolment.lead_id == lead_id, Enrolment.state.in_(NOT_ENDED))
    if only is not None:
        enrolments = enrolments.where(Enrolment.sequence.in_(list(only)))
    ids = list(session.scalars(enrolments))
    session.execute(
        update(Enrolment)
        .where(Enrolment.id.in_(ids))
        .values(
            state=EnrolmentState.STOPPED,
            reason=reason,
            ended_at=now,
            was_due_at=Enrolment.due_at,
            due_at=None,
        )
    )
    waiting = session.scalars(
        select(Delivery)
        .where(Delivery.enrolment_id.in_(ids), Delivery.state.in_((DeliveryState.WAITING, DeliveryState.CLAIMED)))
        .order_by(Delivery.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    for delivery in waiting:
        skip(session, delivery, reason, now)
    return len(ids)


def skip(session: Session, delivery: Delivery, reason: str, now: datetime) -> None:
    """This mail will not be sent; the reason is kept, and a lesson counts as skipped."""
    mark_ended(delivery, DeliveryState.SKIPPED, reason, now)
    if delivery.kind == DeliveryKind.LESSON and delivery.sequence and delivery.lesson_id:
        count_lessons(session, {(delivery.sequence, delivery.lesson_id): 1}, LessonMeasure.SKIPPED, now)


def unskip(session: Session, enrolment: Enrolment) -> datetime | None:
    """Deletes the deliveries that were skipped when this enrolment stopped: they never left, and come again.

    Call it while the enrolment still has the reason why it stopped. Returns when the first of them was due; None if
    there was none.
    """
    stopped = select(Delivery).where(
        Delivery.enrolment_id == enrolment.id,
        Delivery.state == DeliveryState.SKIPPED,
        Delivery.reason == enrolment.reason,
        Delivery.lesson_id.is_not(None),
    )
    rows = session.scalars(stopped.with_for_update()).all()
    for row in rows:
        if row.sequence and row.lesson_id:
            ended_at = row.ended_at or row.created_at
            count_lessons(session, {(row.sequence, row.lesson_id): -1}, LessonMeasure.SKIPPED, ended_at)
        session.delete(row)
    session.flush()
    return min((row.not_before for row in rows), default=None)
