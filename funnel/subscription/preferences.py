"""What a reader may change through the links in a mail, without a password."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from funnel.compose.first_names import clean_name
from funnel.context import Context
from funnel.curriculum import (
    Progress,
    UpcomingLesson,
    candidates,
    local_date,
    next_lesson,
    shift_after_pause,
    soonest,
)
from funnel.curriculum.measuring import Measured
from funnel.curriculum.schedule.dated import kept_days
from funnel.editions import Published, paused_since
from funnel.enrolment.due import load_batch, step
from funnel.enrolment.enrolment import fall_on_today
from funnel.enrolment.overdue import taken_days
from funnel.enrolment.progress import delivered_lessons, progress_of
from funnel.models import ConsentKind, Delivery, DeliveryState, Enrolment, EnrolmentState, Lead, LeadState
from funnel.people.consent import record_consent
from funnel.people.leads import known_zone
from funnel.publishing.pausing import still_since
from funnel.sending.scheduler import enqueue_now

TRACKING: tuple[Measured, ...] = ("none", "clicks", "full")
PAUSES = (1, 2, 4)  # weeks


@dataclass(frozen=True, slots=True)
class Preferences:
    """`tracking` None means the practice's default; `paused_until` is UTC; `zone` None means the practice's."""

    tracking: str | None = None
    discreet: bool = False
    slower: bool = False
    paused_until: datetime | None = None
    zone: str | None = None
    language: str | None = None  # None: the practice's


def read_preferences(context: Context, delivery_id: int) -> Preferences | None:
    """The choices of the reader of this mail; None if there is none, or she was erased."""
    with context.db.read() as session:
        lead = _lead_of(session, delivery_id)
        if lead is None:
            return None
        return Preferences(lead.tracking, lead.discreet, lead.slower, lead.paused_until, lead.zone, lead.language)


def save_preferences(context: Context, delivery_id: int, chosen: Preferences, now: datetime) -> bool:
    """Saves the choices, all but the pause, which `pause` sets, and computes every due time again.

    False if there is no reader; ValueError for a wrong word.
    """
    if chosen.tracking is not None and chosen.tracking not in TRACKING:
        raise ValueError(f"tracking is none, clicks or full, not {chosen.tracking!r}")
    with changing(context, delivery_id) as (session, lead):
        if lead is None:
            return False
        if chosen.tracking != lead.tracking:
            record_consent(session, lead.id, ConsentKind.TRACKING, now, chosen=chosen.tracking or "default")
        lead.tracking, lead.discreet, lead.slower = chosen.tracking, chosen.discreet, chosen.slower
        lead.zone = known_zone(chosen.zone)
        lead.language = chosen.language if chosen.language in context.in_force.spoken else None
        reschedule(session, context, lead, now)
    return True


def rename(context: Context, lead_id: int, first_name: str) -> str:
    """What she is called from the next mail on: as much of it as is a name, maybe nothing, which is given back.

    Not by a link that every mail holds: those may be passed on. Nothing is changed of whom was erased.
    """
    with context.db.write() as session:
        lead = session.get(Lead, lead_id, with_for_update=True)
        if lead is None or lead.state == LeadState.ERASED:
            return ""
        lead.first_name = clean_name(first_name)
        return lead.first_name


def pause(context: Context, delivery_id: int, weeks: int, now: datetime) -> bool:
    """Pauses this reader's mails for so many weeks (0: go on now). Her calendars move along; nothing is caught up.

    False if there is no reader, or nothing under way to pause.
    """
    if weeks not in (0, *PAUSES):
        raise ValueError("a pause is 1, 2 or 4 weeks, or 0 to go on")
    with changing(context, delivery_id) as (session, lead):
        enrolments = [] if lead is None else list(_enrolments(session, context, lead))
        if lead is None or (weeks and not enrolments):
            return False
        _pause_until(session, context, lead, enrolments, now + timedelta(weeks=weeks), now)
        reschedule(session, context, lead, now)
    return True


def pause_until(session: Session, context: Context, lead: Lead, until: datetime, now: datetime) -> None:
    """Rests her mails until then, in the caller's transaction, whether or not anything is under way."""
    _pause_until(session, context, lead, list(_enrolments(session, context, lead)), until, now)
    reschedule(session, context, lead, now)


def end_pause(session: Session, context: Context, lead: Lead, now: datetime) -> None:
    """Ends her pause, in the caller's transaction."""
    pause_until(session, context, lead, now, now)


def next_now(context: Context, delivery_id: int, now: datetime) -> bool:
    """Sends the next lesson at once, unless one went today; this ends a pause. False if there is none to send.

    Nothing is sent of a sequence that the practice has paused.
    """
    made: list[Delivery] = []
    with changing(context, delivery_id) as (session, lead):
        if lead is None:
            return False
        enrolments, paused = list(_enrolments(session, context, lead)), paused_since(session)
        for enrolment, published in enrolments:
            if enrolment.sequence in paused:
                continue
            if _pull_forward(session, context, lead, enrolment, published, now):
                if lead.paused_until is not None and lead.paused_until > now:
                    _pause_until(
                        session, context, lead, [each for each in enrolments if each[0] is not enrolment], now, now
                    )
                batch = load_batch(session, context, [enrolment], now)
                made = step(session, context, enrolment, batch, now)
                session.flush()
                break
        ids = [delivery.id for delivery in made if delivery.state == DeliveryState.WAITING]
    enqueue_now(context, ids)
    return bool(ids)


def reschedule(session: Session, context: Context, lead: Lead, now: datetime) -> None:
    """Computes the due times of all this reader's enrolments again, never in the past or inside a pause."""
    earliest = max(now, lead.paused_until) if lead.paused_until else now
    for enrolment, published in _enrolments(session, context, lead):
        progress, reader = _progress(session, context, lead, enrolment, published, now), context.reader_of(lead)
        among = candidates(published.sequence, progress, reader, context.calendar, str(enrolment.id))
        if enrolment.due_at is not None and (found := soonest(among, earliest)) is not None:
            enrolment.due_at, enrolment.shift_days = found[1].at, found[1].shift_days


def _pause_until(
    session: Session,
    context: Context,
    lead: Lead,
    enrolments: Iterable[tuple[Enrolment, Published]],
    until: datetime,
    now: datetime,
) -> None:
    """Moves the calendars of these enrolments to `until`, and notes the pause.

    A pause that is over is kept while one of her sequences is paused: it says how far the calendar has moved already.
    """
    before, paused = lead.paused_until, paused_since(session)
    kept = until > now
    for enrolment, published in enrolments:
        since, sequence_paused_since = now, paused.get(enrolment.sequence)
        if before is not None and before > now:
            since = before
        elif sequence_paused_since is not None:
            since = min(now, still_since(sequence_paused_since, enrolment.started_at, before))
        kept = kept or sequence_paused_since is not None
        _shift(session, context, lead, enrolment, published, since, until)
    lead.paused_until = until if kept else None


def _shift(
    session: Session,
    context: Context,
    lead: Lead,
    enrolment: Enrolment,
    published: Published,
    since: datetime,
    until: datetime,
) -> None:
    """Moves a calendar by a pause; going on early (`until` before `since`) moves it back by what is left."""
    zone = context.zone_of(lead)
    progress = _progress(session, context, lead, enrolment, published, min(since, until))
    start, end = local_date(since, zone), local_date(until, zone)
    if end >= start:
        enrolment.shift_days = shift_after_pause(published.sequence, progress, context.reader_of(lead), start, end)
    else:
        enrolment.shift_days = max(0, enrolment.shift_days - (start - end).days)


def _pull_forward(
    session: Session, context: Context, lead: Lead, enrolment: Enrolment, published: Published, now: datetime
) -> bool:
    """Moves this enrolment's calendar so that its next lesson falls on today; False if it cannot."""
    today = local_date(now, context.zone_of(lead))
    progress = _progress(session, context, lead, enrolment, published, now)
    lesson = next_lesson(published.sequence, progress.delivered, progress.skipped_by_edit)
    if lesson is None or enrolment.due_at is None or today in progress.busy_days:
        return False
    upcoming = UpcomingLesson(published.sequence, lesson, progress, context.reader_of(lead), context.calendar)
    if (upcoming.waits_for_round and today < enrolment.started_on) or today in kept_days(upcoming):
        return False
    fall_on_today(enrolment, published, lesson, today)
    enrolment.due_at = now
    return True


def _progress(
    session: Session, context: Context, lead: Lead, enrolment: Enrolment, published: Published, now: datetime
) -> Progress:
    busy, dated = taken_days(session, context, {lead.id: lead}, now)[lead.id], published.sequence.dated_ids
    return progress_of(enrolment, delivered_lessons(session, [enrolment.id])[enrolment.id], busy, dated)


def _enrolments(session: Session, context: Context, lead: Lead) -> Iterator[tuple[Enrolment, Published]]:
    active = select(Enrolment).where(Enrolment.lead_id == lead.id, Enrolment.state == EnrolmentState.ACTIVE)
    for enrolment in list(session.scalars(active.order_by(Enrolment.id).with_for_update())):
        published = context.editions.current(session, enrolment.sequence)
        if published is not None:
            yield enrolment, published


@contextmanager
def changing(context: Context, delivery_id: int) -> Iterator[tuple[Session, Lead | None]]:
    """A transaction with the reader of this mail, locked; None where there is none, or she was erased."""
    with context.db.write() as session:
        yield session, _lead_of(session, delivery_id, lock=True)


def _lead_of(session: Session, delivery_id: int, *, lock: bool = False) -> Lead | None:
    lead_id = session.scalar(select(Delivery.lead_id).where(Delivery.id == delivery_id))
    lead = None if lead_id is None else session.get(Lead, lead_id, with_for_update=lock or None)
    return None if lead is None or lead.state == LeadState.ERASED else lead
