"""The next few dates on which a reader is written to, and why not earlier. Worked out by the rules that send.

Nothing of a lesson that she has not had is told: neither its subject nor its name.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from funnel.context import Context
from funnel.curriculum import Progress, candidates, local_date, whose_turn
from funnel.curriculum.schedule.not_earlier import NotEarlier, why_not_earlier
from funnel.editions import Published, paused_since
from funnel.enrolment.due import EnrolmentBatch, applies, load_batch
from funnel.models import OPEN_STATES, Delivery, DeliveryKind, Enrolment, EnrolmentState, Lead
from funnel.people.permission import paused_until

MOST = 3
_MOST_MOVES = 5  # see `looking_ahead`


@dataclass(frozen=True, slots=True)
class DateAhead:
    """One mail to come: when (UTC), of which sequence, and why not earlier. `is_on_its_way`: made, and not yet sent."""

    at: datetime
    slug: str
    title: str
    why: tuple[NotEarlier, ...] = ()
    is_on_its_way: bool = False


@dataclass
class _Way:
    """One enrolment, and how far the looking ahead has come in it."""

    enrolment: Enrolment
    published: Published
    progress: Progress
    due_at: datetime | None
    moment: datetime


@dataclass(frozen=True, slots=True)
class _Ahead:
    """What may be told, the lesson it is, and the progress with which it comes."""

    told: DateAhead
    lesson: str
    progress: Progress
    dated: bool = False


def dates_ahead(session: Session, context: Context, lead: Lead, now: datetime) -> tuple[DateAhead, ...]:
    """At most three, soonest first; none of a sequence that the practice has paused. Writes and locks nothing."""
    active = select(Enrolment).where(Enrolment.lead_id == lead.id, Enrolment.state == EnrolmentState.ACTIVE)
    enrolments = list(session.scalars(active.order_by(Enrolment.id)))
    if not enrolments:
        return ()
    batch = load_batch(session, context, enrolments, now, lock=False)
    found = list(_made(session, lead, batch, enrolments, now))
    paused = paused_since(session)
    ways = [
        _Way(each, published, batch.progress(each), each.due_at, now)
        for each in enrolments
        if (published := batch.published.get(each.sequence)) is not None and each.sequence not in paused
    ]
    while len(found) < MOST and (nearest := _nearest(context, ways, batch)) is not None:
        way, ahead = nearest
        found.append(ahead.told)
        _go_past(ways, way, ahead, batch.zone_of(lead))
    return tuple(sorted(found, key=lambda each: each.at))[:MOST]


def _made(
    session: Session, lead: Lead, batch: EnrolmentBatch, enrolments: list[Enrolment], now: datetime
) -> Iterator[DateAhead]:
    """Lessons that have a row already and wait for a worker, or for the end of her pause."""
    rows = session.execute(
        select(Delivery.sequence, Delivery.not_before).where(
            Delivery.enrolment_id.in_([each.id for each in enrolments]),
            Delivery.kind == DeliveryKind.LESSON,
            Delivery.state.in_(OPEN_STATES),
        )
    )
    for slug, not_before in rows:
        published = batch.published.get(slug) if slug else None
        if slug and published is not None:
            rest = paused_until(lead, DeliveryKind.LESSON, now)
            at = max(not_before, rest or now)
            yield DateAhead(at, slug, published.sequence.said_title, (NotEarlier.PAUSE,) if rest else (), rest is None)


def _nearest(context: Context, ways: list[_Way], batch: EnrolmentBatch) -> tuple[_Way, _Ahead] | None:
    ahead = [(way, found) for way in ways if (found := _ahead(context, way, batch)) is not None]
    return min(ahead, key=lambda each: each[1].told.at) if ahead else None


def _go_past(ways: list[_Way], gone: _Way, ahead: _Ahead, zone: str) -> None:
    """That lesson is had, and nobody else takes its day."""
    day, had = local_date(ahead.told.at, zone), ahead.progress
    last = had.last_delivered_on if ahead.dated else day
    gone.progress = replace(had, delivered=had.delivered | {ahead.lesson}, last_delivered_on=last)
    gone.due_at, gone.moment = None, ahead.told.at
    for way in ways:
        way.progress = replace(way.progress, busy_days=way.progress.busy_days | {day})


def _ahead(context: Context, way: _Way, batch: EnrolmentBatch) -> _Ahead | None:
    """The next lesson of this enrolment that applies, as `looking_ahead` finds it. Changes nothing."""
    lead, sequence, enrolment = batch.leads[way.enrolment.lead_id], way.published.sequence, way.enrolment
    if enrolment.due_at is None:
        return None
    progress, due_at, first = way.progress, way.due_at, way.progress
    moment, moves = max(way.moment, due_at or way.moment), 0
    reader = context.reader_of(lead)
    while among := candidates(sequence, progress, reader, context.calendar, str(enrolment.id)):
        turn = whose_turn(among, due_at, moment, paused_until(lead, DeliveryKind.LESSON, moment))
        if turn is None:
            break
        later, upcoming, lesson = turn.later, turn.upcoming, turn.upcoming.lesson
        if later is not None and later.at > moment and moves < _MOST_MOVES:
            progress = replace(progress, shift_days=later.shift_days)
            due_at, moment, moves = later.at, later.at, moves + 1
        elif not turn.too_late and applies(lesson, lead, enrolment, batch, moment):
            zone, rest = batch.zone_of(lead), paused_until(lead, DeliveryKind.LESSON, way.moment)
            before = replace(upcoming, progress=replace(progress, shift_days=first.shift_days))
            why = why_not_earlier(before, local_date(moment, zone), paused=rest is not None)
            told = DateAhead(moment, sequence.slug, sequence.said_title, why)
            return _Ahead(told, lesson.id, progress, lesson.on is not None)
        else:
            progress = replace(progress, delivered=progress.delivered | {lesson.id})
            first, due_at, moves = progress, due_at if turn.too_late else None, 0
    return None
