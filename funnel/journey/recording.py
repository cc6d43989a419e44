"""Outcomes of many mails, written down in one transaction.

A lesson that was accepted in the middle of a walk changes nothing but its own row and a count: those are written
together. Everything that has consequences goes through `outcomes.record`, one by one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import Session

from funnel.db import UpdateEach, UTCDateTime
from funnel.journey.context import Context
from funnel.journey.enrolment import is_course
from funnel.journey.outcomes import provider_id_of, record
from funnel.mail import Outcome, OutcomeKind
from funnel.models import (
    Delivery,
    DeliveryKind,
    DeliveryState,
    Enrolment,
    EnrolmentState,
    LessonMeasure,
    Signup,
)
from funnel.people.tally import count_lesson

_ACCEPTED = UpdateEach(
    "UPDATE delivery SET state = 'accepted', reason = '', lease_until = NULL, adapter = :by, provider_id = {value}, "
    "ended_at = :at FROM {each} WHERE delivery.id = {key}",
    at=UTCDateTime(),
)
# Built once: building a statement takes longer than a small database takes to answer it.
_WITHOUT_CONSEQUENCES = (
    select(
        Delivery.id,
        Delivery.sequence,
        Delivery.lesson_id,
        or_(Signup.id.is_(None), Signup.under_way_at.is_not(None)).label("under_way"),
    )
    .outerjoin(Enrolment, Enrolment.id == Delivery.enrolment_id)
    .outerjoin(Signup, Signup.id == Delivery.signup_id)
    .where(
        Delivery.id.in_(bindparam("ids", expanding=True)),
        Delivery.state == DeliveryState.HANDING_OVER,
        Delivery.kind == DeliveryKind.LESSON,
        Delivery.sequence.is_not(None),
        Delivery.lesson_id.is_not(None),
        # Else this may have been the last mail of its walk.
        or_(Enrolment.id.is_(None), Enrolment.state != EnrolmentState.ACTIVE, Enrolment.due_at.is_not(None)),
        or_(Signup.id.is_(None), Signup.received_at.is_not(None)),
    )
    .order_by(Delivery.id)
    .with_for_update(of=Delivery)
)


def record_all(
    session: Session, context: Context, outcomes: Mapping[int, Outcome], adapter: str, now: datetime
) -> Counter[tuple[str, str]]:
    """Writes down what became of these deliveries, with all that follows, in the caller's transaction.

    Gives back how many of which (sequence, lesson) are to be counted as accepted, by `count_accepted` and last of all:
    all workers add to the same few rows, and whoever has touched one holds up the others until the end.
    """
    accepted = [key for key, outcome in outcomes.items() if outcome.kind is OutcomeKind.ACCEPTED]
    plain = _without_consequences(session, context, accepted)
    if plain:
        _ACCEPTED(session, {key: provider_id_of(outcomes[key]) for key in plain}, by=adapter, at=now)
    rest = [key for key in outcomes if key not in plain]
    if rest:
        rows = session.scalars(
            select(Delivery).where(Delivery.id.in_(rest)).order_by(Delivery.id).with_for_update()
        ).all()
        for row in rows:
            record(session, context, row, outcomes[row.id], adapter, now)
    return Counter(plain.values())


def count_accepted(session: Session, counts: Counter[tuple[str, str]], now: datetime) -> None:
    """Adds to the counters, in one order, so that two workers never wait for each other in a circle."""
    for (sequence, lesson), n in sorted(counts.items()):
        count_lesson(session, sequence, lesson, LessonMeasure.ACCEPTED, now, n)


def _without_consequences(session: Session, context: Context, ids: list[int]) -> dict[int, tuple[str, str]]:
    """(sequence, lesson) of those lessons whose walk goes on and whose sign-up has come as far before."""
    if not ids:
        return {}
    rows = session.execute(_WITHOUT_CONSEQUENCES, {"ids": ids}).all()
    courses = {
        sequence: _is_course(session, context, sequence)
        for sequence in {row.sequence for row in rows if not row.under_way}
    }
    return {row.id: (row.sequence, row.lesson_id) for row in rows if row.under_way or not courses[row.sequence]}


def _is_course(session: Session, context: Context, sequence: str) -> bool:
    published = context.editions.current(session, sequence)
    return published is not None and is_course(published)
