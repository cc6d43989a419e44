"""What is marked as being handed over, and what becomes of it when the adapter or we break."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from funnel.adapters.memory import MemoryAdapter
from funnel.channel.breaker import FAILING
from funnel.deliveries.statements import Lease
from funnel.mail import Mail, Outcome, OutcomeKind
from funnel.models import ChannelState, Delivery, Enrolment, LessonCount
from funnel.sending import claims
from funnel.sending.composing import ComposedMail
from funnel.sending.delivery import deliver
from funnel.sending.scheduler import tick
from funnel.wiring import Service
from tests.adapters.examples import connected_to
from tests.adapters.scripted_server import ScriptedServer
from tests.journey.batches import five_waiting, many_waiting, states
from tests.journey.steps import join, live
from tests.servers import cut


def test_a_broken_adapters_mails_are_undecided_and_others_wait(service: Service, outbox: MemoryAdapter) -> None:
    class Broken(MemoryAdapter):
        def send(self, mails: Iterable[Mail]) -> Iterator[tuple[str, Outcome]]:
            yield next(iter(mails)).key, Outcome(OutcomeKind.ACCEPTED)
            next(iter(mails))
            raise RuntimeError("a plug-in with a mistake in it")

    service.channel.use(Broken(window=2))
    ids = five_waiting(service)
    deliver(service, ids, "worker")
    assert states(service) == ["accepted", "unknown", "waiting", "waiting", "waiting"]
    # Not at once: it would break again.
    tick(service, service.clock.now())
    with service.db.read() as session:
        later = session.scalars(select(Delivery.queue_lease_until).where(Delivery.state == "waiting")).all()
    assert later == [service.clock.now() + timedelta(minutes=1)] * 3


def test_an_adapter_that_takes_nothing_has_sent_nothing(service: Service, outbox: MemoryAdapter) -> None:
    class Idle(MemoryAdapter):
        def send(self, mails: Iterable[Mail]) -> Iterator[tuple[str, Outcome]]:
            return iter(())

    service.channel.use(Idle())
    deliver(service, five_waiting(service), "worker")
    assert states(service) == ["waiting"] * 5


def test_a_mail_the_adapter_says_nothing_about_is_undecided(service: Service, outbox: MemoryAdapter) -> None:
    class Silent(MemoryAdapter):
        def send(self, mails: Iterable[Mail]) -> Iterator[tuple[str, Outcome]]:
            yield from ((mail.key, self._outcome(mail)) for mail in mails if int(mail.key) % 2)

    service.channel.use(Silent(window=2))
    ids = five_waiting(service)
    deliver(service, ids, "worker")
    assert states(service) == ["accepted" if key % 2 else "unknown" for key in ids]


class GreedyAdapter(MemoryAdapter):
    """Takes all it can get before it sends any, and looks at the database then."""

    def __init__(self, service: Service, window: int) -> None:
        super().__init__(window=window)
        self._service = service
        self.seen: list[list[str]] = []

    def send(self, mails: Iterable[Mail]) -> Iterator[tuple[str, Outcome]]:
        taken = list(mails)
        self.seen.append(states(self._service))
        yield from super().send(taken)


def test_no_more_is_marked_than_the_adapter_has_on_the_wire(service: Service, outbox: MemoryAdapter) -> None:
    ids = five_waiting(service)
    service.channel.use(greedy := GreedyAdapter(service, window=2))
    deliver(service, ids, "worker")
    on, out = ["handing_over"] * 2, ["accepted"] * 2
    assert greedy.seen == [[*on, *["claimed"] * 3], [*out, *on, "claimed"], [*out, *out, "handing_over"]]
    assert states(service) == ["accepted"] * 5


def test_what_was_marked_and_never_taken_is_given_back(service: Service, outbox: MemoryAdapter) -> None:
    ids = five_waiting(service)
    slow = MemoryAdapter({"reader-1@example.org": Outcome(OutcomeKind.RATE, "not now")}, window=4)
    service.channel.use(slow)
    deliver(service, ids, "worker")
    assert states(service) == ["accepted", "waiting", "waiting", "waiting", "waiting"]
    assert len(slow.mails) == 1


def test_an_error_of_ours_loses_nothing_that_is_on_the_wire(
    service: Service, outbox: MemoryAdapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = five_waiting(service)
    service.channel.use(MemoryAdapter(window=2))
    hand_over, calls = claims.mark_handing_over, []

    def failing(*args: Any) -> list[ComposedMail]:
        calls.append(args)
        if len(calls) == 2:
            raise OSError("the disk is full")
        return hand_over(*args)

    monkeypatch.setattr(claims, "mark_handing_over", failing)
    with pytest.raises(OSError, match="the disk is full"):
        deliver(service, ids, "worker")
    assert states(service) == ["accepted", "accepted", "waiting", "waiting", "waiting"]


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_a_batch_goes_on_if_the_database_hangs_up_in_between(service: Service, outbox: MemoryAdapter) -> None:
    class Cutting(MemoryAdapter):
        def _outcome(self, mail: Mail) -> Outcome:
            with service.db.read() as session:
                session.execute(
                    text(
                        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
                        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                    )
                )
            return super()._outcome(mail)

    ids = five_waiting(service)
    service.channel.use(cutting := Cutting(window=2))
    deliver(service, ids, "worker")
    assert states(service) == ["accepted"] * 5
    assert [int(mail.key) for mail in cutting.mails] == ids


def test_what_another_worker_has_claimed_meanwhile_is_left(service: Service) -> None:
    ids = five_waiting(service)
    now, until = service.clock.now(), service.clock.machine_now() + timedelta(minutes=1)
    with service.db.write() as session:
        due, _ = claims.sendable(session, service, ids, now)
    with service.db.write() as session:
        assert claims.claim_deliveries(session, ids[1:3], (), Lease("another", until), now) == ids[1:3]
    with service.db.write() as session:
        assert claims.claim_deliveries(session, due, (), Lease("worker", until), now) == [ids[0], *ids[3:]]


def test_what_another_worker_handled_meanwhile_is_left(service: Service) -> None:
    ids = five_waiting(service)
    now, until = service.clock.now(), service.clock.machine_now() + timedelta(minutes=1)
    with service.db.write() as session:
        row = session.get_one(Delivery, ids[2])
        row.filled = {"sent_at": now.isoformat()}
    with service.db.write() as session:
        assert claims.claim_deliveries(session, ids[:3], (), Lease("worker", until), now) == ids[:2]
    with service.db.write() as session:
        assert claims.claim_deliveries(session, ids[2:], ids[2:3], Lease("worker", until), now) == ids[2:]


@pytest.mark.parametrize("failing", [2, 3, 4])
def test_a_commit_that_fails_costs_no_outcome_and_no_mail(
    service: Service, outbox: MemoryAdapter, monkeypatch: pytest.MonkeyPatch, failing: int
) -> None:
    ids = five_waiting(service)
    service.channel.use(MemoryAdapter(window=2))
    deliver_but_for_one_commit(service, ids, failing, monkeypatch)
    sent = 2 * (failing - 2)
    assert states(service) == ["accepted"] * sent + ["waiting"] * (5 - sent)


@pytest.mark.parametrize(("failing", "rests"), [(3, []), (4, [FAILING])])
def test_a_failure_counts_once_though_its_transaction_failed(
    service: Service, outbox: MemoryAdapter, monkeypatch: pytest.MonkeyPatch, failing: int, rests: list[str]
) -> None:
    """Twelve failures are no reason to rest, and twenty-four are one."""
    readers = [f"reader-{number}@example.org" for number in range(26)]
    ids = many_waiting(service, readers)
    service.channel.use(MemoryAdapter(dict.fromkeys(readers, OutcomeKind.TEMPORARY), window=12))
    deliver_but_for_one_commit(service, ids, failing, monkeypatch)
    with service.db.read() as session:
        assert session.scalars(select(ChannelState.kind)).all() == rests


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_a_lease_is_renewed_in_a_restarted_transaction(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    lease = timedelta(seconds=service.settings.lease_seconds)
    hand_over, left = claims.mark_handing_over, list[datetime]()

    def cut_off_at_first(session: Session, *rest: Any) -> list[ComposedMail]:
        time.shift(lease / 2 if not left else timedelta(0))
        until = session.scalar(select(func.max(Delivery.lease_until)))
        assert until is not None
        left.append(until)
        if len(left) == 2:
            cut(service.db, session.scalars(text("SELECT pg_backend_pid()")).one())
        return hand_over(session, *rest)

    monkeypatch.setattr(claims, "mark_handing_over", cut_off_at_first)
    ids = five_waiting(service)
    service.channel.use(MemoryAdapter(window=2))
    deliver(service, ids, "worker")
    assert states(service) == ["accepted"] * 5
    assert left[1] == left[2] > left[0], "once before it was cut off, and again"


def test_a_long_batch_keeps_its_lease_alive(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    class Slow(MemoryAdapter):
        def _outcome(self, mail: Mail) -> Outcome:
            time.shift(timedelta(seconds=service.settings.lease_seconds / 2))
            tick(service, service.clock.now())  # would take back what has run out
            return super()._outcome(mail)

    service.channel.use(slow := Slow(window=1))
    ids = five_waiting(service)
    deliver(service, ids, "worker")
    assert [int(mail.key) for mail in slow.mails] == ids


def test_last_lessons_and_others_are_counted_alike(
    service: Service, outbox: MemoryAdapter, time: time_machine.Traveller
) -> None:
    for name in ("ada", "fay"):
        join(service, f"{name}@example.org")
    live(service, time, 60)
    with service.db.read() as session:
        counts = session.execute(select(LessonCount.measure, func.sum(LessonCount.n)).group_by(LessonCount.measure))
        assert dict(counts.all()) == {"accepted": 16}
        assert session.scalars(select(Enrolment.state)).all() == ["finished", "finished"]
        lessons_sent = session.scalars(select(Delivery).where(Delivery.kind == "lesson")).all()
    assert all(row.filled["reader"]["email"] and row.ended_at for row in lessons_sent)


def test_the_servers_name_for_a_mail_may_be_of_any_length(service: Service) -> None:
    ids = five_waiting(service)
    with ScriptedServer() as server:
        server.then(".", "250 2.0.0 Ok: queued as A", "250 2.0.0 Ok: queued as " + "x" * 500)
        service.channel.use(connected_to(server))
        deliver(service, ids, "w")
        assert len(server.mails) == 5
    with service.db.read() as session:
        rows = session.scalars(select(Delivery).order_by(Delivery.id)).all()
    assert [row.state for row in rows] == ["accepted"] * 5
    assert max(len(row.provider_id or "") for row in rows) == 200


def deliver_but_for_one_commit(
    service: Service, ids: Sequence[int], failing: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Delivers, and the commit of this number fails."""
    commit, commits = service.db.engine.dialect.do_commit, []

    def sometimes(connection: Any) -> None:
        commits.append("commit")
        if len(commits) == failing:
            raise OSError("the disk is full")
        commit(connection)

    with monkeypatch.context() as patch:
        patch.setattr(service.db.engine.dialect, "do_commit", sometimes)
        with pytest.raises(OSError, match="the disk is full"):
            deliver(service, ids, "worker")
