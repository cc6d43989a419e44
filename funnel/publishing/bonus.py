"""Sends a lesson to readers who are past it, because the practice asked for that: `--bonus`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from funnel.context import Context
from funnel.curriculum import Due, Lesson, Sequence, asks_for, bonuses, local_date
from funnel.deliveries.making import LessonOf, new_lesson
from funnel.editions import Published
from funnel.models import Delivery, Enrolment, SequenceState
from funnel.publishing.positions import EnrolmentsOn, Row, position_batches


class PublishRefused(Exception):
    """Nothing was written, and why: somebody else published meanwhile, readers are still on a sequence that is gone, or
    a bonus is nowhere or in several sequences."""


def sent_beside(
    session: Session, before: Mapping[str, Sequence], sequences: Mapping[str, Sequence], names: Collection[str]
) -> dict[str, frozenset[str]]:
    """For each sequence, the lessons asked for as a bonus. Raises PublishRefused if they cannot be sent."""
    sent = homes_of(names, sequences, before)
    for slug in sent:
        if rests(session, slug):
            raise PublishRefused(
                f"{slug} rests, so nothing of it is sent: say 'funnel sequence resume {slug}' first, then --bonus."
            )
    return sent


def homes_of(
    names: Collection[str], sequences: Mapping[str, Sequence], before: Mapping[str, Sequence]
) -> dict[str, frozenset[str]]:
    """For each sequence the lessons asked for as a bonus. Raises PublishRefused.

    A lesson is named by its id, or as SEQUENCE/LESSON. An id that several sequences have means the one that it is new
    to, of those there were `before`: its readers elsewhere were never promised it.
    """
    found: defaultdict[str, set[str]] = defaultdict(set)
    for name in names:
        slug, _, lesson_id = name.rpartition("/")
        new: list[str] = []
        homes = [each for each in sequences if lesson_id in sequences[each].places and slug in ("", each)]
        if len(homes) > 1:
            new = [each for each in homes if each in before and lesson_id not in before[each].places]
            homes = new or homes
        if not homes:
            raise PublishRefused(f"There is no lesson {name} to be sent as a bonus.")
        if len(homes) > 1:
            both = f"{' and '.join(homes)} both {'get' if new else 'have'} a lesson {lesson_id}"
            raise PublishRefused(f"{both}, so nobody can tell which is meant: say {homes[0]}/{lesson_id}.")
        found[homes[0]].add(lesson_id)
    return {slug: frozenset(lessons) for slug, lessons in found.items()}


def send_bonus(session: Session, context: Context, slug: str, lesson_ids: Collection[str], now: datetime) -> int:
    """Writes a delivery on the next free day of everyone who is past one of these lessons; how many.

    The day counts as taken, so the enrolment's own lesson makes way: never two on one local day. Who has stopped gets
    none, nor does whom the lesson's condition leaves out. It is no progress: the enrolment goes on from where it was.
    """
    published = context.editions.current(session, slug)
    if published is None:
        return 0
    calendar, sequence = context.calendar, published.sequence
    made = 0
    wanted = EnrolmentsOn(sequence.slug, asks=asks_for(sequence), dated=sequence.dated_ids)
    for batch in position_batches(session, context, wanted, now):
        moved: list[dict[str, Any]] = []
        for row, position in batch:
            extra, after = bonuses(sequence, lesson_ids, position, calendar, now)
            session.add_all(_deliveries(published, extra, row, position.reader.zone, now))
            if extra:
                moved.append({"id": row.id, "skipped_by_edit": sorted(after.skipped_by_edit)})
            made += len(extra)
        session.flush()
        if moved:
            session.execute(update(Enrolment), moved)
    return made


def rests(session: Session, slug: str) -> bool:
    """Whether the practice has paused the whole sequence."""
    return session.scalar(select(SequenceState.paused_at).where(SequenceState.sequence == slug)) is not None


def _deliveries(
    published: Published, extra: Iterable[tuple[Lesson, Due]], row: Row, zone: str, now: datetime
) -> list[Delivery]:
    slug = published.sequence.slug
    return [
        new_lesson(
            LessonOf(row.lead_id, row.signup_id, row.id, slug, lesson.id, published.lesson_rows[lesson.id]),
            now,
            not_before=slot.at,
            local_date=local_date(slot.at, zone),
        )
        for lesson, slot in extra
    ]
