"""An enrolment begins, goes on after leaving, and finishes; what follows it begins then."""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from funnel.context import Context
from funnel.curriculum import Lesson, Sequence, cumulative_days, local_date, next_lesson
from funnel.curriculum.schedule.calendar import has_begun
from funnel.curriculum.schedule.dated import open_dated
from funnel.curriculum.sold import has_bought, offers_selling
from funnel.curriculum.tag_names import TAG_TRIGGER
from funnel.editions import Published
from funnel.enrolment.progress import delivered_lessons, progress_of
from funnel.enrolment.rounds import join_round
from funnel.enrolment.stopping import LEFT, unskip
from funnel.models import (
    NOT_ENDED,
    OPEN_STATES,
    Delivery,
    DeliveryState,
    Enrolment,
    EnrolmentState,
    FunnelStage,
    Lead,
    LeadState,
    Signup,
)
from funnel.people.agreements import agreed_to
from funnel.people.tally import reach

AGREED = "agreed"  # a trigger: the reader agreed to it by a link in one of her mails
ANEW = "anew"  # a trigger: the reader had finished and chose to begin again
_FINISHED = "finished:"  # what the trigger begins with that another sequence's end is
_UNDECIDED = (*OPEN_STATES, DeliveryState.UNKNOWN, DeliveryState.HELD)


class Start(NamedTuple):
    """Who begins which sequence: `signup` is the offer that led there, and `trigger` what started it."""

    lead: Lead
    signup: Signup | None
    slug: str
    trigger: str


def enrol(session: Session, context: Context, start: Start, now: datetime) -> Enrolment | None:
    """Starts an enrolment that is due now, or waits for its round.

    None if the sequence was never published or the lead has had it before.

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
    return _begin(session, context, start, published.sequence, now)


def _newest_round(start: Start) -> Select[Enrolment]:
    rounds = select(Enrolment).where(Enrolment.lead_id == start.lead.id, Enrolment.sequence == start.slug)
    return rounds.order_by(Enrolment.round.desc()).limit(1)


def _begin(
    session: Session, context: Context, start: Start, sequence: Sequence, now: datetime, *, round_number: int = 1
) -> Enrolment:
    """A new enrolment, due now or with its round, whatever came before."""
    zone = context.zone_of(start.lead)
    enrolment = Enrolment(
        lead_id=start.lead.id,
        signup_id=start.signup.id if start.signup else None,
        sequence=start.slug,
        round=round_number,
        state=EnrolmentState.ACTIVE,
        trigger=start.trigger,
        started_on=local_date(now, zone),
        started_at=now,
        due_at=now,
    )
    session.add(enrolment)
    session.flush()
    if sequence.rounds:
        join_round(session, enrolment, sequence, zone, now)
    return enrolment


def begin_again(session: Session, context: Context, start: Start, now: datetime) -> Enrolment | None:
    """Another round of a sequence, or its first; None if one is under way, or if it was never published.

    The same round cannot begin twice: (lead, sequence, round) is unique.
    """
    published = context.editions.current(session, start.slug)
    newest = session.scalar(_newest_round(start))
    if published is None or (newest is not None and newest.state in NOT_ENDED):
        return None
    number = 1 if newest is None else newest.round + 1
    return _begin(session, context, start, published.sequence, now, round_number=number)


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

    What follows another sequence, or a tag, starts only for who agreed to it. With `again`, also sequences that the
    lead has had before.
    """
    way = begin_again if again else enrol
    started = []
    asks = trigger.startswith((_FINISHED, TAG_TRIGGER))
    agreed = agreed_to(session, lead.id) if asks else frozenset()
    for published in context.editions.all_current(session):
        sequence = published.sequence
        if trigger not in sequence.start_on:
            continue
        if asks and sequence.slug not in agreed:
            continue
        if not has_bought(sequence, lead.tags):
            continue  # whatever its file says: nothing free starts what is sold
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
    """Resumes an enrolment that stopped because the reader left: its next lesson falls on today. Else False.

    Where nothing was sent of a course that begins together, she joins the next round.
    """
    if enrolment.state != EnrolmentState.STOPPED or enrolment.reason != LEFT:
        return False
    unskip(session, enrolment)
    handled = delivered_lessons(session, [enrolment.id])[enrolment.id]
    sequence = published.sequence
    progress = progress_of(enrolment, handled, frozenset(), sequence.dated_ids)
    lesson = next_lesson(sequence, progress.delivered, progress.skipped_by_edit)
    if lesson is None and not any(open_dated(sequence, progress)):
        return False
    enrolment.state, enrolment.reason, enrolment.ended_at = EnrolmentState.ACTIVE, "", None
    if sequence.rounds and not has_begun(sequence, progress.delivered):
        join_round(session, enrolment, sequence, context.zone_of(lead), now)
        return True
    if lesson is not None:
        fall_on_today(enrolment, published, lesson, local_date(now, context.zone_of(lead)))
    enrolment.due_at = now
    return True


def fall_on_today(enrolment: Enrolment, published: Published, lesson: Lesson, today: date) -> None:
    """Moves the enrolment's calendar so that this lesson falls on today."""
    enrolment.shift_days = (today - enrolment.started_on).days - cumulative_days(published.sequence)[lesson.id]


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
        trigger, again = f"{_FINISHED}{enrolment.sequence}", _is_anew(enrolment)
        followers = start_triggered(session, context, lead, signup, trigger, now, again=again)
    if signup is not None and not followers and not _leads_on(session, context, enrolment.sequence):
        reach(session, signup, FunnelStage.FINISHED, now)
    return followers


def _leads_on(session: Session, context: Context, slug: str) -> bool:
    """Whether something may follow this sequence, so that its end is not yet that of the course."""
    trigger = f"{_FINISHED}{slug}"
    return any(trigger in published.sequence.start_on for published in context.editions.all_current(session))


def _is_anew(enrolment: Enrolment) -> bool:
    """Whether this enrolment, or one that led to it, was begun anew: then what follows begins anew too."""
    return enrolment.trigger == ANEW or (enrolment.round > 1 and enrolment.trigger.startswith(_FINISHED))


def is_course(published: Published) -> bool:
    """Whether this is the course that other sequences or a purchase lead to: being on it counts as *under way*."""
    return bool(offers_selling(published.sequence)) or any(
        trigger.startswith(_FINISHED) for trigger in published.sequence.start_on
    )
