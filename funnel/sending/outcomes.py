"""What one outcome means: for its delivery, its enrolment, the reader's address and the counters."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from funnel.context import Context
from funnel.curriculum.stable import stable_fraction
from funnel.deliveries import states
from funnel.enrolment.enrolment import finish_if_done, is_course
from funnel.enrolment.giving_up import give_up_address
from funnel.mail import Outcome, OutcomeKind
from funnel.models import (
    Actor,
    Delivery,
    DeliveryKind,
    DeliveryState,
    Enrolment,
    Event,
    EventKind,
    FunnelStage,
    Lead,
    LessonMeasure,
    Signup,
    SuppressionReason,
)
from funnel.people.suppression import Grounds
from funnel.people.tally import count_lessons, count_subjects, reach
from funnel.sending.listed import heed_provider_list

RELEASED, DROPPED = "released", "dropped"
OURS = "This mail cannot be sent as we made it. "
"""Begins the reason of held mail that is released by itself once the practice or the settings are fixed."""
_DECISIONS = "decisions"  # in `Delivery.detail`
_MOST_DECISIONS = 20
_LONGEST_ID = 200
_BACKOFF = (1, 5, 15, 60, 180, 360, 720)  # minutes; the last one repeats; a fifth of jitter either way
GIVE_UP_AFTER = timedelta(hours=48)
_LONGEST_ASKED = timedelta(hours=12)  # the longest wait that a provider may ask for one mail
# Servers give RFC 3463's 5.1.0 and 5.2.1 for living mailboxes too (a whim, a holiday): one alone proves nothing.
_CLOSED = re.compile(r"5\d\d 5\.(1\.0|2\.1)(?!\d)")


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided about a mail: RELEASED or DROPPED, who, why, when (UTC), and what it waited for."""

    what: str
    who: str
    why: str
    at: datetime
    was: str


def decisions_on(delivery: Delivery) -> list[Decision]:
    """What people decided about this mail, oldest first. Kept whatever becomes of the mail."""
    kept = (delivery.detail or {}).get(_DECISIONS, [])
    return [Decision(**{**each, "at": datetime.fromisoformat(each["at"])}) for each in kept]


def keep_decision(delivery: Delivery, decision: Decision) -> None:
    """Adds to `decisions_on`, which keeps the newest twenty."""
    known = [*decisions_on(delivery), decision][-_MOST_DECISIONS:]
    plain = [{**asdict(each), "at": each.at.isoformat()} for each in known]
    delivery.detail = {**(delivery.detail or {}), _DECISIONS: plain}


def record_outcome(session: Session, context: Context, delivery: Delivery, outcome: Outcome, now: datetime) -> None:
    """Records one outcome with all its consequences, in the caller's transaction.

    Only a delivery in `handing over` takes an outcome: what was settled meanwhile stays settled. Which adapter it was
    handed to stands on it since then.
    """
    if delivery.state != DeliveryState.HANDING_OVER:
        return
    delivery.lease_until = None
    delivery.provider_id = provider_id_of(outcome)
    match outcome.kind:
        case OutcomeKind.ACCEPTED:
            states.mark_ended(delivery, DeliveryState.ACCEPTED, "", now)
            _ended(session, context, delivery, now)
            _accepted(session, context, delivery, now)
        case OutcomeKind.TEMPORARY:
            _later(session, context, delivery, outcome, now)
        case OutcomeKind.RATE | OutcomeKind.QUOTA | OutcomeKind.AUTH_CONFIG:
            _wait_for_channel(delivery, outcome)
        case OutcomeKind.PERMANENT_MESSAGE if outcome.ours:
            hold_mail(session, delivery, f"{OURS}{outcome.detail}", now)
        case OutcomeKind.PERMANENT_MESSAGE if _refused_again(session, delivery, outcome):
            _dead_address(session, context, delivery, outcome, now)
            _fail(session, context, delivery, outcome.detail, now)
        case OutcomeKind.PERMANENT_RECIPIENT if outcome.listed is not None:
            heed_provider_list(session, context, delivery, outcome.listed, outcome.detail, now)
            _fail(session, context, delivery, outcome.detail, now)
        case OutcomeKind.PERMANENT_RECIPIENT:
            # First, so that the enrolment is stopped rather than finished when its last mail fails.
            _dead_address(session, context, delivery, outcome, now)
            _fail(session, context, delivery, outcome.detail, now)
        case OutcomeKind.PERMANENT_MESSAGE:
            _fail(session, context, delivery, outcome.detail, now)
        case OutcomeKind.AMBIGUOUS:
            if delivery.kind in (DeliveryKind.LESSON, DeliveryKind.TEST):
                states.mark_ended(delivery, DeliveryState.UNKNOWN, outcome.detail, now)
                _ended(session, context, delivery, now)
            else:
                _later(session, context, delivery, outcome, now)


def provider_id_of(outcome: Outcome) -> str | None:
    """The provider's id for a mail, cut to what a row holds: an overlong one must not fail the whole statement."""
    return outcome.provider_id and outcome.provider_id.replace("\0", "")[:_LONGEST_ID]


def count_outcome(session: Session, delivery: Delivery, measure: LessonMeasure, now: datetime, n: int = 1) -> None:
    if delivery.kind == DeliveryKind.LESSON and delivery.sequence and delivery.lesson_id:
        count_lessons(session, {(delivery.sequence, delivery.lesson_id): n}, measure, now)
        if measure == LessonMeasure.ACCEPTED and (subject := delivery.filled.get("subject")):
            count_subjects(session, {(delivery.sequence, delivery.lesson_id, subject): n}, "sent")


def hold_mail(session: Session, delivery: Delivery, reason: str, now: datetime) -> None:
    """This mail could not be made: it is held until that is fixed or a person decides. Its enrolment waits with it."""
    states.mark_held(delivery, reason)
    count_outcome(session, delivery, LessonMeasure.HELD, now)


def backoff(attempts: int, key: str) -> timedelta:
    """How long to wait after the n-th attempt (from 1): 1, 5, 15, 60 min, then 3, 6, 12 h, a fifth more or less.

    The jitter depends on the key only: a delivery always waits the same time, and thousands do not wake at once.
    """
    minutes = _BACKOFF[min(attempts, len(_BACKOFF)) - 1]
    return timedelta(minutes=minutes * (0.8 + 0.4 * stable_fraction(f"{key}:{attempts}")))


def _fail(session: Session, context: Context, delivery: Delivery, reason: str, now: datetime) -> None:
    states.mark_ended(delivery, DeliveryState.FAILED, reason, now)
    _ended(session, context, delivery, now)


def _ended(session: Session, context: Context, delivery: Delivery, now: datetime) -> None:
    """Counts a delivery that has just ended, and finishes its enrolment if this was all that it waited for."""
    count_outcome(session, delivery, LessonMeasure(delivery.state), now)
    if delivery.enrolment_id is not None and delivery.state != DeliveryState.UNKNOWN:
        session.flush()
        finish_if_done(session, context, session.get_one(Enrolment, delivery.enrolment_id), now)


def _accepted(session: Session, context: Context, delivery: Delivery, now: datetime) -> None:
    """Moves the sign-up along the funnel: the promised file has arrived, or the course is under way."""
    signup = session.get(Signup, delivery.signup_id) if delivery.signup_id else None
    if signup is None or delivery.kind not in (DeliveryKind.LESSON, DeliveryKind.ASSET):
        return
    reach(session, signup, FunnelStage.RECEIVED, now)
    if delivery.kind == DeliveryKind.LESSON and delivery.sequence:
        published = context.editions.current(session, delivery.sequence)
        if published is not None and is_course(published):
            reach(session, signup, FunnelStage.UNDER_WAY, now)


def _later(session: Session, context: Context, delivery: Delivery, outcome: Outcome, now: datetime) -> None:
    """Tries this mail again, after the usual wait or the provider's, whichever is longer."""
    delivery.attempts += 1
    if now - _trying_since(delivery) >= GIVE_UP_AFTER:
        _fail(session, context, delivery, f"given up after 48 hours: {outcome.detail}", now)
        return
    asked = min(outcome.retry_after or timedelta(0), _LONGEST_ASKED)
    wait = max(backoff(delivery.attempts, str(delivery.id)), asked)
    states.mark_waiting(delivery, not_before=now + wait, reason=outcome.detail)


def _trying_since(delivery: Delivery) -> datetime:
    """Story time of the first attempt, or of the last release by a person.

    Not of the row, which may be much older: its reader paused, it is a bonus for a later day, the channel was closed,
    or the practice was not ready for real mail.
    """
    first = delivery.filled.get("sent_at") or delivery.filled.get("tried_at")
    times = [delivery.created_at if first is None else datetime.fromisoformat(first)]
    times += [decided.at for decided in decisions_on(delivery) if decided.what == RELEASED]
    return max(times)


def _refused_again(session: Session, delivery: Delivery, outcome: Outcome) -> bool:
    """Whether this outcome says the mailbox is closed and that of the previous mail said so too: then it is."""
    if delivery.lead_id is None or not _CLOSED.match(outcome.detail):
        return False
    last = session.execute(
        select(Delivery.state, Delivery.reason)
        .where(
            Delivery.lead_id == delivery.lead_id,
            Delivery.id != delivery.id,
            Delivery.state.in_((DeliveryState.ACCEPTED, DeliveryState.FAILED)),
        )
        .order_by(Delivery.ended_at.desc(), Delivery.id.desc())
        .limit(1)
    ).first()
    return last is not None and last.state == DeliveryState.FAILED and _CLOSED.match(last.reason) is not None


def _wait_for_channel(delivery: Delivery, outcome: Outcome) -> None:
    """The mail is fine, the channel is not: it loses no attempt. `Channel.record_outcomes` decides for how long."""
    states.mark_waiting(delivery, reason=outcome.detail)


def _dead_address(session: Session, context: Context, delivery: Delivery, outcome: Outcome, now: datetime) -> None:
    if delivery.lead_id is None:
        return
    lead = session.get_one(Lead, delivery.lead_id)
    session.add(
        Event(
            key=f"refused:{delivery.id}",
            kind=EventKind.BOUNCED,
            at=now,
            delivery_id=delivery.id,
            lead_id=lead.id,
            actor=Actor.MACHINE,
            reasons=[outcome.detail[:500]],
        )
    )
    give_up_address(session, context.links, lead, Grounds(SuppressionReason.BOUNCED, now, outcome.detail))
