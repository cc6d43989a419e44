"""Readers who each have one lesson to come: half already on a delivery row, half on an enrolment that falls due."""

from __future__ import annotations

import random
from datetime import timedelta

from sqlalchemy import insert, text

from funnel.db import Base
from funnel.migrations import upgrade
from funnel.models import Delivery, DeliveryKind, DeliveryState, Enrolment, EnrolmentState, Lead, LeadState, Signup
from funnel.publishing.publish import publish
from funnel.wiring import Service

COURSE = "anxious-attachment"
LESSON = "name-the-alarm"
_IN_ONE_STATEMENT = 1_000
# Readers beyond their first weeks, so that the lesson is due at once whatever the day of the week is.
_BEGUN = timedelta(days=90)


def address(number: int) -> str:
    return f"reader-{number}@example.org"


def open_house(service: Service) -> None:
    """The schema and the published course: what processes need to start."""
    upgrade(service.db)
    publish(service, service.library, "chaos", service.clock.now())


def write_readers(service: Service, readers: int, seed: int, spread: timedelta) -> None:
    """Readers whose one lesson falls due within `spread` of story time from now."""
    draw = random.Random(f"{seed}:due")
    for first in range(1, readers + 1, _IN_ONE_STATEMENT):
        numbers = range(first, min(first + _IN_ONE_STATEMENT, readers + 1))
        _write(service, {number: draw.uniform(0, 1) * spread for number in numbers})
    if not service.db.is_sqlite:
        with service.db.write() as session:
            for table in ("lead", "signup", "enrolment"):
                session.execute(text(f"SELECT setval('{table}_id_seq', {readers})"))


def _write(service: Service, waits: dict[int, timedelta]) -> None:
    now = service.clock.now()
    begun = now - _BEGUN
    with service.db.read() as session:
        published = service.editions.current(session, COURSE)
    assert published is not None
    others = [lesson.id for lesson in published.sequence.lessons if lesson.id != LESSON]
    by_row = {number: wait for number, wait in waits.items() if number % 2}
    rows: list[tuple[type[Base], list[dict[str, object]]]] = [
        (Lead, [
            {"id": n, "email": address(n), "email_key": address(n), "first_name": "Ada", "state": LeadState.CONFIRMED,
             "discreet": False, "slower": False, "quiet_days": [], "tags": [], "watched": 0, "created_at": begun,
             "confirmed_at": begun}
            for n in waits
        ]),
        (Signup, [
            {"id": n, "lead_id": n, "offer": "course", "utm": {}, "day": begun.date(),
             "created_at": begun, "asked_at": begun,
             "downloads": 0, "confirmed_at": begun, "received_at": begun}
            for n in waits
        ]),
        (Enrolment, [
            {"id": n, "lead_id": n, "signup_id": n, "sequence": COURSE, "round": 1, "state": EnrolmentState.ACTIVE,
             "trigger": "confirm", "started_on": begun.date(), "started_at": begun, "shift_days": 0,
             "skipped_by_edit": others, "due_at": None if n in by_row else now + wait, "reason": ""}
            for n, wait in waits.items()
        ]),
        (Delivery, [
            {"kind": DeliveryKind.LESSON, "lead_id": n, "signup_id": n, "enrolment_id": n, "sequence": COURSE,
             "lesson_id": LESSON, "edition_lesson_id": published.lesson_rows[LESSON], "state": DeliveryState.WAITING,
             "created_at": now + wait, "not_before": now + wait, "local_date": now.date(), "detail": {}, "filled": {},
             "reason": "", "attempts": 0, "lease_by": "", "adapter": ""}
            for n, wait in by_row.items()
        ]),
    ]  # fmt: skip
    with service.db.write() as session:
        for model, values in rows:
            if values:
                session.execute(insert(model), values)
