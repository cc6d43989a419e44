"""A restored backup gives the numbers of what came after it out again, and no old link opens another's page."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
import time_machine
from sqlalchemy import delete, func, insert, select, text

from funnel.adapters.memory import MemoryAdapter
from funnel.bounces import read_bounce
from funnel.bounces.record import BounceOutcome, record_bounce
from funnel.models import Base, Delivery, Event, Lead, LeadState, Signup
from funnel.tracking.tracking import take_in
from funnel.wiring import Service
from tests.bounces.steps import bounce, return_address
from tests.journey.steps import ask, join, live, rows, work
from tests.web.conftest import Pages, text_of
from tests.web.conftest import app as app
from tests.web.conftest import pages as pages

ADA, BEN, CLEO, FAY, GUS = (f"{name}@example.org" for name in ("ada", "ben", "cleo", "fay", "gus"))
Restore = Callable[[], None]
_LINK = re.compile(r'(?:href|src)="https://letters\.example\.org(/(?!media|pages)[^"]+)"')


@pytest.fixture
def backup(service: Service) -> Callable[[], Restore]:
    """Keeps every row; what it gives back puts them in place of all others, and counts on from their numbers."""

    def keep() -> Restore:
        tables = Base.metadata.sorted_tables
        with service.db.read() as session:
            kept = {table.name: [tuple(row) for row in session.execute(select(table))] for table in tables}
        return lambda: _put_back(service, kept)

    return keep


def _put_back(service: Service, kept: dict[str, list[tuple[Any, ...]]]) -> None:
    tables = Base.metadata.sorted_tables
    with service.db.write() as session:
        for table in reversed(tables):
            session.execute(delete(table))
        for table in tables:
            for row in kept[table.name]:
                values = zip(table.columns, row, strict=True)
                session.execute(
                    insert(table).values({column: value for column, value in values if not column.computed})
                )
            if not service.db.is_sqlite and "id" in table.columns:
                last = session.scalar(select(func.max(table.c.id))) or 0
                sequence = session.scalar(text(f"SELECT pg_get_serial_sequence('{table.name}', 'id')"))
                if sequence:
                    session.execute(select(func.setval(sequence, max(last, 1), last > 0)))


def links_in(outbox: MemoryAdapter, email: str) -> list[str]:
    found = [path for mail in outbox.mails if mail.recipient.address == email for path in _LINK.findall(mail.html)]
    return list(dict.fromkeys(map(unescape, found)))


def people(service: Service) -> dict[str, str]:
    with service.db.read() as session:
        return {lead.email: lead.state for lead in session.scalars(select(Lead))}


def test_old_links_do_not_touch_those_who_came_after_a_restore(
    service: Service,
    pages: Pages,
    outbox: MemoryAdapter,
    time: time_machine.Traveller,
    backup: Callable[[], Restore],
) -> None:
    restore = backup()
    asked = ask(service, BEN)
    join(service, FAY, "ebook", name="Fay")
    live(service, time, 8)
    old = links_in(outbox, FAY) + links_in(outbox, BEN)
    mails = rows(service, FAY)
    restore()

    assert ask(service, GUS) == asked
    join(service, CLEO, "ebook", name="Cleo")
    live(service, time, 8)
    assert {row.id for row in mails} == {row.id for row in rows(service, CLEO)}, "the same numbers once more"
    before = people(service)
    for path in old:
        for answer in (pages.client.get(path), pages.client.post(path, data={"do": "pause", "weeks": "2"})):
            said = text_of(answer) if answer.mimetype == "text/html" else ""
            assert not {"Cleo", "Gus", "cleo", "gus"} & set(re.findall(r"\w+", said)), path
            if path[:3] not in ("/o/", "/c/", "/u/"):
                assert answer.status_code in (404, 405, 410), path
    assert people(service) == before == {GUS: "asked", CLEO: "confirmed"}
    with service.db.read() as session:
        assert session.scalars(select(Lead.paused_until)).all() == [None, None]
        assert session.scalars(select(Signup.confirmed_at).where(Signup.id == asked)).one() is None


def test_a_link_of_a_lost_mail_still_stops_mail_to_its_address(
    service: Service,
    pages: Pages,
    outbox: MemoryAdapter,
    time: time_machine.Traveller,
    backup: Callable[[], Restore],
) -> None:
    join(service, ADA, "ebook")
    work(service)
    kept = links_in(outbox, ADA)
    restore = backup()
    live(service, time, 8)
    lost = [path for path in links_in(outbox, ADA) if path not in kept]
    restore()

    stop, gone = (next(path for path in lost if path.startswith(page)) for page in ("/u/", "/p/"))
    assert pages.client.get(gone).status_code == 410
    assert "no longer known" in text_of(pages.client.get(gone))
    assert "no longer known" in text_of(pages.client.get(stop))
    assert people(service) == {ADA: "confirmed"}
    assert pages.client.post(stop, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert people(service) == {ADA: "left"}
    for path in kept:
        if path.startswith(("/p/", "/r/", "/again/")):
            assert pages.client.get(path).status_code == 200, "what was there before the backup opens as ever"


def test_a_late_bounce_or_open_of_a_lost_mail_is_nobodys(
    service: Service, pages: Pages, outbox: MemoryAdapter, time: time_machine.Traveller, backup: Callable[[], Restore]
) -> None:
    restore = backup()
    join(service, FAY, "ebook")
    live(service, time, 3)
    lost = rows(service, FAY)
    tracked = [path for path in links_in(outbox, FAY) if path.startswith(("/o/", "/c/"))]
    returned = [bounce(return_address(service.links, row), FAY) for row in lost]
    restore()

    join(service, CLEO, "ebook")
    live(service, time, 3)
    assert {row.id for row in lost} == {row.id for row in rows(service, CLEO)}
    for raw in returned:
        outcome = record_bounce(service, raw, read_bounce(raw, service.links.open_message_id), service.clock.now())
        assert outcome == BounceOutcome.UNVERIFIED
    for path in tracked:
        pages.client.get(path)
    take_in(service, service.hits)
    assert people(service) == {CLEO: LeadState.CONFIRMED}
    with service.db.read() as session:
        assert session.scalars(select(Event.id).where(Event.delivery_id.is_not(None))).all() == []
        assert set(session.scalars(select(Delivery.opened_at))) == {None}
