"""A reader who presses a button while her click is taken in: neither is lost where the two wait for each other."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select, text

from funnel.adapters.memory import MemoryAdapter
from funnel.models import Actor, Delivery, Event, EventKind, Lead
from funnel.tracking.goals import note_sign
from funnel.wiring import Service
from tests.journey.steps import join, rows, work
from tests.workers.waiting_for import wait_until

ADA = "ada@example.org"
WAITING = text("SELECT count(*) AS n FROM pg_stat_activity WHERE wait_event_type = 'Lock'")


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_a_sign_is_noted_though_the_database_ended_it_for_a_hit(service: Service, outbox: MemoryAdapter) -> None:
    join(service, ADA)
    work(service)
    mail, now = rows(service, ADA)[-1], service.clock.now()
    with ThreadPoolExecutor(1) as threads:
        with service.db.write() as session:
            session.scalars(select(Delivery).where(Delivery.id == mail.id).with_for_update()).one()
            noted = threads.submit(note_sign, service, mail.id, EventKind.CHOSE, now)
            wait_until(lambda: service.db.ask(WAITING, {}).n)
            lead = session.scalars(select(Lead.id)).one()
            session.add(
                Event(key="hit", kind=EventKind.CLICKED, at=now, delivery_id=mail.id, lead_id=lead, actor=Actor.UNKNOWN)
            )
        assert noted.result(20)
    with service.db.read() as session:
        assert set(session.scalars(select(Event.kind))) == {EventKind.CHOSE, EventKind.CLICKED}
