"""Mail that waits for a person to decide: held, because it could not be made, or unknown, because nobody knows it went.

Who decided and why is kept with the mail, whatever becomes of it (`outcomes.decisions_on`).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from funnel.context import Context
from funnel.deliveries.states import mark_waiting, reopen
from funnel.enrolment.enrolment import finish_if_done
from funnel.enrolment.stopping import skip
from funnel.mail import Outcome, OutcomeKind
from funnel.models import Delivery, DeliveryState, Enrolment, Lead, LessonMeasure, in_state
from funnel.sending.outcomes import (
    ARRIVED,
    DROPPED,
    RELEASED,
    Decision,
    count_outcome,
    keep_decision,
    record_outcome,
)

UNDECIDED_STATES = (DeliveryState.HELD, DeliveryState.UNKNOWN)
_STANDING = {
    DeliveryState.WAITING: "it waits to be sent",
    DeliveryState.CLAIMED: "it is about to be sent",
    DeliveryState.HANDING_OVER: "it is being sent just now",
    DeliveryState.ACCEPTED: "it has been sent",
    DeliveryState.FAILED: "it has failed: {reason}",
    DeliveryState.SKIPPED: "it was not sent: {reason}",
    DeliveryState.HELD: "it is held",
    DeliveryState.UNKNOWN: "nobody knows whether it went",
}
_MEASURE = {DeliveryState.HELD: LessonMeasure.HELD, DeliveryState.UNKNOWN: LessonMeasure.UNKNOWN}


@dataclass(frozen=True, slots=True)
class Undecided:
    """One mail that waits for a decision. `since` is UTC; `reason` says what is missing or what died."""

    delivery_id: int
    state: str
    email: str
    sequence: str | None
    lesson_id: str | None
    reason: str
    since: datetime


def undecided(context: Context) -> list[Undecided]:
    """All held and unknown mail, oldest first."""
    with context.db.read() as session:
        rows = session.execute(
            select(Delivery, Lead.email)
            .outerjoin(Lead, Lead.id == Delivery.lead_id)
            .where(in_state(*UNDECIDED_STATES))
            .order_by(Delivery.id)
        )
        return [
            Undecided(
                row.id, row.state, email or "", row.sequence, row.lesson_id, row.reason, row.ended_at or row.created_at
            )
            for row, email in rows
        ]


def release(
    context: Context, ids: Collection[int], who: str, why: str, now: datetime, *, seen: datetime | None = None
) -> list[int]:
    """Lets these mails be sent after all; an unknown one may arrive twice. Returns the ids that were released.

    With `seen` (UTC, story time), here as below, mail that has become unknown since is left alone: it was sent once
    more meanwhile, and whoever presses a button of an old page does not know that.
    """
    with context.db.write() as session:
        rows = _locked(session, ids, seen)
        for row in rows:
            _uncount(session, row, now)
            mark_waiting(row, not_before=now, reason=_kept(row, Decision(RELEASED, who, why, now, row.reason)))
        return [row.id for row in rows]


def drop(
    context: Context, ids: Collection[int], who: str, why: str, now: datetime, *, seen: datetime | None = None
) -> list[int]:
    """Gives these mails up: they count as skipped, and their enrolments go on. Returns the ids that were dropped."""
    with context.db.write() as session:
        rows = _locked(session, ids, seen)
        for row in rows:
            _uncount(session, row, now)
            skip(session, row, _kept(row, Decision(DROPPED, who, why, now, row.reason)), now)
            session.flush()
            if row.enrolment_id is not None:
                finish_if_done(session, context, session.get_one(Enrolment, row.enrolment_id), now)
        return [row.id for row in rows]


def note_arrival(
    context: Context, ids: Collection[int], who: str, why: str, now: datetime, *, seen: datetime | None = None
) -> list[int]:
    """Somebody knows that these unknown mails arrived: they count as sent. Returns the ids of those."""
    with context.db.write() as session:
        rows = [row for row in _locked(session, ids, seen) if row.state == DeliveryState.UNKNOWN]
        for row in rows:
            _uncount(session, row, now)
            keep_decision(row, Decision(ARRIVED, who, why, now, row.reason))
            reopen(row)
            record_outcome(session, context, row, Outcome(OutcomeKind.ACCEPTED, "", row.provider_id), now)
        return [row.id for row in rows]


def give_up(session: Session, lead_id: int, reason: str, now: datetime) -> None:
    """Held and unknown mail to this reader will not be sent, whatever a person decides; her enrolments have ended."""
    query = select(Delivery).where(Delivery.lead_id == lead_id, Delivery.state.in_(UNDECIDED_STATES))
    for row in session.scalars(query.order_by(Delivery.id).with_for_update()):
        _uncount(session, row, now)
        skip(session, row, reason, now)


def state_sentences(context: Context, ids: Collection[int]) -> dict[int, str]:
    """The state of each mail in a few words, for somebody who asked for a decision on one that needs none."""
    with context.db.read() as session:
        rows = session.execute(select(Delivery.id, Delivery.state, Delivery.reason).where(Delivery.id.in_(ids)))
        found = {row.id: _STANDING[DeliveryState(row.state)].format(reason=row.reason) for row in rows}
    return {key: found.get(key, "there is no such mail") for key in ids}


def _locked(session: Session, ids: Collection[int], seen: datetime | None) -> list[Delivery]:
    query = select(Delivery).where(Delivery.id.in_(ids), Delivery.state.in_(UNDECIDED_STATES))
    if seen is not None:
        query = query.where(or_(Delivery.ended_at.is_(None), Delivery.ended_at <= seen))
    return list(session.scalars(query.order_by(Delivery.id).with_for_update()))


def _uncount(session: Session, row: Delivery, now: datetime) -> None:
    """Held and unknown mail is counted while it is so: a decision takes it off the count again."""
    count_outcome(session, row, _MEASURE[DeliveryState(row.state)], now, n=-1)


def _kept(row: Delivery, decision: Decision) -> str:
    """Keeps the decision with the mail; returns the reason for its new state."""
    keep_decision(row, decision)
    return f"{decision.what} by {decision.who}: {decision.why}"[:500]
