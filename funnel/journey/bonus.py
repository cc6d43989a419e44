"""A lesson inserted behind readers, sent to them all the same because the practice asked for it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from funnel.curriculum import Lesson, Sequence, Walker, after_edit, come_to, local_date, next_lesson
from funnel.journey.context import Context
from funnel.journey.editions import Published
from funnel.journey.walkers import Row, batches
from funnel.models import Delivery, DeliveryKind, DeliveryState, Edition, EnrolmentState


def send_bonus(session: Session, context: Context, slug: str, lesson_ids: Collection[str], now: datetime) -> int:
    """Writes a delivery on the next free day of everyone who is past one of these lessons; how many.

    Only for what the publishing of this minute, `now`, has inserted into this sequence: another sequence may have a
    lesson of that id, which its readers were never promised. The day counts as taken, so the walk's own lesson makes
    way: never two on one local day. Who has stopped gets none.
    """
    published = context.editions.current(session, slug)
    if published is None:
        return 0
    inserted = _inserted(session, published, now) & set(lesson_ids)
    lessons = [each for each in published.sequence.lessons if each.id in inserted]
    if not lessons:
        return 0
    made = 0
    for batch in batches(session, context, slug, now):
        for row, walker in batch:
            for lesson in lessons:
                if row.state != EnrolmentState.STOPPED and _is_past(published, lesson, walker):
                    session.add(_delivery(context, published, lesson, row, walker, now))
                    made += 1
        session.flush()
    return made


def _inserted(session: Session, published: Published, now: datetime) -> set[str]:
    """The lessons of an edition made at `now` that the one before it did not have; a first one inserts none."""
    made_now = session.scalar(select(Edition.id).where(Edition.id == published.edition_id, Edition.published_at == now))
    before = session.scalar(
        select(Edition.source).where(Edition.sequence == published.sequence.slug, Edition.number < published.number)
        .order_by(Edition.number.desc()).limit(1)
    )  # fmt: skip
    if made_now is None or before is None:
        return set()
    return published.sequence.places.keys() - Sequence.from_json(before).places.keys()


def _is_past(published: Published, lesson: Lesson, walker: Walker) -> bool:
    """Whether this reader will never come to the lesson, and has not had it."""
    if lesson.id in walker.walk.delivered:
        return False
    if walker.state == EnrolmentState.FINISHED or lesson.id in walker.walk.passed:
        return True
    upcoming = next_lesson(published.sequence, walker.walk.delivered, walker.walk.passed)
    places = published.sequence.places
    return upcoming is None or places[lesson.id] < places[upcoming.id]


def _delivery(
    context: Context, published: Published, lesson: Lesson, row: Row, walker: Walker, now: datetime
) -> Delivery:
    practice, sequence = context.library.practice, published.sequence
    # From today on, the first day that is free.
    walk = come_to(sequence, lesson, walker.walk, local_date(now, walker.reader.zone))
    slot = after_edit(
        sequence, lesson, walk, walker.reader, practice.zone, practice.quiet_days, now, f"{row.id}:{lesson.id}"
    )
    return Delivery(
        kind=DeliveryKind.LESSON,
        lead_id=row.lead_id,
        signup_id=row.signup_id,
        enrolment_id=row.id,
        sequence=sequence.slug,
        lesson_id=lesson.id,
        edition_lesson_id=published.lesson_rows[lesson.id],
        state=DeliveryState.WAITING,
        created_at=now,
        not_before=slot.at,
        local_date=local_date(slot.at, walker.reader.zone),
    )
