"""One choice at a time: what a section of the reader's room saves changes nothing that another section shows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from funnel.context import Context
from funnel.curriculum import local_date
from funnel.curriculum.schedule.quiet_dates import DateSpan, with_span, without_span
from funnel.enrolment.stopping import stop_enrolments
from funnel.models import ConsentKind, Enrolment, EnrolmentState, Lead
from funnel.people.consent import record_consent
from funnel.people.leads import known_zone
from funnel.people.permission import refusal, suppressions
from funnel.subscription.preferences import TRACKING, changing, reschedule
from funnel.subscription.taking_up import go_on

HER_WISH = "her own wish"  # why an enrolment was stopped: this course, and nothing else


def choose_slower(context: Context, delivery_id: int, slower: bool, now: datetime) -> bool:
    """Twice as much time between mails, or the course's own pace again. False if there is no reader."""
    return _change(context, delivery_id, now, slower=slower)


def choose_discreet(context: Context, delivery_id: int, discreet: bool, now: datetime) -> bool:
    """Subjects that give nothing away, or those that were written. False if there is no reader."""
    return _change(context, delivery_id, now, discreet=discreet)


def choose_zone(context: Context, delivery_id: int, zone: str | None, now: datetime) -> bool:
    """Whose wall the clock hangs on; None: the practice's. False if there is no reader."""
    return _change(context, delivery_id, now, zone=known_zone(zone))


def choose_language(context: Context, delivery_id: int, language: str, now: datetime) -> bool:
    """In which of the practice's languages pages and mails speak to her. False if there is neither."""
    if language not in context.library.practice.spoken:
        return False
    return _change(context, delivery_id, now, language=language)


def choose_tracking(context: Context, delivery_id: int, tracking: str | None, now: datetime) -> bool:
    """What is measured; None: the practice's default. Its change is evidence. ValueError for a wrong word."""
    if tracking is not None and tracking not in TRACKING:
        raise ValueError(f"tracking is none, clicks or full, not {tracking!r}")
    with changing(context, delivery_id) as (session, lead):
        if lead is None:
            return False
        if tracking != lead.tracking:
            record_consent(session, lead.id, ConsentKind.TRACKING, now, chosen=tracking or "default")
            lead.tracking = tracking
    return True


def add_quiet_dates(context: Context, delivery_id: int, span: DateSpan, now: datetime) -> bool:
    """No mail on these dates of her own calendar. False if there is no reader, or they would be too many."""
    return _quiet(context, delivery_id, now, lambda kept, today: with_span(kept, span, today))


def drop_quiet_dates(context: Context, delivery_id: int, span: DateSpan, now: datetime) -> bool:
    """Mail may come on these dates again. False if there is no reader, or none of them was kept."""

    def without(kept: list[date], today: date) -> list[date] | None:
        return without_span(kept, span, today) if set(kept).intersection(span.days) else None

    return _quiet(context, delivery_id, now, without)


def stop_sequence(context: Context, delivery_id: int, slug: str, now: datetime) -> bool:
    """Stops this sequence for her and nothing else. False if she is not under way on it."""
    with changing(context, delivery_id) as (session, lead):
        return lead is not None and stop_enrolments(session, lead.id, HER_WISH, now, only=[slug]) > 0


def take_up_sequence(context: Context, delivery_id: int, slug: str, now: datetime) -> bool:
    """Goes on with what `stop_sequence` stopped, at the lesson that was next. False where nothing of it is left."""
    with changing(context, delivery_id) as (session, lead):
        if lead is None or refusal(lead, "lesson", suppressions(session, context.links, [lead])) is not None:
            return False
        rounds = select(Enrolment).where(Enrolment.lead_id == lead.id, Enrolment.sequence == slug)
        newest = session.scalar(rounds.order_by(Enrolment.round.desc()).limit(1).with_for_update())
        if newest is None or newest.state != EnrolmentState.STOPPED or newest.reason != HER_WISH:
            return False
        try:
            go_on(session, context, lead, newest, now)
        except LookupError:
            return False
    return True


def stopped_by_her(session: Session, lead_id: int) -> list[str]:
    """The sequences she stopped and may take up again."""
    query = select(Enrolment).where(Enrolment.lead_id == lead_id).order_by(Enrolment.sequence, Enrolment.round)
    newest = {each.sequence: each for each in session.scalars(query)}
    return [slug for slug, each in newest.items() if each.state == EnrolmentState.STOPPED and each.reason == HER_WISH]


def _change(context: Context, delivery_id: int, now: datetime, **values: Any) -> bool:
    with changing(context, delivery_id) as (session, lead):
        if lead is None:
            return False
        for name, value in values.items():
            setattr(lead, name, value)
        reschedule(session, context, lead, now)
    return True


def _quiet(
    context: Context,
    delivery_id: int,
    now: datetime,
    change: Callable[[list[date], date], list[date] | None],
) -> bool:
    with changing(context, delivery_id) as (session, lead):
        if lead is None:
            return False
        days = change(quiet_dates(lead), local_date(now, context.zone_of(lead)))
        if days is None:
            return False
        lead.quiet_days = [day.isoformat() for day in days]
        reschedule(session, context, lead, now)
    return True


def quiet_dates(lead: Lead) -> list[date]:
    """The dates she asked not to hear on, past ones too."""
    return [date.fromisoformat(day) for day in lead.quiet_days]
