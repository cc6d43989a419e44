"""Whom a delivery is for: the one way from rows to the `Reader` whose facts fill a mail's placeholders."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from funnel.compose import Reader
from funnel.context import Context
from funnel.curriculum import Practice
from funnel.curriculum.countries import country_of_zone
from funnel.curriculum.measuring import measured
from funnel.models import Delivery, DeliveryKind, Lead
from funnel.people.answers import KeptAnswer, answers_in, answers_of
from funnel.people.quiz_results import NONE, Kept, result_in, results_of

RECIPIENT_COLUMNS = (
    Delivery.id.label("number"),
    Delivery.nonce,
    Delivery.kind,
    Delivery.edition_lesson_id,
    Delivery.signup_id,
    Delivery.filled["sent_at"].as_string(),
    Lead.id,
    Lead.email,
    Lead.tracking,
    Lead.discreet,
    Lead.first_name,
    Lead.booked_at.is_not(None),
    Lead.replied_at.is_not(None),
    Lead.watched,
    Lead.tags,
    Lead.zone,
    Lead.language,
)
"""What `recipients` asks of deliveries and their leads, if they have one; more columns may follow."""


class _Row(NamedTuple):
    """One row of RECIPIENT_COLUMNS."""

    delivery_id: int
    nonce: str | None
    kind: str
    edition_lesson_id: int | None
    signup_id: int | None
    sent_at: str | None
    lead_id: int | None
    email: str
    tracking: str | None
    discreet: bool
    first_name: str
    booked: bool
    replied: bool
    watched: int
    tags: list[str]
    zone: str | None
    language: str | None


class Recipient(NamedTuple):
    """Whom a lesson is for; `sent_at` is when it was first handed over (aware UTC), None where it never was."""

    reader: Reader
    sent_at: datetime | None


def recipients(session: Session, context: Context, rows: Iterable[Sequence[Any]]) -> dict[int, Recipient]:
    """By delivery id, whom each lesson among these rows is for; their published lessons are kept in memory."""
    found, practice = {}, context.library.practice
    for each in rows:
        row = _Row._make(each[: len(_Row._fields)])
        if row.kind == DeliveryKind.LESSON and row.lead_id is not None:
            found[row.delivery_id] = _recipient(practice, row, row.lead_id)
    asks = {
        number
        for number in {each.reader.edition_lesson_id for each in found.values()}
        if _asks(session, context, number)
    }
    about = {key: each for key, each in found.items() if each.reader.edition_lesson_id in asks}
    if about:
        kept = results_of(session, {each.reader.lead_id for each in about.values()}, context.clock.now())
        found |= {key: _told(each, kept.get(each.reader.lead_id, NONE)) for key, each in about.items()}
    return _with_answers(session, context, found)


def _with_answers(session: Session, context: Context, found: dict[int, Recipient]) -> dict[int, Recipient]:
    """The same with the answers that their lessons ask for; nothing is looked up where none does."""
    asked = {
        key: names for key, each in found.items() if (names := _asked(session, context, each.reader.edition_lesson_id))
    }
    if not asked:
        return found
    kept = answers_of(session, {found[key].reader.lead_id for key in asked}, frozenset().union(*asked.values()))
    return found | {
        key: _answered(found[key], kept.get(found[key].reader.lead_id, []), names) for key, names in asked.items()
    }


def _asked(session: Session, context: Context, edition_lesson_id: int) -> frozenset[str]:
    """The questions whose answers a lesson, which is kept in memory from now on, asks for."""
    compiled = context.editions.compiled(session, edition_lesson_id)
    return frozenset() if compiled is None else frozenset(compiled.asks_answers)


def _answered(recipient: Recipient, kept: Iterable[KeptAnswer], names: frozenset[str]) -> Recipient:
    hers = [each for each in kept if each.name in names]
    return recipient._replace(
        reader=recipient.reader._replace(
            answers=tuple((each.name, each.answer) for each in hers), answer_rows=tuple(each.row for each in hers)
        )
    )


def _asks(session: Session, context: Context, edition_lesson_id: int) -> bool:
    """Whether a lesson, which is kept in memory from now on, asks for the result of a quiz."""
    compiled = context.editions.compiled(session, edition_lesson_id)
    return compiled is not None and compiled.asks_result


def _told(recipient: Recipient, kept: Kept) -> Recipient:
    return recipient._replace(reader=recipient.reader._replace(quiz_result=kept.result, quiz_row=kept.row))


def recipient_of(session: Session, context: Context, delivery: Delivery, lead: Lead) -> Recipient:
    """The same of one delivery and its lead that were read already."""
    row = _Row(
        delivery.id,
        delivery.nonce,
        delivery.kind,
        delivery.edition_lesson_id,
        delivery.signup_id,
        delivery.filled.get("sent_at"),
        lead.id,
        lead.email,
        lead.tracking,
        lead.discreet,
        lead.first_name,
        lead.booked_at is not None,
        lead.replied_at is not None,
        lead.watched,
        lead.tags,
        lead.zone,
        lead.language,
    )
    found = _recipient(context.library.practice, row, lead.id)
    if names := _asked(session, context, found.reader.edition_lesson_id):
        found = _answered(found, answers_of(session, [lead.id], names).get(lead.id, []), names)
    if not _asks(session, context, found.reader.edition_lesson_id):
        return found
    return _told(found, results_of(session, [lead.id], context.clock.now()).get(lead.id, NONE))


def _recipient(practice: Practice, row: _Row, lead_id: int) -> Recipient:
    reader = Reader(
        delivery_id=row.delivery_id,
        edition_lesson_id=row.edition_lesson_id or 0,
        lead_id=lead_id,
        signup_id=row.signup_id,
        email=row.email,
        tracking=measured(row.tracking, practice.tracking),
        discreet=row.discreet,
        first_name=row.first_name,
        booked=row.booked,
        replied=row.replied,
        watched=row.watched,
        tags=tuple(sorted(row.tags)),
        country=country_of_zone(row.zone or practice.zone),
        nonce=row.nonce,
        language=row.language or "",
    )
    return Recipient(reader, datetime.fromisoformat(row.sent_at) if row.sent_at else None)


def reader_as_sent(session: Session, delivery: Delivery) -> Reader | None:
    """The reader as she was when this lesson was handed over; None where that is not kept.

    Once the result of her quiz or an answer is deleted, a lesson that spoke to it is made again as for anybody.
    """
    facts = delivery.filled.get("reader")
    if not facts:
        return None
    numbers = {
        "delivery_id": delivery.id,
        "nonce": delivery.nonce,
        "edition_lesson_id": delivery.edition_lesson_id or 0,
        "lead_id": delivery.lead_id,
        "signup_id": delivery.signup_id,
    }
    reader = Reader.from_facts({**numbers, **facts})
    if reader.answer_rows:
        kept = answers_in(session, reader.answer_rows)
        reader = reader._replace(answers=tuple((each.name, each.answer) for each in kept))
    return reader._replace(quiz_result=result_in(session, reader.quiz_row)) if reader.quiz_row else reader
