"""When a reader's next mail will go, by the same rules that send it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from funnel.context import Context
from funnel.curriculum import Progress, Sequence, candidates, local_date, next_lesson, whose_turn
from funnel.curriculum.schedule.calendar import has_begun
from funnel.curriculum.schedule.dated import open_dated
from funnel.editions import paused_since
from funnel.enrolment.due import EnrolmentBatch, applies, load_batch
from funnel.models import OPEN_STATES, Delivery, DeliveryKind, Enrolment, EnrolmentState, Lead
from funnel.people.permission import paused_until

# A lesson that moved is decided again at its new time. It moves more often than this only if days are taken that nobody
# can foresee yet.
_MOST_MOVES = 5


@dataclass(frozen=True, slots=True)
class Upcoming:
    """What is still to come of one enrolment that is under way.

    `at` is when its next mail goes (UTC): now or earlier if it is on its way, None if nobody knows, because the
    sequence is paused, a person must decide, or it begins together on a date that is not set (`undated`). `left` is how
    many mails are to come, `had` how many lessons are handled. Later lessons count as to come even if their condition
    does not hold today.
    """

    slug: str
    title: str
    at: datetime | None
    left: int
    had: int
    sequence_paused: bool = False
    begins_together: bool = False  # and she waits for that
    undated: bool = False


def coming(session: Session, context: Context, enrolments: list[Enrolment], now: datetime) -> tuple[Upcoming, ...]:
    """What is to come of these enrolments of one lead that have not ended, soonest first. Writes and locks nothing."""
    if not enrolments:
        return ()
    batch = load_batch(session, context, enrolments, now, lock=False)
    paused = paused_since(session)
    lead = batch.leads[enrolments[0].lead_id]
    waiting = _waiting(session, lead, [each.id for each in enrolments], now)
    found = []
    for enrolment in enrolments:
        published = batch.published.get(enrolment.sequence)
        if published is None:
            continue
        sequence, sequence_paused = published.sequence, enrolment.sequence in paused
        handled = {lesson_id for lesson_id, _ in batch.handled[enrolment.id]}
        on_their_way = waiting.get(enrolment.id, [])
        at, passed_over = _next(context, enrolment, batch, now)
        upcoming = _to_come(sequence, batch.progress(enrolment)) - passed_over
        if on_their_way:
            at, sequence_paused = min(on_their_way), False
        elif sequence_paused:
            at = None
        had = len(handled) - len(on_their_way)
        begun = has_begun(sequence, handled)
        left, undated = upcoming + len(on_their_way), enrolment.state == EnrolmentState.WAITING
        together = bool(sequence.rounds) and not begun and enrolment.started_on > local_date(now, batch.zone_of(lead))
        found.append(
            Upcoming(enrolment.sequence, sequence.said_title, at, left, had, sequence_paused, together, undated)
        )
    return tuple(sorted(found, key=lambda each: (each.at is None, each.at or now)))


def _to_come(sequence: Sequence, progress: Progress) -> int:
    """How many lessons are ahead, whatever their conditions."""
    count = len(list(open_dated(sequence, progress)))
    if (lesson := next_lesson(sequence, progress.delivered, progress.skipped_by_edit)) is not None:
        rest = sequence.lessons[sequence.places[lesson.id] :]
        count += len([each for each in rest if each.on is None and each.id not in progress.skipped_by_edit])
    return count


def _waiting(session: Session, lead: Lead, enrolments: list[int], now: datetime) -> dict[int, list[datetime]]:
    """By enrolment, when the lessons that have a delivery and are not sent will go; never inside a pause."""
    rows = session.execute(
        select(Delivery.enrolment_id, Delivery.not_before).where(
            Delivery.enrolment_id.in_(enrolments),
            Delivery.kind == DeliveryKind.LESSON,
            Delivery.state.in_(OPEN_STATES),
        )
    )
    earliest = max(now, lead.paused_until) if lead.paused_until else now
    found: dict[int, list[datetime]] = {}
    for enrolment_id, not_before in rows:
        if enrolment_id is not None:
            found.setdefault(enrolment_id, []).append(max(not_before, earliest))
    return found


def _next(context: Context, enrolment: Enrolment, batch: EnrolmentBatch, now: datetime) -> tuple[datetime | None, int]:
    """When the next lesson without a delivery goes (UTC; None if there is none), and how many are passed over first."""
    lead, published = batch.leads[enrolment.lead_id], batch.published.get(enrolment.sequence)
    if published is None or enrolment.due_at is None:
        return None, 0
    progress = batch.progress(enrolment)
    due_at: datetime | None = enrolment.due_at
    moment, passed_over, moves = max(now, enrolment.due_at), 0, 0
    reader = context.reader_of(lead)
    while among := candidates(published.sequence, progress, reader, context.calendar, str(enrolment.id)):
        turn = whose_turn(among, due_at, moment, paused_until(lead, DeliveryKind.LESSON, moment))
        if turn is None:
            break
        later, lesson = turn.later, turn.upcoming.lesson
        if later is not None and later.at > moment and moves < _MOST_MOVES:
            progress = replace(progress, shift_days=later.shift_days)
            due_at, moment, moves = later.at, later.at, moves + 1
        elif not turn.too_late and applies(lesson, lead, enrolment, batch, moment):
            return moment, passed_over
        else:
            progress = replace(progress, delivered=progress.delivered | {lesson.id})
            due_at, passed_over, moves = due_at if turn.too_late else None, passed_over + 1, 0
    return None, passed_over
