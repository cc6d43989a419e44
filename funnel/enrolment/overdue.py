"""Lessons whose day passed while they waited: no worker, no queue, or a provider that said *later*.

A lesson's delivery reserves its local day, and only that day. Once the day has passed, the lesson is late like any
other (`curriculum.decide_late`), and its new day must be free.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from funnel.context import Context
from funnel.curriculum import Late, Move, SendNow, UpcomingLesson, decide_late, local_date
from funnel.curriculum.schedule.dated import held_past
from funnel.db import among
from funnel.enrolment.progress import LOOK_BACK, busy_days, delivered_lessons, progress_of, takes_a_day
from funnel.enrolment.stopping import TOO_LATE, skip
from funnel.models import OPEN_STATES, Delivery, DeliveryKind, DeliveryState, Enrolment, Lead

Waiting = tuple[int, str, date | None, str | None]
"""A delivery's number, its kind and local day, and its reader's own zone."""


def on_their_day(session: Session, context: Context, rows: Sequence[Waiting], now: datetime) -> list[int]:
    """The ids of these deliveries that may go now, in order; a lesson that may not is moved to a new day.

    Locks those whose day has passed, and leaves them out if they no longer wait.
    """
    practice_zone = context.library.practice.zone
    days: dict[str, date] = {}
    late: dict[int, date] = {}
    for number, kind, day, zone in rows:
        zone = zone or practice_zone
        if zone not in days:
            days[zone] = local_date(now, zone)
        if kind == DeliveryKind.LESSON and day != days[zone]:
            late[number] = days[zone]
    if late:
        waiting = (Delivery.state == DeliveryState.WAITING, Delivery.not_before <= now)
        query = select(Delivery).where(among(Delivery.id, late), *waiting).order_by(Delivery.id).with_for_update()
        for delivery in session.scalars(query).all():
            if _goes_today(session, context, delivery, late[delivery.id], now):
                del late[delivery.id]
    return [row[0] for row in rows if row[0] not in late]


def taken_days(
    session: Session, context: Context, leads: Mapping[int, Lead], now: datetime
) -> dict[int, frozenset[date]]:
    """By lead, the days that have a lesson: today as well, if a late one may go any minute."""
    days = busy_days(session, leads.keys(), (now - LOOK_BACK).date())
    for lead_id, day in _overdue(session, leads, now):
        today = local_date(now, context.zone_of(leads[lead_id]))
        if day < today:
            days[lead_id] |= {today}
    return days


def _overdue(session: Session, leads: Mapping[int, Lead], now: datetime) -> list[tuple[int, date]]:
    """The leads that have an unsent lesson of today or earlier, with its first day."""
    rows = session.execute(
        select(Delivery.lead_id, func.min(Delivery.local_date))
        .where(
            Delivery.lead_id.in_(leads.keys()),
            Delivery.local_date < (now + timedelta(days=1)).date(),
            Delivery.kind == DeliveryKind.LESSON,
            Delivery.state.in_(OPEN_STATES),
        )
        .group_by(Delivery.lead_id)
    )
    return [(lead_id, day) for lead_id, day in rows if lead_id is not None and day is not None]


def _goes_today(session: Session, context: Context, delivery: Delivery, today: date, now: datetime) -> bool:
    """Gives a lesson whose day has passed a new one; True if that is now."""
    if delivery.lead_id is None or delivery.enrolment_id is None or delivery.sequence is None:
        return True
    # Locked in the scheduler's order, so that two workers with two lessons of one reader cannot both take a free day.
    enrolment = session.get_one(Enrolment, delivery.enrolment_id, with_for_update=True)
    lead = session.get_one(Lead, delivery.lead_id, with_for_update=True)
    taken = _days_of_others(session, delivery, today)
    published = context.editions.current(session, delivery.sequence)
    lesson = published and published.sequence.lesson(delivery.lesson_id or "")
    if published and lesson:
        before = [pair for pair in delivered_lessons(session, [enrolment.id])[enrolment.id] if pair[0] != lesson.id]
        progress, reader = progress_of(enrolment, before, taken, published.sequence.dated_ids), context.reader_of(lead)
        upcoming = UpcomingLesson(published.sequence, lesson, progress, reader, context.calendar, str(enrolment.id))
        decision: Late = decide_late(upcoming, delivery.not_before, now)
        if why := held_past(upcoming, decision.at if isinstance(decision, Move) else now):
            skip(session, delivery, f"{TOO_LATE}{why}", now)
            return False
    else:
        # Removed from the sequence since: it has no time of its own any more, only a day that must be free.
        decision = Move(now + timedelta(days=1), enrolment.shift_days) if today in taken else SendNow()
    if isinstance(decision, Move):
        enrolment.shift_days = decision.shift_days
        delivery.not_before, delivery.queue_lease_until = decision.at, None
        delivery.local_date = local_date(decision.at, context.zone_of(lead))
        return False
    delivery.local_date = today
    return True


def _days_of_others(session: Session, delivery: Delivery, today: date) -> frozenset[date]:
    """The local days, from today on, that this reader's other lessons take."""
    rows = session.scalars(
        select(Delivery.local_date).where(
            Delivery.lead_id == delivery.lead_id, Delivery.id != delivery.id, *takes_a_day(today)
        )
    )
    return frozenset(day for day in rows if day is not None)
