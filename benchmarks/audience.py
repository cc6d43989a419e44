"""Readers half-way through a course, each with one lesson due: written straight into the rows, as weeks would have."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

from sqlalchemy import insert, select, update

from funnel.db import Base
from funnel.migrations import upgrade
from funnel.mime import message_bytes
from funnel.models import Delivery, DeliveryKind, DeliveryState, Enrolment, EnrolmentState, Lead, LeadState, Signup
from funnel.publishing.publish import publish
from funnel.sending.composing import compose_all
from funnel.sending.recipients import RECIPIENT_COLUMNS, recipients
from funnel.settings import starter
from funnel.wiring import Service

COURSE = "anxious-attachment"
LESSON = "name-the-alarm"
_FILE = "week-1.md"
_LINKS = 10
_WORDS = "A line of this letter says what every line of a letter says, quietly and at the length of a usual paragraph. "
_IN_ONE_STATEMENT = 2_000
_NAMES = ("Ada", "Ben", "Cleo", "Dan", "Eve", "Fay", "Gus", "Zoë", "Anne-Marie", "")


def write_sequences(folder: Path) -> Path:
    """The starter sequences, one lesson of which makes a mail of 15 kB with a name, a condition and ten links."""
    target = folder / "sequences"
    shutil.copytree(starter("sequences"), target)
    lesson = target / COURSE / _FILE
    _, matter, _ = lesson.read_text(encoding="utf-8").split("---\n", 2)
    paragraphs = [f"{_WORDS}Here is [page {n}](https://example.org/pages/{n}) about it." for n in range(1, _LINKS + 1)]
    condition = "{% if booked %}You have booked a conversation.{% else %}You can book whenever you like.{% endif %}"
    body = "\n\n".join(('Dear {{ lead.first_name or "reader" }},', *paragraphs, condition))
    lesson.write_text(f"---\n{matter}---\n{body}\n", encoding="utf-8")
    return target


def prepare(service: Service, readers: int) -> None:
    """The schema, the published course, and `readers` readers with one lesson waiting each."""
    upgrade(service.db)
    publish(service, service.library, "benchmark", service.clock.now())
    with service.db.read() as session:
        published = service.editions.current(session, COURSE)
    assert published is not None
    offer = next(iter(published.sequence.for_offers), "course")
    row = published.lesson_rows[LESSON]
    for first in range(1, readers + 1, _IN_ONE_STATEMENT):
        _write(service, range(first, min(first + _IN_ONE_STATEMENT, readers + 1)), offer, row)
    with service.db.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("ANALYZE")


def due_again(service: Service) -> None:
    """Everything waits as if it had never been sent; for the next round of the same measurement."""
    with service.db.write() as session:
        session.execute(
            update(Delivery).values(
                state=DeliveryState.WAITING,
                queue_lease_until=None,
                lease_until=None,
                ended_at=None,
                filled={},
                attempts=0,
            )
        )
    if not service.db.is_sqlite:
        with service.db.engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("VACUUM ANALYZE delivery")


def example(service: Service) -> bytes:
    """One of these mails as it goes out."""
    query = select(*RECIPIENT_COLUMNS).join(Lead, Lead.id == Delivery.lead_id).where(Delivery.id == 1)
    with service.db.read() as session:
        readers = recipients(session, service, session.execute(query))
    drafts, _ = compose_all(service, [1], readers, service.clock.now())
    return message_bytes(drafts[0].mail)


def _write(service: Service, numbers: range, offer: str, edition_lesson: int) -> None:
    now = service.clock.now()
    begun = now - timedelta(days=7)
    rows: list[tuple[type[Base], list[dict[str, object]]]] = [
        (Lead, [
            {"id": n, "email": f"reader-{n}@example.org", "email_key": f"reader-{n}@example.org",
             "first_name": _NAMES[n % len(_NAMES)],
             "state": LeadState.CONFIRMED, "discreet": False, "slower": False, "quiet_days": [], "tags": [],
             "watched": 0, "created_at": begun, "confirmed_at": begun}
            for n in numbers
        ]),
        (Signup, [
            {"id": n, "lead_id": n, "offer": offer, "utm": {}, "day": begun.date(),
             "created_at": begun, "asked_at": begun, "downloads": 0,
             "confirmed_at": begun, "received_at": begun, "under_way_at": begun}
            for n in numbers
        ]),
        (Enrolment, [
            {"id": n, "lead_id": n, "signup_id": n, "sequence": COURSE, "round": 1, "state": EnrolmentState.ACTIVE,
             "trigger": "confirm", "started_on": begun.date(), "started_at": begun, "shift_days": 0,
             "skipped_by_edit": [], "due_at": now + timedelta(days=7), "reason": ""}
            for n in numbers
        ]),
        (Delivery, [
            {"id": n, "kind": DeliveryKind.LESSON, "lead_id": n, "signup_id": n, "enrolment_id": n, "sequence": COURSE,
             "lesson_id": LESSON, "edition_lesson_id": edition_lesson, "state": DeliveryState.WAITING,
             "created_at": now, "not_before": now, "local_date": now.date(), "detail": {}, "filled": {}, "reason": "",
             "attempts": 0, "lease_by": "", "adapter": ""}
            for n in numbers
        ]),
    ]  # fmt: skip
    with service.db.write() as session:
        for model, values in rows:
            session.execute(insert(model), values)
