"""The lessons a person has been sent, to be read again on the web."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from funnel.compose import FillError, fill_lesson, nameless
from funnel.context import Context
from funnel.links import RowRef
from funnel.models import Delivery, DeliveryKind, DeliveryState, Lead
from funnel.sending.recipients import reader_as_sent, recipient_of

_MOST = 500  # of a reader's newest lessons; a course has a dozen


@dataclass(frozen=True, slots=True)
class SentLesson:
    """One lesson as this person got it last: its subject, and when it was sent (UTC)."""

    delivery: RowRef
    subject: str
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class Course:
    """Her lessons of one sequence, in the order in which they came."""

    title: str
    letters: tuple[SentLesson, ...]


def sent_lessons(session: Session, context: Context, lead_id: int, *, as_sent: bool = False) -> tuple[Course, ...]:
    """Every lesson this person was sent, each once, grouped by sequence, both in the order in which they came.

    The subjects do not name her, for pages that others may open; with `as_sent` they are those she was sent.
    """
    lead = session.get_one(Lead, lead_id)
    sent = (
        select(Delivery)
        .where(
            Delivery.lead_id == lead_id,
            Delivery.kind == DeliveryKind.LESSON,
            Delivery.state == DeliveryState.ACCEPTED,
        )
        .order_by(Delivery.id.desc())
        .limit(_MOST)
    )
    newest: dict[tuple[str, str], Delivery] = {}
    for delivery in session.scalars(sent):
        newest.setdefault((delivery.sequence or "", delivery.lesson_id or ""), delivery)
    found: dict[str, list[SentLesson]] = {}
    for (sequence, _), delivery in sorted(newest.items(), key=lambda each: each[1].id):
        letter = _letter(session, context, lead, delivery, as_sent=as_sent)
        if letter is not None:
            found.setdefault(sequence, []).append(letter)
    return tuple(Course(_title(session, context, slug), tuple(letters)) for slug, letters in found.items())


def _letter(session: Session, context: Context, lead: Lead, delivery: Delivery, *, as_sent: bool) -> SentLesson | None:
    """None if its published text is gone or can no longer be filled: then it cannot be read again."""
    compiled = context.editions.compiled(session, delivery.edition_lesson_id or 0)
    if compiled is None:
        return None
    at = delivery.ended_at or delivery.created_at
    try:
        then = reader_as_sent(session, delivery) if as_sent else None
        reader = then or nameless(recipient_of(session, context, delivery, lead).reader)
        subject = fill_lesson(compiled, reader, context.links, at).subject
    except FillError:
        return None
    return SentLesson(delivery.ref, subject, at)


def _title(session: Session, context: Context, slug: str) -> str:
    published = context.editions.current(session, slug)
    return published.sequence.title if published is not None else slug
