"""Many suppressions are taken back at once: by reason and date, and never what somebody said for herself."""

from __future__ import annotations

from datetime import timedelta

import time_machine
from sqlalchemy import select

from funnel.adapters.memory import MemoryAdapter
from funnel.bounces.undoing import UNDOABLE, Wanted, undo, undoable
from funnel.enrolment.giving_up import give_up_address
from funnel.models import Enrolment, Lead, Suppression, SuppressionReason
from funnel.people.suppression import Grounds, suppress
from funnel.wiring import Service
from tests.journey.steps import join, lessons, live, work

BOUNCED, COMPLAINED, ERASED = SuppressionReason.BOUNCED, SuppressionReason.COMPLAINED, SuppressionReason.ERASED


def given_up(service: Service, email: str, reason: SuppressionReason = BOUNCED, note: str = "") -> None:
    with service.db.write() as session:
        lead = session.scalars(select(Lead).where(Lead.email == email)).one()
        give_up_address(session, service.links, lead, Grounds(reason, service.clock.now(), note))


def on_the_list(service: Service) -> list[str]:
    with service.db.read() as session:
        return sorted(session.scalars(select(Suppression.reason)))


def test_those_of_a_reason_and_time_are_undone_and_no_others(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    for name in ("ada", "dan", "fay", "gus"):
        join(service, f"{name}@example.org")
    work(service)
    given_up(service, "fay@example.org")
    time.shift(timedelta(days=2))
    since = service.clock.now()
    given_up(service, "dan@example.org", note="550 5.1.1 <dan@example.org> User unknown")
    given_up(service, "ada@example.org", note="550 5.1.1 <ada@example.org> User unknown")
    given_up(service, "gus@example.org", COMPLAINED)
    with service.db.write() as session:
        suppress(session, service.links, "nobody@example.org", Grounds(BOUNCED, service.clock.now()))
    wanted = Wanted(BOUNCED, since)
    with service.db.read() as session:
        assert undoable(session, wanted).most_common(1) == [("550 5.1.1 … User unknown", 2)]
        assert undoable(session, wanted).total() == 3
    assert undo(service, wanted) == 3
    assert on_the_list(service) == ["bounced", "complained"]
    assert undo(service, wanted) == 0


def test_a_complaint_and_an_erasure_are_never_undone(service: Service, outbox: MemoryAdapter) -> None:
    join(service, "gus@example.org")
    given_up(service, "gus@example.org", COMPLAINED)
    with service.db.write() as session:
        suppress(session, service.links, "erased@example.org", Grounds(ERASED, service.clock.now()))
    assert {COMPLAINED, ERASED}.isdisjoint(UNDOABLE)
    for reason in SuppressionReason:
        assert undo(service, Wanted(reason, service.clock.now() - timedelta(days=1))) == 0
    assert on_the_list(service) == ["complained", "erased"]


def test_who_complains_after_she_was_counted_stays(service: Service, outbox: MemoryAdapter) -> None:
    join(service, "gus@example.org")
    given_up(service, "gus@example.org")
    given_up(service, "gus@example.org", COMPLAINED)
    assert undo(service, Wanted(BOUNCED, service.clock.now() - timedelta(days=1))) == 0


def test_enrolments_go_on_where_they_stood_without_repeats(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    for name in ("ada", "dan"):
        join(service, f"{name}@example.org")
    live(service, time, 8)
    with service.db.read() as session:
        before = [(row.due_at, row.shift_days) for row in session.scalars(select(Enrolment).order_by(Enrolment.id))]
    given_up(service, "dan@example.org")
    time.shift(timedelta(hours=6))
    assert undo(service, Wanted(BOUNCED, service.clock.now() - timedelta(days=1))) == 1
    with service.db.read() as session:
        after = [(row.due_at, row.shift_days) for row in session.scalars(select(Enrolment).order_by(Enrolment.id))]
    assert after == before
    live(service, time, 60)
    assert lessons(service, "dan@example.org") == lessons(service, "ada@example.org")


def test_a_lesson_that_waited_when_she_was_given_up_still_comes(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    from funnel.sending.scheduler import tick

    join(service, "dan@example.org")
    tick(service, service.clock.now())
    assert lessons(service, "dan@example.org") == [("begin-here", "waiting")]
    given_up(service, "dan@example.org")
    assert lessons(service, "dan@example.org") == [("begin-here", "skipped")]
    undo(service, Wanted(BOUNCED, service.clock.now() - timedelta(days=1)))
    work(service)
    assert lessons(service, "dan@example.org") == [("begin-here", "accepted")]
