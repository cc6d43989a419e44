"""Who waits for a course that begins together: until its day, or until a date is set; and the mail that says so."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from funnel.context import Context
from funnel.curriculum import Progress, Sequence, local_date
from funnel.curriculum.schedule.calendar import has_begun
from funnel.curriculum.schedule.rounds import first_day
from funnel.db import among
from funnel.deliveries.making import new_mail
from funnel.models import DeliveryKind, Enrolment, EnrolmentState, Lead


def join_round(session: Session, enrolment: Enrolment, sequence: Sequence, zone: str, now: datetime) -> None:
    """Lets an enrolment that begins `now`, on the wall in `zone`, begin with the next round it can join.

    1. Where no date is set, it waits for one.
    2. Before the round's day, its lessons wait for that.
    3. Who waits is told so by mail.

    The enrolment has its number already.
    """
    today = local_date(now, zone)
    begins = first_day(sequence, today)
    enrolment.started_at, enrolment.started_on, enrolment.shift_days = now, begins or today, 0
    enrolment.state = EnrolmentState.WAITING if begins is None else EnrolmentState.ACTIVE
    enrolment.due_at = None if begins is None else now
    if begins is None or begins > today:
        _tell(session, enrolment, now)


def has_no_round(sequence: Sequence, progress: Progress, zone: str) -> bool:
    """Whether nothing was sent yet to somebody whose first day is no round's.

    That is who comes back after the sequence, or she, was stopped for a while. Who joined a round late keeps it, though
    its date be taken from the list.
    """
    late = progress.started_on < local_date(progress.started_at, zone)
    return (
        bool(sequence.rounds)
        and not has_begun(sequence, progress.delivered)
        and progress.started_on not in sequence.rounds
        and not late
    )


def begin_waiting(session: Session, context: Context, sequence: Sequence, now: datetime) -> int:
    """Gives a round to everybody who waits for a date, if there is one to join now. Returns how many have one."""
    waiting = (
        select(Enrolment, Lead.zone)
        .join(Lead, Lead.id == Enrolment.lead_id)
        .where(Enrolment.sequence == sequence.slug, Enrolment.state == EnrolmentState.WAITING)
        .order_by(Enrolment.id)
    )
    found = 0
    for enrolment, own_zone in session.execute(waiting.with_for_update(of=Enrolment)):
        zone = own_zone or context.library.practice.zone
        if first_day(sequence, local_date(now, zone)) is not None:
            join_round(session, enrolment, sequence, zone, now)
            found += 1
    return found


def move_to_round(session: Session, enrolments: Collection[int], begins: date | None, now: datetime) -> None:
    """Lets these enrolments, which wait for a round that was moved, begin on `begins`; None: once a date is set."""
    values = {"state": EnrolmentState.WAITING} if begins is None else {"started_on": begins}
    session.execute(update(Enrolment).where(among(Enrolment.id, enrolments)).values(values))
    for enrolment in session.scalars(select(Enrolment).where(among(Enrolment.id, enrolments)).order_by(Enrolment.id)):
        _tell(session, enrolment, now)


def _tell(session: Session, enrolment: Enrolment, now: datetime) -> None:
    detail = {"enrolment": enrolment.id}
    session.add(
        new_mail(DeliveryKind.ROUND, now, lead_id=enrolment.lead_id, signup_id=enrolment.signup_id, detail=detail)
    )
