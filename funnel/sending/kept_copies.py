"""A reader's own lessons as they were sent to her: from what is kept of each, never from what is written today."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from funnel.compose import FillError, fill_lesson, render_web_copy
from funnel.context import Context
from funnel.models import Delivery, DeliveryKind, DeliveryState, Lead, LeadState
from funnel.sending.reading import Course, sent_lessons
from funnel.sending.recipients import reader_as_sent, recipient_of

LONGEST_SEARCH = 100
_AROUND = 90  # characters shown on each side of what was found
_ADDRESS = re.compile(r"https?://\S+")


@dataclass(frozen=True, slots=True)
class KeptCopy:
    """One lesson to be read again: its subject then, its page, its words, and when it went (UTC)."""

    number: int
    subject: str
    html: str
    text: str
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class FoundLesson:
    """A lesson that holds every word looked for, and the words around the first of them."""

    number: int
    subject: str
    sent_at: datetime
    around: str


def kept_copy(context: Context, lead_id: int, number: int) -> KeptCopy | None:
    """This lesson as it was sent to this reader; None for any other mail, or where its text is gone.

    It has no picture that is counted, and its links lead straight to where they go: reading it here tells nobody.
    """
    with context.db.read() as session:
        delivery = session.get(Delivery, number)
        lead = session.get(Lead, lead_id)
        if delivery is None or lead is None or delivery.lead_id != lead.id or lead.state == LeadState.ERASED:
            return None
        return _copy(session, context, delivery, lead)


def courses_of(context: Context, lead_id: int) -> tuple[Course, ...]:
    """What she has been sent, by course, in the order in which it came."""
    with context.db.read() as session:
        return sent_lessons(session, context, lead_id, as_sent=True)


def search(context: Context, lead_id: int, words: str) -> list[FoundLesson]:
    """Her lessons that hold each of these words, in any case of letters, in the order in which they came."""
    wanted = words[:LONGEST_SEARCH].casefold().split()
    if not wanted:
        return []
    hits = []
    for course in courses_of(context, lead_id):
        for letter in course.letters:
            copy = kept_copy(context, lead_id, letter.delivery.number)
            if copy is not None and (around := _around(copy, wanted)) is not None:
                hits.append(FoundLesson(copy.number, copy.subject, copy.sent_at, around))
    return hits


def _around(copy: KeptCopy, wanted: list[str]) -> str | None:
    """None where a word is missing; else what stands around the first, or "" where only the subject holds them."""
    text = " ".join(_ADDRESS.sub(" ", copy.text).split())
    said = f"{copy.subject} {text}".casefold()
    if not all(word in said for word in wanted):
        return None
    found = re.search("|".join(map(re.escape, wanted)), text, re.IGNORECASE)
    if found is None:
        return ""
    start, end = max(0, found.start() - _AROUND), min(len(text), found.end() + _AROUND)
    return f"{'… ' if start else ''}{text[start:end].strip()}{' …' if end < len(text) else ''}"


def _copy(session: Session, context: Context, delivery: Delivery, lead: Lead) -> KeptCopy | None:
    if delivery.kind != DeliveryKind.LESSON or delivery.state != DeliveryState.ACCEPTED:
        return None
    compiled = context.editions.compiled(session, delivery.edition_lesson_id or 0)
    if compiled is None:
        return None
    kept = reader_as_sent(session, delivery) or recipient_of(session, context, delivery, lead).reader
    reader, at = kept._replace(tracking="none"), delivery.ended_at or delivery.created_at
    try:
        mail = fill_lesson(compiled, reader, context.links, at)
        page = render_web_copy(compiled, reader, context.links, at)
    except FillError:
        return None
    return KeptCopy(delivery.id, mail.subject, page, mail.text, at)


def readable(session: Session, lead_id: int) -> bool:
    """Whether she has been sent a lesson at all."""
    sent = select(Delivery.id).where(
        Delivery.lead_id == lead_id, Delivery.kind == DeliveryKind.LESSON, Delivery.state == DeliveryState.ACCEPTED
    )
    return session.scalar(sent.limit(1)) is not None
