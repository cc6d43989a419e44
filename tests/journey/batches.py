"""A handful of deliveries for tests of the door."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, insert, inspect, select, text, update
from sqlalchemy.orm import Session

from funnel.db import Base
from funnel.models import Delivery, Enrolment, Lead, Signup
from funnel.wiring import Service
from tests.journey.steps import join


def waiting(service: Service) -> list[int]:
    """The numbers of the deliveries that wait."""
    with service.db.read() as session:
        return list(session.scalars(select(Delivery.id).where(Delivery.state == "waiting").order_by(Delivery.id)))


def five_waiting(service: Service) -> list[int]:
    """Five readers with their first lesson waiting each, and nothing else."""
    for number in range(5):
        join(service, f"reader-{number}@example.org")
    with service.db.write() as session:
        for row in session.scalars(select(Delivery).where(Delivery.kind == "confirmation")):
            session.delete(row)
    return waiting(service)


def many_waiting(service: Service, emails: Sequence[str]) -> list[int]:
    """A reader of each address with the first lesson waiting, and nothing else.

    The first has signed up and confirmed; the others' rows are hers with another address, for that is soon done.
    """
    join(service, emails[0])
    with service.db.write() as session:
        session.execute(delete(Delivery).where(Delivery.kind == "confirmation"))
        session.execute(update(Delivery).values(queue_lease_until=None))
        (lead,) = _rows(session, Lead)
        numbers = [lead["id"] + n for n in range(1, len(emails))]
        copies = [{**lead, "id": n, "email": e, "email_key": e} for n, e in zip(numbers, emails[1:], strict=True)]
        session.execute(insert(Lead), copies)
        for model, ours in ((Signup, ()), (Enrolment, ("signup_id",)), (Delivery, ("signup_id", "enrolment_id"))):
            (row,) = _rows(session, model)
            away = [n - lead["id"] for n in numbers]
            session.execute(
                insert(model),
                [
                    {**row, "id": row["id"] + n, "lead_id": lead["id"] + n, **{c: row[c] + n for c in ours}}
                    for n in away
                ],
            )
            _go_on_counting(session, model)
        _go_on_counting(session, Lead)
    return waiting(service)


def _rows(session: Session, model: type[Base]) -> list[dict[str, Any]]:
    """The rows of a table as plain values."""
    names = [column.key for column in inspect(model).column_attrs if not column.deferred]
    return [{name: getattr(row, name) for name in names} for row in session.scalars(select(model))]


def _go_on_counting(session: Session, model: type[Base]) -> None:
    """PostgreSQL gives the next row the next number; SQLite does so by itself."""
    if session.get_bind().dialect.name == "postgresql":
        table = model.__tablename__
        session.execute(text(f"SELECT setval('{table}_id_seq', (SELECT max(id) FROM {table}))"))


def states(service: Service) -> list[str]:
    """The states of all deliveries, oldest first."""
    with service.db.read() as session:
        return list(session.scalars(select(Delivery.state).order_by(Delivery.id)))
