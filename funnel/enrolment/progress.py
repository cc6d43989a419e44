"""How far an enrolment is, and which of its reader's days are taken, read from its deliveries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date, timedelta

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from funnel.curriculum import Progress
from funnel.models import Delivery, DeliveryKind, DeliveryState, Enrolment

# Ids, or the query that finds them, which is quicker for many.
Ids = Collection[int] | Select[int]
# Busy days further back than this cannot affect a lesson that is due now.
LOOK_BACK = timedelta(days=2)


def progress_of(
    enrolment: Enrolment,
    handled: Iterable[tuple[str, date | None]],
    busy: frozenset[date],
    dated: Collection[str] = (),
) -> Progress:
    """The enrolment as the schedule rules see it, from the (lesson id, local date) of its deliveries.

    `dated` are the ids of the sequence's dated lessons: from those no other counts its days.
    """
    pairs = list(handled)
    days = [day for lesson, day in pairs if day is not None and lesson not in dated]
    return Progress(
        started_on=enrolment.started_on,
        started_at=enrolment.started_at,
        shift_days=enrolment.shift_days,
        delivered=frozenset(lesson for lesson, _ in pairs),
        last_delivered_on=max(days, default=None),
        busy_days=busy,
        skipped_by_edit=frozenset(enrolment.skipped_by_edit),
    )


def delivered_lessons(session: Session, enrolments: Ids) -> Mapping[int, list[tuple[str, date | None]]]:
    """By enrolment, the (lesson id, local date) of every lesson it has handled; skipped ones have no date."""
    found: defaultdict[int, list[tuple[str, date | None]]] = defaultdict(list)
    columns = select(Delivery.enrolment_id, Delivery.lesson_id, Delivery.local_date, Delivery.state)
    for enrolment_id, lesson_id, day, state in session.execute(columns.where(Delivery.enrolment_id.in_(enrolments))):
        if enrolment_id is not None and lesson_id is not None:
            found[enrolment_id].append((lesson_id, None if state == DeliveryState.SKIPPED else day))
    return found


def takes_a_day(since: date) -> tuple[ColumnElement[bool], ...]:
    """Conditions for the deliveries that take a reader's local day, from `since` on: lessons sent or to be sent."""
    return (
        Delivery.local_date >= since,
        Delivery.kind == DeliveryKind.LESSON,
        Delivery.state != DeliveryState.SKIPPED,
    )


def busy_days(session: Session, leads: Ids, since: date) -> dict[int, frozenset[date]]:
    """By lead, the local dates from `since` on that already have a lesson, of any sequence."""
    query = select(Delivery.lead_id, Delivery.local_date).where(Delivery.lead_id.in_(leads), *takes_a_day(since))
    found: defaultdict[int, frozenset[date]] = defaultdict(frozenset)
    for lead_id, day in session.connection().execute(query).all():
        if lead_id is not None and day is not None:
            found[lead_id] |= {day}
    return found
