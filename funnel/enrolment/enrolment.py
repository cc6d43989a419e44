"""An enrolment begins, goes on after leaving, stops and finishes; and where it stands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, func, select, update
from sqlalchemy.orm import Session

from funnel.context import Context
from funnel.curriculum import Lesson, Progress, Sequence, cumulative_days, local_date, next_lesson
from funnel.deliveries.states import mark_ended
from funnel.editions import Published
from funnel.models import (
    OPEN_STATES,
    Delivery,
    DeliveryKind,
    DeliveryState,
    Enrolment,
    EnrolmentState,
    FunnelStage,
    Lead,
    LeadState,
    LessonMeasure,
    Signup,
)
from funnel.people.tally import count_lessons, reach

LEFT = "left"
PASSED_OVER = "passed over: only_if"
ANEW = "anew"  # a trigger: the reader had finished and chose to begin again
# Ids, or the query that finds them, which is quicker for many.
Ids = Collection[int] | Select[int]
# Busy days further back than this cannot affect a lesson that is due now.
LOOK_BACK = timedelta(days=2)
_UNDECIDED = (*OPEN_STATES, DeliveryState.UNKNOWN, DeliveryState.HELD)


class Start(NamedTuple):
    """Who begins which sequence: `signup` is the offer that led there, and `trigger` what started it."""

    lead: Lead
    signup: Signup | None
    slug: str
    trigger: str


def enrol(session: Session, context: Context, start: Start, now: datetime) -> Enrolment | None:
    """Starts an enrolment that is due now. None if the sequence was never published or the lead has had it before.

    A lead who left half-way and has now confirmed again goes on where she was.
    """
    published = context.editions.current(session, start.slug)
    if published is None:
        return None
    was_enrolled = session.scalar(_newest_round(start).with_for_update())
    if was_enrolled is not None:
        resumes = start.trigger == "confirm" and resume_after_leaving(
            session, context, start.lead, was_enrolled, published, now
        )
        return was_enrolled if resumes else None
    return _begin(session, context, start, now)


def _newest_round(start: Start) -> Select[Enrolment]:
    rounds = select(Enrolment).where(Enrolment.lead_id == start.lead.id, Enrolment.sequence == start.slug)
    return rounds.order_by(Enrolment.round.desc()).limit(1)


def _begin(session: Session, context: Context, start: Start, now: datetime, *, round_number: int = 1) -> Enrolment:
    """A new enrolment, due now, whatever came before."""
    enrolment = Enrolment(
        lead_id=start.lead.id,
        signup_id=start.signup.id if start.signup else None,
        sequence=start.slug,
        round=round_number,
        state=EnrolmentState.ACTIVE,
        trigger=start.trigger,
        started_on=local_date(now, context.zone_of(start.lead)),
        started_at=now,
        due_at=now,
    )
    session.add(enrolment)
    session.flush()
    return enrolment


def begin_again(session: Session, context: Context, start: Start, now: datetime) -> Enrolment | None:
    """Another round of a sequence, or its first; None if one is under way, or if it was never published.

    The same round cannot begin twice: (lead, sequence, round) is unique.
    """
    if context.editions.current(session, start.slug) is None:
        return None
    newest = session.scalar(_newest_round(start))
    if newest is not None and newest.state == EnrolmentState.ACTIVE:
        return None
    return _begin(session, context, start, now, round_number=1 if newest is None else newest.round + 1)


def start_triggered(
    session: Session,
    context: Context,
    lead: Lead,
    signup: Signup | None,
    trigger: str,
    now: datetime,
    *,
    again: bool = False,
) -> list[Enrolment]:
    """Starts every sequence that this trigger starts; `confirm` starts only those for the sign-up's offer.

    With `again`, also sequences that the lead has had before.
    """
    way = begin_again if again else enrol
    started = []
    for published in context.editions.all_current(session):
        sequence = published.sequence
        if trigger not in sequence.start_on:
            continue
        if trigger == "confirm" and (signup is None or signup.offer not in sequence.for_offers):
            continue
        if trigger == "quiz_result" and not _is_for(context, sequence, signup):
            continue
        enrolment = way(session, context, Start(lead, signup, sequence.slug, trigger), now)
        if enrolment is not None:
            started.append(enrolment)
    return started


def _is_for(context: Context, sequence: Sequence, signup: Signup | None) -> bool:
    """Whether a sequence that a quiz starts is for this one: it names no quiz at all, or this one too."""
    offers = context.library.offers
    quizzes = [slug for slug in sequence.for_offers if slug in offers and offers[slug].kind == "quiz"]
    return not quizzes or (signup is not None and signup.offer in quizzes)


def resume_after_leaving(
    session: Session, context: Context, lead: Lead, enrolment: Enrolment, published: Published, now: datetime
) -> bool:
    """Resumes an enrolment that stopped because the reader left: its next lesson falls on today. Else False."""
    if enrolment.state != EnrolmentState.STOPPED or enrolment.reason != LEFT:
        return False
    unskip(session, enrolment)
    handled = delivered_lessons(session, [enrolment.id])[enrolment.id]
    progress = progress_of(enrolment, handled, frozenset())
    lesson = next_lesson(published.sequence, progress.delivered, progress.skipped_by_edit)
    if lesson is None:
        return False
    enrolment.state, enrolment.reason, enrolment.ended_at = EnrolmentState.ACTIVE, "", None
    fall_on_today(enrolment, published, lesson, local_date(now, context.zone_of(lead)))
    enrolment.due_at = now
    return True


def fall_on_today(enrolment: Enrolment, published: Published, lesson: Lesson, today: date) -> None:
    """Moves the enrolment's calendar so that this lesson falls on today."""
    enrolment.shift_days = (today - enrolment.started_on).days - cumulative_days(published.sequence)[lesson.id]


def progress_of(enrolment: Enrolment, handled: Iterable[tuple[str, date | None]], busy: frozenset[date]) -> Progress:
    """The enrolment as the schedule rules see it, from the (lesson id, local date) of its deliveries."""
    pairs = list(handled)
    days = [day for _, day in pairs if day is not None]
    return Progress(
        started_on=enrolment.started_on,
        started_at=enrolment.started_at,
        shift_days=enrolment.shift_days,
        delivered=frozenset(lesson for lesson, _ in pairs),
        last_delivered_on=max(days, default=None),
        busy_days=busy,
        skipped_by_edit=frozenset(enrolment.skipped_by_edit),
    )


def stop_enrolments(
    session: Session, lead_id: int, reason: str, now: datetime, only: Iterable[str] | None = None
) -> int:
    """Stops the lead's active enrolments (all, or those of the sequences in `only`) and skips their waiting mail.

    Mail that is being handed over right now cannot be called back; its outcome is still recorded.
    """
    enrolments = select(Enrolment.id).where(Enrolment.lead_id == lead_id, Enrolment.state == EnrolmentState.ACTIVE)
    if only is not None:
        enrolments = enrolments.where(Enrolment.sequence.in_(list(only)))
    ids = list(session.scalars(enrolments))
    session.execute(
        update(Enrolment)
        .where(Enrolment.id.in_(ids))
        .values(
            state=EnrolmentState.STOPPED,
            reason=reason,
            ended_at=now,
            was_due_at=Enrolment.due_at,
            due_at=None,
        )
    )
    waiting = session.scalars(
        select(Delivery)
        .where(Delivery.enrolment_id.in_(ids), Delivery.state.in_((DeliveryState.WAITING, DeliveryState.CLAIMED)))
        .order_by(Delivery.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    for delivery in waiting:
        skip(session, delivery, reason, now)
    return len(ids)


def skip(session: Session, delivery: Delivery, reason: str, now: datetime) -> None:
    """This mail will not be sent; the reason is kept, and a lesson counts as skipped."""
    mark_ended(delivery, DeliveryState.SKIPPED, reason, now)
    if delivery.kind == DeliveryKind.LESSON and delivery.sequence and delivery.lesson_id:
        count_lessons(session, {(delivery.sequence, delivery.lesson_id): 1}, LessonMeasure.SKIPPED, now)


def unskip(session: Session, enrolment: Enrolment) -> datetime | None:
    """Deletes the deliveries that were skipped when this enrolment stopped: they never left, and come again.

    Call it while the enrolment still has the reason why it stopped. Returns when the first of them was due; None if
    there was none.
    """
    stopped = select(Delivery).where(
        Delivery.enrolment_id == enrolment.id,
        Delivery.state == DeliveryState.SKIPPED,
        Delivery.reason == enrolment.reason,
        Delivery.lesson_id.is_not(None),
    )
    rows = session.scalars(stopped.with_for_update()).all()
    for row in rows:
        if row.sequence and row.lesson_id:
            ended_at = row.ended_at or row.created_at
            count_lessons(session, {(row.sequence, row.lesson_id): -1}, LessonMeasure.SKIPPED, ended_at)
        session.delete(row)
    session.flush()
    return min((row.not_before for row in rows), default=None)


def finish_if_done(session: Session, context: Context, enrolment: Enrolment, now: datetime) -> list[Enrolment]:
    """Finishes an enrolment that has nothing left to send and nothing undecided; starts and returns what follows it."""
    if enrolment.state != EnrolmentState.ACTIVE or enrolment.due_at is not None:
        return []
    undecided = session.scalar(
        select(func.count())
        .select_from(Delivery)
        .where(Delivery.enrolment_id == enrolment.id, Delivery.state.in_(_UNDECIDED))
    )
    if undecided:
        return []
    enrolment.state, enrolment.ended_at = EnrolmentState.FINISHED, now
    lead = session.get_one(Lead, enrolment.lead_id)
    signup = session.get(Signup, enrolment.signup_id) if enrolment.signup_id else None
    followers = []
    if lead.state == LeadState.CONFIRMED:
        trigger, again = f"finished:{enrolment.sequence}", _is_anew(enrolment)
        followers = start_triggered(session, context, lead, signup, trigger, now, again=again)
    if signup is not None and not followers:
        reach(session, signup, FunnelStage.FINISHED, now)
    return followers


def _is_anew(enrolment: Enrolment) -> bool:
    """Whether this enrolment, or one that led to it, was begun anew: then what follows begins anew too."""
    return enrolment.trigger == ANEW or (enrolment.round > 1 and enrolment.trigger.startswith("finished:"))


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


def is_course(published: Published) -> bool:
    """Whether this is the course that other sequences lead to, so that being on it counts as *under way*."""
    return any(trigger.startswith("finished:") for trigger in published.sequence.start_on)
