"""The outcomes of many mails, recorded in one transaction.

A lesson accepted in the middle of an enrolment changes only its own row and a counter: those are written in one
statement. Everything with consequences goes through `outcomes.record_outcome`, one by one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from funnel.context import Context
from funnel.db import among
from funnel.deliveries.statements import accepted
from funnel.enrolment.enrolment import is_course
from funnel.mail import Outcome, OutcomeKind
from funnel.models import Delivery, FunnelStage, LessonMeasure, Signup
from funnel.people.tally import count_lessons, count_subjects, reach
from funnel.sending.outcomes import provider_id_of, record_outcome

Accepted = Counter[tuple[str, str, str]]  # sequence, lesson id, and the subject if it is one of several

# A lesson in the middle of its enrolment, to somebody who already has what was promised, has one possible consequence:
# a course may be under way now (`not_under_way`, a sign-up). One statement checks for that and accepts the mail.
_ACCEPTED = accepted(
    "delivery.kind = 'lesson' AND delivery.sequence IS NOT NULL AND delivery.lesson_id IS NOT NULL",
    # Otherwise this may be the last mail of its enrolment. A subquery, so that each row is found by its id.
    "(SELECT enrolment.state = 'active' AND enrolment.due_at IS NULL FROM enrolment "
    "WHERE enrolment.id = delivery.enrolment_id) IS NOT TRUE",
    "(SELECT signup.received_at IS NULL FROM signup WHERE signup.id = delivery.signup_id) IS NOT TRUE",
    # If a lesson has several subjects, the row names the one this mail had.
    returning="delivery.id, delivery.sequence, delivery.lesson_id, coalesce(delivery.filled ->> 'subject', '') "
    "AS subject, (SELECT signup.id FROM signup "
    "WHERE signup.id = delivery.signup_id AND signup.under_way_at IS NULL) AS not_under_way",
)


def record_all(
    session: Session, context: Context, outcomes: Mapping[int, Outcome], adapter: str, now: datetime
) -> Accepted:
    """Records what became of these deliveries, with all consequences, in the caller's transaction.

    Returns how many to count as accepted. `count_accepted` does so, as the transaction's last step: all workers add to
    the same few rows, and whoever has touched one blocks the others until it commits.
    """
    taken = {key: provider_id_of(each) for key, each in outcomes.items() if each.kind is OutcomeKind.ACCEPTED}
    plain = _ACCEPTED(session, taken, by=adapter, at=now).all() if taken else []
    done = {row.id for row in plain}
    rest = [key for key in outcomes if key not in done]
    if rest:
        rows = session.scalars(select(Delivery).where(among(Delivery.id, rest)).order_by(Delivery.id).with_for_update())
        for row in rows.all():
            record_outcome(session, context, row, outcomes[row.id], now)
    begun = {(row.not_under_way, row.sequence) for row in plain if row.not_under_way is not None}
    courses = {sequence for sequence in {sequence for _, sequence in begun} if _is_course(session, context, sequence)}
    for signup_id in sorted({signup_id for signup_id, sequence in begun if sequence in courses}):
        reach(session, session.get_one(Signup, signup_id), FunnelStage.UNDER_WAY, now)
    return Counter((row.sequence, row.lesson_id, row.subject) for row in plain)


def count_accepted(session: Session, counts: Accepted, now: datetime) -> None:
    """Adds to the counters, always in the same order, so that two workers cannot deadlock."""
    lessons: Counter[tuple[str, str]] = Counter()
    for (sequence, lesson, _), n in counts.items():
        lessons[sequence, lesson] += n
    count_lessons(session, lessons, LessonMeasure.ACCEPTED, now)
    count_subjects(session, {key: n for key, n in counts.items() if key[2]}, "sent")


def _is_course(session: Session, context: Context, sequence: str) -> bool:
    published = context.editions.current(session, sequence)
    return published is not None and is_course(published)
