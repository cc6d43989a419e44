"""What was published and what was sent: every edition can be shown, every mail made again."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from funnel.compose import CompiledLesson, fill_lesson
from funnel.context import Context
from funnel.curriculum import Sequence, sequence_from_json
from funnel.curriculum.plan import PRACTICE
from funnel.curriculum.sold import BOUGHT
from funnel.curriculum.subjects import chosen_subject
from funnel.curriculum.tag_names import asked_tag
from funnel.mail import Mail
from funnel.models import (
    Delivery,
    DeliveryKind,
    Edition,
    EditionLesson,
    Enrolment,
    Event,
    EventKind,
    SequenceState,
    Signup,
)
from funnel.people.leads import find_lead
from funnel.publishing.practice_editions import EditionInfo, practice_editions
from funnel.sending.outcomes import Decision, decisions_on
from funnel.sending.recipients import reader_as_sent

_WHY = {
    DeliveryKind.CONFIRMATION: "asked for it: to confirm the address",
    DeliveryKind.REMINDER: "asked for it two days before, and had not confirmed: the one reminder",
    DeliveryKind.ASSET: "asked for it again",
    DeliveryKind.SIGN_IN: "asked to sign in",
    DeliveryKind.BOOKING: "asked for a conversation",
    DeliveryKind.ROUND: "waits for a course that begins together",
    DeliveryKind.SESSION: "asked for a session",
    DeliveryKind.OWN_DATA: "asked what is kept of her",
    DeliveryKind.NEW_ADDRESS: "asked for another address: to confirm it",
    DeliveryKind.OLD_ADDRESS: "her address was changed: the way back",
    DeliveryKind.TEST: "sent as a test",
    DeliveryKind.NIGHT_ANSWER: "wrote while nobody reads",
}
_TOLD = (EventKind.BOUNCED, EventKind.COMPLAINED, EventKind.REPLIED)


@dataclass(frozen=True, slots=True)
class CameBack:
    """What was told of a mail after it had gone, when (UTC), and a word why. `kind` is one of `_TOLD`."""

    kind: str
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One mail to one reader: when (UTC), from which edition, why she got it, and what became of it afterwards."""

    delivery_id: int
    kind: str
    sequence: str | None
    lesson_id: str | None
    edition: int | None
    subject: str
    state: str
    reason: str
    made_at: datetime
    ended_at: datetime | None
    why: str
    decisions: tuple[Decision, ...] = ()
    came_back: tuple[CameBack, ...] = ()


def editions(context: Context, slug: str) -> list[EditionInfo]:
    """All editions of a sequence, or of the practice, oldest first; empty where it was never published."""
    if slug == PRACTICE:
        return practice_editions(context)
    with context.db.read() as session:
        current = session.scalar(select(SequenceState.edition_id).where(SequenceState.sequence == slug))
        rows = session.execute(
            select(Edition.id, Edition.number, Edition.published_at, Edition.published_by, func.count(EditionLesson.id))
            .outerjoin(EditionLesson, EditionLesson.edition_id == Edition.id)
            .where(Edition.sequence == slug)
            .group_by(Edition.id)
            .order_by(Edition.number)
        )
        return [EditionInfo(number, at, by, count, key == current) for key, number, at, by, count in rows]


def sequence_at(context: Context, slug: str, number: int) -> Sequence | None:
    """The sequence as edition `number` says it; None where there is no such edition."""
    with context.db.read() as session:
        source = session.scalar(select(Edition.source).where(Edition.sequence == slug, Edition.number == number))
    # It may have been published under another name: a sequence can be renamed.
    return None if source is None else replace(sequence_from_json(source), slug=slug)


def sent_mail(context: Context, delivery_id: int) -> Mail | None:
    """The lesson byte for byte as it was handed over; None for another kind of mail, or one that never was."""
    with context.db.read() as session:
        delivery = session.get(Delivery, delivery_id)
        if delivery is None or delivery.kind != DeliveryKind.LESSON or not delivery.filled:
            return None
        compiled = context.editions.compiled(session, delivery.edition_lesson_id or 0)
    if compiled is None:
        return None
    return _made_again(context, compiled, delivery)


def mail_history(context: Context, email: str) -> list[LedgerRow]:
    """Every mail to an address, oldest first. LookupError where nobody with it signed up."""
    with context.db.read() as session:
        lead = find_lead(session, email)
        if lead is None:
            raise LookupError(f"nobody signed up as {email}")
        rows = session.execute(
            select(Delivery, Edition.number, Enrolment.trigger, Signup.offer)
            .outerjoin(EditionLesson, EditionLesson.id == Delivery.edition_lesson_id)
            .outerjoin(Edition, Edition.id == EditionLesson.edition_id)
            .outerjoin(Enrolment, Enrolment.id == Delivery.enrolment_id)
            .outerjoin(Signup, Signup.id == Delivery.signup_id)
            .where(Delivery.lead_id == lead.id)
            .order_by(Delivery.id)
        )
        came_back = _came_back(session, lead.id)
        return [
            replace(
                _ledger_row(session, context, delivery, (number, trigger, offer)),
                came_back=tuple(came_back[delivery.id]),
            )
            for delivery, number, trigger, offer in rows
        ]


def _came_back(session: Session, lead_id: int) -> defaultdict[int, list[CameBack]]:
    """By delivery, oldest first."""
    query = select(Event).where(Event.lead_id == lead_id, Event.kind.in_(_TOLD))
    found: defaultdict[int, list[CameBack]] = defaultdict(list)
    for event in session.scalars(query.order_by(Event.at, Event.id)):
        if event.delivery_id is not None:
            found[event.delivery_id].append(CameBack(event.kind, event.at, ", ".join(event.reasons)))
    return found


def _ledger_row(
    session: Session, context: Context, delivery: Delivery, came_by: tuple[int | None, str | None, str | None]
) -> LedgerRow:
    """`came_by` is the edition's number, what started the enrolment, and the offer of the sign-up."""
    number, trigger, offer = came_by
    compiled = context.editions.compiled(session, delivery.edition_lesson_id) if delivery.edition_lesson_id else None
    subject = chosen_subject(compiled.subjects, delivery.lead_id or 0, compiled.lesson_id) if compiled else ""
    if compiled and delivery.filled:
        subject = _made_again(context, compiled, delivery).subject
    return LedgerRow(
        delivery_id=delivery.id,
        kind=delivery.kind,
        sequence=delivery.sequence,
        lesson_id=delivery.lesson_id,
        edition=number,
        subject=subject,
        state=delivery.state,
        reason=delivery.reason,
        made_at=delivery.created_at,
        ended_at=delivery.ended_at,
        why=_why(delivery, trigger, offer),
        decisions=tuple(decisions_on(delivery)),
    )


def _why(delivery: Delivery, trigger: str | None, offer: str | None) -> str:
    if delivery.kind != DeliveryKind.LESSON:
        return _WHY.get(DeliveryKind(delivery.kind), "")
    if trigger == "confirm":
        return f"confirmed the sign-up for {offer}"
    if trigger and trigger.startswith("finished:"):
        return f"finished {trigger.removeprefix('finished:')}, after signing up for {offer}"
    if name := asked_tag(trigger or ""):
        return f"bought {name.removeprefix(BOUGHT)}" if name.startswith(BOUGHT) else f"was given the tag {name}"
    words = {"by_hand": "was put on it by hand", "watched": "watched the training", "quiz_result": "took the quiz"}
    return words.get(trigger or "", trigger or "")


def _made_again(context: Context, compiled: CompiledLesson, delivery: Delivery) -> Mail:
    with context.db.read() as session:
        reader = reader_as_sent(session, delivery)
    if reader is None:
        raise KeyError("reader")
    return fill_lesson(compiled, reader, context.links, datetime.fromisoformat(delivery.filled["sent_at"]))
