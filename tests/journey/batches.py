"""A handful of deliveries for tests of the door."""

from __future__ import annotations

from sqlalchemy import select

from funnel.models import Delivery
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


def states(service: Service) -> list[str]:
    """The states of all deliveries, oldest first."""
    with service.db.read() as session:
        return list(session.scalars(select(Delivery.state).order_by(Delivery.id)))
