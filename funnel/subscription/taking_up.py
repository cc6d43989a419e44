"""Resuming a stopped enrolment because the practice says so."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from funnel.context import Context
from funnel.curriculum import UpcomingLesson, after_edit, candidates, come_to, due, local_date, next_lesson, soonest
from funnel.curriculum.schedule.calendar import has_begun
from funnel.curriculum.sold import has_bought
from funnel.enrolment.enrolment import fall_on_today
from funnel.enrolment.overdue import taken_days
from funnel.enrolment.progress import delivered_lessons, progress_of
from funnel.enrolment.rounds import join_round
from funnel.enrolment.stopping import unskip
from funnel.models import NOT_ENDED, DeliveryKind, Enrolment, EnrolmentState, Lead
from funnel.people.leads import find_lead
from funnel.people.permission import refusal, suppressions


@dataclass(frozen=True, slots=True)
class TakenUp:
    """Where an enrolment goes on: the lesson, its time (UTC; None: once a date is set), and the reader's zone."""

    lesson_id: str
    due_at: datetime | None
    zone: str


def take_up(context: Context, email: str, slug: str, now: datetime) -> TakenUp:
    """Resumes a reader's enrolment that was stopped for any reason, with the lesson that was next then.

    That takes the first free slot, never inside her pause, and the rest of her calendar keeps its distance from it.
    Where nothing was sent of a course that begins together, she joins the next round.
    Raises LookupError with a sentence that says why not.
    """
    with context.db.write() as session:
        lead = find_lead(session, email)
        if lead is None:
            raise LookupError(f"nobody signed up as {email}")
        session.refresh(lead, with_for_update=True)
        reason = refusal(lead, DeliveryKind.LESSON, suppressions(session, context.links, [lead]))
        if reason:
            raise LookupError(f"{email} is not written to: {reason}")
        stopped = _stopped(session, lead, email, slug)
        published = context.editions.current(session, slug)
        if published is not None and not has_bought(published.sequence, lead.tags):
            raise LookupError(f"{email} has not bought what starts {slug}: 'funnel reader bought' notes a purchase")
        return go_on(session, context, lead, stopped, now)


def _stopped(session: Session, lead: Lead, email: str, slug: str) -> Enrolment:
    rounds = select(Enrolment).where(Enrolment.lead_id == lead.id, Enrolment.sequence == slug)
    enrolment = session.scalar(rounds.order_by(Enrolment.round.desc()).limit(1).with_for_update())
    if enrolment is None:
        raise LookupError(f"{email} was never on {slug}: 'funnel reader enrol' starts it")
    if enrolment.state in NOT_ENDED:
        raise LookupError(f"{email} is under way on {slug}")
    if enrolment.state == EnrolmentState.FINISHED:
        raise LookupError(f"{email} has finished {slug}: 'funnel reader enrol --again' starts it once more")
    return enrolment


def go_on(session: Session, context: Context, lead: Lead, enrolment: Enrolment, now: datetime) -> TakenUp:
    """Resumes this stopped enrolment, in the caller's transaction; LookupError where nothing of it can be sent."""
    published = context.editions.current(session, enrolment.sequence)
    if published is None:
        raise LookupError(f"{enrolment.sequence} is not published")
    unskip(session, enrolment)
    busy = taken_days(session, context, {lead.id: lead}, now)[lead.id]
    reader, sequence, dated = context.reader_of(lead), published.sequence, published.sequence.dated_ids
    progress = progress_of(enrolment, delivered_lessons(session, [enrolment.id])[enrolment.id], busy, dated)
    lesson = next_lesson(sequence, progress.delivered, progress.skipped_by_edit)
    earliest = max(now, lead.paused_until) if lead.paused_until else now
    if lesson is None:
        return _only_dated(enrolment, candidates(sequence, progress, reader, context.calendar), earliest)
    if sequence.rounds and not has_begun(sequence, progress.delivered):
        enrolment.reason, enrolment.ended_at = "", None
        join_round(session, enrolment, sequence, reader.zone, now)
        joined = UpcomingLesson(sequence, lesson, progress_of(enrolment, (), busy), reader, context.calendar)
        return TakenUp(lesson.id, None if enrolment.due_at is None else due(joined).at, reader.zone)
    today = local_date(earliest, reader.zone)
    today_wanted = come_to(sequence, lesson, progress, today)
    slot = after_edit(
        UpcomingLesson(sequence, lesson, today_wanted, reader, context.calendar, str(enrolment.id)), earliest
    )
    enrolment.state, enrolment.reason, enrolment.ended_at = EnrolmentState.ACTIVE, "", None
    fall_on_today(enrolment, published, lesson, local_date(slot.at, reader.zone))
    calendar_as_moved = replace(progress, shift_days=enrolment.shift_days)
    found = soonest(candidates(sequence, calendar_as_moved, reader, context.calendar, str(enrolment.id)), earliest)
    if found is not None and found[1].at < slot.at:
        lesson, slot = found[0].lesson, found[1]
    enrolment.due_at = slot.at
    return TakenUp(lesson.id, slot.at, reader.zone)


def _only_dated(enrolment: Enrolment, among: list[UpcomingLesson], earliest: datetime) -> TakenUp:
    """Goes on where nothing but dated lessons is left."""
    found = soonest(among, earliest)
    if found is None:
        raise LookupError(f"nothing of {enrolment.sequence} is left for this reader")
    upcoming, when = found
    enrolment.state, enrolment.reason, enrolment.ended_at = EnrolmentState.ACTIVE, "", None
    enrolment.due_at = when.at
    return TakenUp(upcoming.lesson.id, when.at, upcoming.reader.zone)
