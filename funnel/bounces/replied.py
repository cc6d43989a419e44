"""What follows from a mail that a person wrote to us: it stands on her timeline, and may end a sequence kindly.

Only our token makes it count: anybody can write her address into From. The token is in the Message-ID that each of our
mails has, and mail programs put it into the answer; whoever has it was given the mail.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from funnel.bounces.addresses import same_address
from funnel.bounces.letters import answers_subject
from funnel.bounces.model import BounceReading, IncomingMail
from funnel.context import Context
from funnel.db import find
from funnel.enrolment.stopping import stop_enrolments
from funnel.models import (
    Actor,
    Delivery,
    DeliveryKind,
    EditionLesson,
    Event,
    EventKind,
    Lead,
    LeadState,
    LessonMeasure,
    WrittenBack,
)
from funnel.people.leads import find_lead
from funnel.sending.outcomes import count_outcome
from funnel.tracking.reconcile import reconcile_unknown

REPLIED = "replied"
_MOST_A_DAY = 20  # noted of one person; more is no conversation
_UNPROVED_A_DAY = 3  # anybody can write these
_SUBJECTS = 100  # of a reader's newest mails, an answer to which is looked for without a token


@dataclass(frozen=True, slots=True)
class Reply:
    """A letter, the mail of ours it answers, and of whom. `proved` is that it holds our token. `at` is story time."""

    letter: IncomingMail
    delivery: Delivery
    lead: Lead
    proved: bool
    at: datetime

    @property
    def key(self) -> str:
        """The same letter by another way, as a copy in another mailbox, is the same."""
        what = self.letter.message_id or f"{self.letter.subject}\n{self.letter.words}"
        mark = hashlib.sha256(f"{self.lead.id}\n{what}".encode()).hexdigest()
        return f"letter:{mark[:48]}"


def note_reply(session: Session, context: Context, reading: BounceReading, now: datetime) -> Reply | None:
    """Writes a person's letter down, once; None where it is none of ours, was known, or is one too many.

    What it may change for her, it may change only where it is `proved`.
    """
    reply = _found(session, reading, now)
    if reply is None or session.scalar(select(Event.id).where(Event.key == reply.key)) is not None:
        return None
    if _noted_since(session, reply, now - timedelta(days=1)) >= (_MOST_A_DAY if reply.proved else _UNPROVED_A_DAY):
        return None
    hers = same_address(reply.letter.sender, reply.lead.email)
    session.add(
        Event(
            key=reply.key,
            kind=EventKind.REPLIED,
            at=now,
            delivery_id=reply.delivery.id,
            lead_id=reply.lead.id,
            actor=Actor.HUMAN if reply.proved else Actor.UNKNOWN,
            reasons=[] if hers and reply.proved else ["from another address" if reply.proved else "not proved"],
            raw={"verified": reply.proved},
        )
    )
    session.flush()
    if reply.proved:
        _follow(session, context, reply)
    return reply


def _follow(session: Session, context: Context, reply: Reply) -> None:
    lead, delivery, now = reply.lead, reply.delivery, reply.at
    if context.library.practice.keep_replies:
        session.add(WrittenBack(lead_id=lead.id, delivery_id=delivery.id, words=reply.letter.words, at=now))
    if delivery.replied_at is None:
        delivery.replied_at = now
        count_outcome(session, delivery, LessonMeasure.REPLIED, now)
    if lead.replied_at is None:
        lead.replied_at = now
    current = context.editions.all_current(session)
    ends = [each.sequence.slug for each in current if REPLIED in each.sequence.stop_when]
    # First, so that an enrolment is stopped and not finished by its last mail having arrived.
    stop_enrolments(session, lead.id, REPLIED, now, only=ends)
    reconcile_unknown(session, context, delivery, now)


def _found(session: Session, reading: BounceReading, now: datetime) -> Reply | None:
    """The mail that is answered and its reader, the reader locked first, as everybody does."""
    letter = reading.letter
    if letter is None:
        return None
    delivery = find(session, Delivery, reading.delivery)
    if delivery is None:
        delivery = _by_subject(session, letter)
        if delivery is None:
            return None
    proved = reading.delivery is not None
    lead = None if delivery.lead_id is None else session.get(Lead, delivery.lead_id, with_for_update=True)
    if lead is None or lead.state == LeadState.ERASED:
        return None
    locked = session.get_one(Delivery, delivery.id, with_for_update=True, populate_existing=True)
    return Reply(letter, locked, lead, proved, now)


def _by_subject(session: Session, letter: IncomingMail) -> Delivery | None:
    """The newest lesson whose subject this answers, to whom its From names, which proves nothing."""
    lead = find_lead(session, letter.sender) if letter.sender else None
    if lead is None:
        return None
    query = (
        select(Delivery, EditionLesson.compiled)
        .join(EditionLesson, EditionLesson.id == Delivery.edition_lesson_id)
        .where(Delivery.lead_id == lead.id, Delivery.kind == DeliveryKind.LESSON, Delivery.ended_at.is_not(None))
    )
    for delivery, compiled in session.execute(query.order_by(Delivery.id.desc()).limit(_SUBJECTS)):
        if answers_subject(letter.subject, [*compiled["subjects"], compiled["subject_discreet"]]):
            newest: Delivery = delivery
            return newest
    return None


def _noted_since(session: Session, reply: Reply, since: datetime) -> int:
    actor = Actor.HUMAN if reply.proved else Actor.UNKNOWN
    noted = select(func.count()).where(
        Event.lead_id == reply.lead.id, Event.kind == EventKind.REPLIED, Event.actor == actor, Event.at > since
    )
    return session.scalar(noted) or 0
