"""How things stand with one person and what comes next, for every page, mail and command that says so."""

from __future__ import annotations

from collections.abc import Sequence as Rows
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from funnel.context import Context
from funnel.curriculum import Sequence
from funnel.curriculum.schedule_summary import way
from funnel.enrolment.looking_ahead import Upcoming, coming
from funnel.models import (
    NOT_ENDED,
    Consent,
    ConsentKind,
    Delivery,
    Enrolment,
    EnrolmentState,
    Lead,
    LeadState,
    Signup,
    SuppressionReason,
)
from funnel.people.agreements import agreed_or_left_with
from funnel.people.consent import last_consent
from funnel.people.suppression import suppressed


class State(StrEnum):
    """Later ones take precedence: somebody who has left and bounced is `bounced`."""

    NEW = "new"  # nobody we know
    ASKED = "asked"  # has not confirmed since she last asked
    CONFIRMED = "confirmed"  # and nothing is under way or finished
    FINISHED = "finished"
    UNDER_WAY = "under_way"
    PAUSED = "paused"
    LEFT = "left"
    BOUNCED = "bounced"  # the mailbox refused our mail for good
    SUPPRESSED = "suppressed"  # complained, or put on the list by hand
    ERASED = "erased"


NOT_WRITTEN_TO = (State.BOUNCED, State.SUPPRESSED)


@dataclass(frozen=True, slots=True)
class Standing:
    """`coming` is what is under way, soonest first; `zone` is the reader's time zone; all times are UTC.

    `was_enrolled` are the sequences she was ever on; `title` is that of the course she is on, or was on last. `agreed`
    are those she agreed to; of who has left, what she would go on with.
    """

    state: State
    now: datetime
    zone: str
    coming: tuple[Upcoming, ...] = ()
    paused_until: datetime | None = None
    left_at: datetime | None = None
    was_enrolled: frozenset[str] = frozenset()
    title: str = ""
    agreed: frozenset[str] = frozenset()

    @property
    def next(self) -> Upcoming | None:
        """What comes soonest; None where nothing is under way."""
        return self.coming[0] if self.coming else None

    @property
    def writable(self) -> bool:
        """Whether this person may be written to, if she says so."""
        return self.state not in (*NOT_WRITTEN_TO, State.ERASED)


def standing(
    session: Session, context: Context, who: Lead | Signup | Delivery | None, now: datetime, *, slug: str | None = None
) -> Standing:
    """How things stand with a person, with the offer of one sign-up, or on one sequence (`slug`).

    `who` is None for somebody unknown. Writes nothing.
    """
    signup = who if isinstance(who, Signup) else None
    lead = who if isinstance(who, Lead) else None
    if isinstance(who, (Signup, Delivery)) and who.lead_id is not None:
        lead = session.get(Lead, who.lead_id)
    if lead is None:
        return Standing(State.NEW, now, context.library.practice.zone)
    zone, agreed = context.zone_of(lead), agreed_or_left_with(session, lead.id)
    refused = _refused(session, context, lead, signup)
    enrolments = _enrolments(session, context, lead, signup, slug)
    was_enrolled = frozenset(session.scalars(select(Enrolment.sequence).where(Enrolment.lead_id == lead.id).distinct()))
    if refused is not None:
        left_at = _left_at(session, lead) if refused is State.LEFT else None
        title = _title(session, context, enrolments)
        return Standing(refused, now, zone, left_at=left_at, was_enrolled=was_enrolled, title=title, agreed=agreed)
    going = [enrolment for enrolment in enrolments if enrolment.state in NOT_ENDED]
    if going:
        found = coming(session, context, going, now)
        paused = lead.paused_until if lead.paused_until is not None and lead.paused_until > now else None
        title = found[0].title if found else _title(session, context, going)
        return Standing(
            State.PAUSED if paused else State.UNDER_WAY, now, zone, found, paused, None, was_enrolled, title, agreed
        )
    finished = bool(enrolments) and enrolments[-1].state == EnrolmentState.FINISHED
    state = State.FINISHED if finished else State.CONFIRMED
    title = _title(session, context, enrolments)
    return Standing(state, now, zone, was_enrolled=was_enrolled, title=title, agreed=agreed)


def standing_of(context: Context, who: Lead | Signup | Delivery | None, now: datetime) -> Standing:
    """The same, with a session of its own."""
    with context.db.read() as session:
        return standing(session, context, who, now)


def published_sequences(session: Session, context: Context) -> list[Sequence]:
    """What readers get now, sequence by sequence."""
    return [published.sequence for published in context.editions.all_current(session)]


def _refused(session: Session, context: Context, lead: Lead, signup: Signup | None) -> State | None:
    """Why she may get no lesson at all; None if she may."""
    if lead.state == LeadState.ERASED:
        return State.ERASED
    reason = suppressed(session, context.links, [lead.email]).get(lead.email)
    # Erased, and signed up anew: she is asked as anybody is.
    if reason is not None and reason != SuppressionReason.ERASED:
        return State.BOUNCED if reason == SuppressionReason.BOUNCED else State.SUPPRESSED
    if lead.state == LeadState.LEFT and last_consent(session, lead.id) == ConsentKind.WITHDRAWN:
        return State.LEFT
    if lead.state != LeadState.CONFIRMED or (signup is not None and signup.confirmed_at is None):
        return State.ASKED
    return None


def _enrolments(
    session: Session, context: Context, lead: Lead, signup: Signup | None, slug: str | None
) -> Rows[Enrolment]:
    """Her enrolments, oldest first: all, those of the sign-up's offer, or those on one sequence."""
    query = select(Enrolment).where(Enrolment.lead_id == lead.id)
    if slug is not None:
        query = query.where(Enrolment.sequence == slug)
    elif signup is not None:
        steps = way(published_sequences(session, context), signup.offer)
        query = query.where(Enrolment.sequence.in_([sequence.slug for step in steps for sequence in step]))
    return session.scalars(query.order_by(Enrolment.id)).all()


def _title(session: Session, context: Context, enrolments: Rows[Enrolment]) -> str:
    if not enrolments:
        return ""
    published = context.editions.current(session, enrolments[-1].sequence)
    return published.sequence.said_title if published else enrolments[-1].sequence


def _left_at(session: Session, lead: Lead) -> datetime | None:
    withdrawn = select(Consent.at).where(Consent.lead_id == lead.id, Consent.kind == ConsentKind.WITHDRAWN)
    return session.scalar(withdrawn.order_by(Consent.id.desc()).limit(1))
