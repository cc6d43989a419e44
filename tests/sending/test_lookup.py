"""How mail is found by its state, and that being found costs a mail on its way out nothing."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import event, select, text, update

from funnel.deliveries.statements import Lease
from funnel.mail import Outcome, OutcomeKind
from funnel.models import Delivery, DeliveryState, Signup, in_state
from funnel.sending import claims
from funnel.sending.composing import compose_all
from funnel.sending.recipients import recipients
from funnel.sending.recording import record_all
from funnel.wiring import Service
from tests.journey.batches import five_waiting, many_waiting


def test_mail_in_a_state_is_found_by_that_state_alone(service: Service) -> None:
    ids = dict(zip(DeliveryState, [*five_waiting(service), *range(101, 104)], strict=True))
    with service.db.write() as session:
        for number in list(ids.values())[5:]:
            like = session.get_one(Delivery, ids[DeliveryState.WAITING])
            copied = {name: getattr(like, name) for name in ("kind", "lead_id", "created_at", "not_before")}
            session.add(Delivery(id=number, **copied))
        session.flush()
        for state, number in ids.items():
            session.execute(update(Delivery).where(Delivery.id == number).values(state=state))
    with service.db.read() as session:

        def found(*states: DeliveryState) -> set[int]:
            return set(session.scalars(select(Delivery.id).where(in_state(*states))))

        for state, number in ids.items():
            assert found(state) == {number}
            assert found(state, DeliveryState.HELD) == {number, ids[DeliveryState.HELD]}
        assert found(*DeliveryState) == set(ids.values())


def test_on_postgresql_claiming_and_handing_over_write_no_index(service: Service) -> None:
    if service.db.is_sqlite:
        pytest.skip("SQLite writes a row where it is, and an index only where its columns change")
    ids = five_waiting(service)
    now, until = service.clock.now(), service.clock.machine_now()
    written = text(
        "SELECT pg_stat_get_xact_tuples_updated('delivery'::regclass) AS updated, "
        "pg_stat_get_xact_tuples_hot_updated('delivery'::regclass) AS in_place"
    )
    with service.db.write() as session:
        before = session.execute(written).one()
        due, rows = claims.sendable(session, service, ids, now)
        claims.claim_deliveries(session, due, (), Lease("a worker", until), now)
        drafts, _ = compose_all(service, ids, recipients(session, service, rows), now)
        assert len(claims.mark_handing_over(session, service, drafts, "a worker", "memory", now)) == 5
        after = session.execute(written).one()
    assert (after.updated - before.updated, after.in_place - before.in_place) == (10, 10)


def test_on_postgresql_mail_on_its_way_is_found_by_number(
    service: Service,
) -> None:
    """It knows nobody with this lease and nothing that is claimed: by these it would look first, through all mail."""
    if service.db.is_sqlite:
        pytest.skip("SQLite does not reorder what is found by a row's number")
    ids = many_waiting(service, [f"reader-{n}@example.org" for n in range(1500)])[-5:]
    now, until = service.clock.now(), service.clock.machine_now()
    asked: list[tuple[str, Any]] = []
    with service.db.write() as session:
        session.execute(update(Signup).values(received_at=now, under_way_at=now))
        session.execute(text("ANALYZE delivery, lead, enrolment, signup"))
        event.listen(
            service.db.engine, "before_cursor_execute", lambda _c, _x, sql, given, *_: asked.append((sql, given))
        )
        due, rows = claims.sendable(session, service, ids, now)
        claims.claim_deliveries(session, due, (), Lease("a worker", until), now)
        drafts, _ = compose_all(service, ids, recipients(session, service, rows), now)
        claims.mark_handing_over(session, service, drafts, "a worker", "memory", now)
        assert len(asked) == 6  # found and locked, claimed, an edition, their results and answers, handed over
        record_all(session, service, dict.fromkeys(ids, Outcome(OutcomeKind.ACCEPTED)), "memory", now)
        for sql, given in [each for each in asked if "delivery" in each[0] and "UPDATE" in each[0]]:
            plan = session.connection().exec_driver_sql(f"EXPLAIN {sql}", given).scalars().all()
            assert not any("Seq Scan on delivery" in line for line in plan), "\n".join(plan)
