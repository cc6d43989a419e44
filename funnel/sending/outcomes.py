"""What one outcome means: for its delivery, its enrolment, the reader's address and the counters."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from funnel.context import Context
from funnel.curriculum.stable import stable_fraction
from funnel.deliveries import states
from funnel.enrolment.enrolment import finish_if_done, is_course
from funnel.mail import Outcome, OutcomeKind
from funnel.models import (
    AT_MOST_ONCE,
    Delivery,
    DeliveryKind,
    DeliveryState,
    Enrolment,
    EventKind,
    FunnelStage,
    Lead,
    LessonMeasure,
    Signup,
)
from funnel.people.tally import count_lessons, count_subjects, reach
from funnel.replies import ABOUT_US, About, BounceKind, Certainty, Meaning, Remedy, Statement, interpret
from funnel.sending.blocked import note_block
from funnel.sending.hits import TRIED_AGAIN, mark_refusal
from funnel.sending.listed import heed_provider_list
from funnel.sending.refused import MailRefusal, RefusalOutcome, follow_refusal, refused_on_the_wire

RELEASED, DROPPED, ARRIVED = "released", "dropped", "arrived"
OURS = "This mail cannot be sent as we made it. "
"""Begins the reason of held mail that is released by itself once the practice or the settings are fixed."""
_DECISIONS = "decisions"  # in `Delivery.detail`
_MOST_DECISIONS = 20
_LONGEST_ID = 200
_BACKOFF = (1, 5, 15, 60, 180, 360, 720)  # minutes; the last one repeats; a fifth of jitter either way
GIVE_UP_AFTER = timedelta(hours=48)
_LONGEST_ASKED = timedelta(hours=12)  # the longest wait that a provider may ask for one mail
_CODE = re.compile(r"[45]\d\d(?: [45]\.\d{1,3}\.\d{1,3}(?!\S))?(?!\d)")
# The adapter found that this is no address, before any server was asked.
_NO_ADDRESS = Meaning(About.READER, "userunknown", 1.0, BounceKind.HARD, Certainty.CERTAIN, Remedy.DROP_ADDRESS)


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided about a mail: what (one of the three words), who, why, when (UTC), and what it was."""

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
        case OutcomeKind.PERMANENT_RECIPIENT if outcome.listed is not None:
            heed_provider_list(session, context, delivery, outcome.listed, outcome.detail, now)
            _fail(session, context, delivery, outcome.detail, now)
        case OutcomeKind.PERMANENT_RECIPIENT | OutcomeKind.PERMANENT_MESSAGE:
            _refused(session, context, delivery, outcome, now)
        case OutcomeKind.AMBIGUOUS:
            if delivery.kind in AT_MOST_ONCE:
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
        detail = f"given up after 48 hours: {outcome.detail}"[:500]
        meaning = _meaning_for_now(outcome)
        _refused(session, context, delivery, outcome._replace(detail=detail, meaning=meaning), now)
        return
    asked = min(outcome.retry_after or timedelta(0), _LONGEST_ASKED)
    wait = max(backoff(delivery.attempts, str(delivery.id)), asked)
    states.mark_waiting(delivery, not_before=now + wait, reason=outcome.detail)


def _meaning_for_now(outcome: Outcome) -> Meaning | None:
    """How the last of many temporary refusals is understood; None where no server said anything."""
    found = _CODE.match(outcome.detail)
    if found is None:
        return None
    code, _, enhanced = found[0].partition(" ")
    return interpret(Statement(reply_code=code, enhanced=enhanced, words=outcome.detail, action="failed"))


def _trying_since(delivery: Delivery) -> datetime:
    """Story time of the first attempt, or of the last release by a person.

    Not of the row, which may be much older: its reader paused, it is a bonus for a later day, the channel was closed,
    or the practice was not ready for real mail.
    """
    first = delivery.filled.get("sent_at") or delivery.filled.get("tried_at")
    times = [delivery.created_at if first is None else datetime.fromisoformat(first)]
    times += [decided.at for decided in decisions_on(delivery) if decided.what == RELEASED]
    return max(times)


def _wait_for_channel(delivery: Delivery, outcome: Outcome) -> None:
    """The mail is fine, the channel is not: it loses no attempt. `Channel.record_outcomes` decides for how long."""
    states.mark_waiting(delivery, reason=outcome.detail)


def _refused(session: Session, context: Context, delivery: Delivery, outcome: Outcome, now: datetime) -> None:
    """The mail has failed. What that says of its reader's address, or of us, follows from how it was understood."""
    meaning = outcome.meaning
    if meaning is None and outcome.kind is OutcomeKind.PERMANENT_RECIPIENT:
        meaning = _NO_ADDRESS
    if meaning is None or delivery.lead_id is None:
        _fail(session, context, delivery, outcome.detail, now)
        return
    lead = session.get_one(Lead, delivery.lead_id)
    found = _CODE.match(outcome.detail)
    refusal = MailRefusal(meaning.kind, meaning.certainty, meaning.reason, found[0].strip() if found else "", now)
    session.add(refused_on_the_wire(delivery, EventKind.BOUNCED, outcome.detail, refusal.facts(), now))
    session.flush()
    # First, so that the enrolment is stopped rather than finished when its last mail fails.
    done = follow_refusal(session, context, lead, delivery, refusal)
    if done is RefusalOutcome.HELD and now - _trying_since(delivery) < GIVE_UP_AFTER:
        mark_refusal(session, delivery, TRIED_AGAIN)
        _later(session, context, delivery, outcome, now)  # perhaps nothing is wrong with her mailbox
        return
    _fail(session, context, delivery, outcome.detail, now)
    if refusal.kind in ABOUT_US:
        session.flush()
        note_block(session, context, delivery, refusal.words, now)
