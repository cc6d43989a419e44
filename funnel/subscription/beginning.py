"""A reader agrees to another sequence by a link in one of her mails: the press on its page is the consent.

Whoever holds the mail can open the page. A GET says what the button would do; only the press agrees, to the text that
stands beside it, and that text is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from funnel.context import Context
from funnel.curriculum import Sequence
from funnel.curriculum.agreeing import begin_text
from funnel.curriculum.sold import has_bought
from funnel.enrolment.enrolment import AGREED, Start, enrol
from funnel.enrolment.stopping import LEFT
from funnel.links import number_of
from funnel.models import (
    NOT_ENDED,
    ConsentKind,
    Delivery,
    DeliveryKind,
    DeliveryState,
    Enrolment,
    EnrolmentState,
    Lead,
    SequenceState,
    Signup,
)
from funnel.people.addresses import went_elsewhere
from funnel.people.agreements import agreed_to
from funnel.people.consent import record_consent
from funnel.people.permission import refusal, suppressions
from funnel.sending.scheduler import enqueue_now
from funnel.subscription.anew import first_mails
from funnel.subscription.choices import HER_WISH
from funnel.subscription.taking_up import go_on

_GOES_ON = (LEFT, HER_WISH)  # why an enrolment stopped that a press takes up again


class BeginState(StrEnum):
    OPEN = "open"  # a press agrees to it
    AGREED = "agreed"  # it begins once what comes before it has ended
    UNDER_WAY = "under_way"
    HAD = "had"
    CLOSED = "closed"  # she may not be written to
    ELSEWHERE = "elsewhere"  # the mail went to an address that is not hers any more


@dataclass(frozen=True, slots=True)
class BeginPlan:
    """What stands behind a link: `after` is the title of what has to end first, "" where a press begins it at once."""

    sequence: Sequence
    state: BeginState
    after: str = ""

    @property
    def text(self) -> str:
        """What the press agrees to."""
        return begin_text(self.sequence)


def sequence_named(session: Session, number: int) -> str | None:
    """The sequence whose name, or a name it had before, has this number in a token; None where there is none."""
    for state in session.scalars(select(SequenceState).order_by(SequenceState.sequence)):
        if number in map(number_of, (state.sequence, *state.earlier_names)):
            return state.sequence
    return None


def begin_plan(session: Session, context: Context, lead: Lead, mail: Delivery, number: int) -> BeginPlan | None:
    """What a press on the link in this mail would do for this reader now.

    None where the sequence is gone, or is sold and she has not bought it. One in a mailbox that is not hers any more
    does nothing. Writes nothing.
    """
    slug = sequence_named(session, number)
    published = None if slug is None else context.editions.current(session, slug)
    if published is None or not published.sequence.lessons:
        return None
    sequence = published.sequence
    if not has_bought(sequence, lead.tags):
        return None
    rounds = select(Enrolment).where(Enrolment.lead_id == lead.id, Enrolment.sequence == sequence.slug)
    newest = session.scalar(rounds.order_by(Enrolment.round.desc()).limit(1))
    if refusal(lead, DeliveryKind.LESSON, suppressions(session, context.links, [lead])):
        return BeginPlan(sequence, BeginState.CLOSED)
    if newest is not None and newest.state in NOT_ENDED:
        return BeginPlan(sequence, BeginState.UNDER_WAY)
    if newest is not None and not (newest.state == EnrolmentState.STOPPED and newest.reason in _GOES_ON):
        return BeginPlan(sequence, BeginState.HAD)
    if went_elsewhere(session, mail, lead):
        return BeginPlan(sequence, BeginState.ELSEWHERE)
    after = "" if newest is not None else _before(session, context, lead, sequence)
    waits = bool(after) and sequence.slug in agreed_to(session, lead.id)
    return BeginPlan(sequence, BeginState.AGREED if waits else BeginState.OPEN, after)


def _before(session: Session, context: Context, lead: Lead, sequence: Sequence) -> str:
    """The title of what is under way and ends before this begins; "" where nothing is."""
    active = select(Enrolment.sequence).where(Enrolment.lead_id == lead.id, Enrolment.state.in_(NOT_ENDED))
    for slug in session.scalars(active.order_by(Enrolment.id)):
        published = context.editions.current(session, slug)
        if published is not None and f"finished:{slug}" in sequence.start_on:
            return published.sequence.said_title
    return ""


def agree_and_begin(context: Context, delivery_id: int, number: int, now: datetime, origin: str = "") -> bool:
    """One transaction: consent *confirmed* for this sequence alone, with the text that stood beside the button.

    It begins now, or once what comes before it has ended. False where a press does nothing: calling it twice is
    harmless.
    """
    with context.db.write() as session:
        delivery = session.get(Delivery, delivery_id)
        lead_id = None if delivery is None else delivery.lead_id
        lead = None if lead_id is None else session.get(Lead, lead_id, with_for_update=True)
        plan = None if delivery is None or lead is None else begin_plan(session, context, lead, delivery, number)
        if delivery is None or lead is None or plan is None or plan.state is not BeginState.OPEN:
            return False
        signup = session.get(Signup, delivery.signup_id) if delivery.signup_id is not None else None
        record_consent(
            session,
            lead.id,
            ConsentKind.CONFIRMED,
            now,
            offer=None if signup is None else signup.offer,
            text=plan.text,
            origin=origin,
            sequences=[plan.sequence.slug],
            via=AGREED,
        )
        session.flush()
        made = [] if plan.after else _begin_now(session, context, Start(lead, signup, plan.sequence.slug, AGREED), now)
        session.flush()
        ids = [each.id for each in made if each.state == DeliveryState.WAITING]
    enqueue_now(context, ids)
    return True


def _begin_now(session: Session, context: Context, start: Start, now: datetime) -> list[Delivery]:
    """The mails that go now; where she had stopped half-way, she goes on with her next lesson."""
    rounds = select(Enrolment).where(Enrolment.lead_id == start.lead.id, Enrolment.sequence == start.slug)
    stopped = session.scalar(rounds.order_by(Enrolment.round.desc()).limit(1).with_for_update())
    if stopped is not None:
        go_on(session, context, start.lead, stopped, now)
        return []
    enrolment = enrol(session, context, start, now)
    return [] if enrolment is None else first_mails(session, context, [enrolment], now)
