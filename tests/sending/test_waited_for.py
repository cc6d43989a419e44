"""Mail that somebody waits for: whenever its worker dies, it is there within a minute, and twice only in doubt."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from time import monotonic, sleep

import pytest
import time_machine
from redis import Redis
from rq import Queue
from sqlalchemy import update

from funnel.adapters.memory import MemoryAdapter
from funnel.mail import Mail, Outcome, OutcomeKind
from funnel.models import Delivery, DeliveryState
from funnel.sending import leases
from funnel.sending.delivery import deliver
from funnel.sending.scheduler import tick
from funnel.wiring import Service
from tests.journey.batches import five_waiting
from tests.journey.steps import ask, rows, work

PROMISED = timedelta(seconds=60)
EMAIL = "ada@example.org"


class Killed(BaseException):
    """As SIGKILL: nothing that stands behind it is done."""


class Dies(MemoryAdapter):
    """Its worker is killed with the mail on the wire."""

    def send(self, mails: Iterable[Mail]) -> Iterator[tuple[str, Outcome]]:
        for _ in mails:
            raise Killed
        yield from ()


@pytest.fixture
def queued(make_service: Callable[..., Service], redis: Redis, redis_url: str, time: time_machine.Traveller) -> Service:
    service = make_service(redis_url=redis_url)
    service.queue.remember()
    return service


def confirmation(service: Service, email: str = EMAIL) -> Delivery:
    return rows(service, email)[0]


def killed_at(service: Service, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    """A worker takes Ada's confirmation and is killed there; what it would have tidied up stays undone."""
    with monkeypatch.context() as patch:

        def dies(*_: object, **__: object) -> None:
            raise Killed

        patch.setattr("funnel.sending.batch.DeliveryBatch.settle", lambda _: None)
        if step == "claimed":
            patch.setattr("funnel.sending.batch.DeliveryBatch.send", dies)
        else:
            service.channel.use(Dies())
        with pytest.raises(Killed):
            deliver(service, [confirmation(service).id], "the first worker")
    assert confirmation(service).state == step


@pytest.mark.redis
def test_an_id_lost_with_its_worker_is_queued_in_half_a_minute(
    queued: Service, redis: Redis, time: time_machine.Traveller
) -> None:
    ask(queued, EMAIL)
    assert redis.lpop("rq:queue:urgent")
    time.shift(timedelta(seconds=29))
    assert tick(queued, queued.clock.now()).queued == 0
    time.shift(timedelta(seconds=2))
    assert tick(queued, queued.clock.now()).queued == 1


@pytest.mark.redis
def test_what_waits_behind_many_others_is_not_queued_repeatedly(
    queued: Service, redis: Redis, time: time_machine.Traveller
) -> None:
    for name in ("ada", "ben", "cleo"):
        ask(queued, f"{name}@example.org")
        time.shift(timedelta(seconds=20))
    time.shift(timedelta(minutes=5))
    assert tick(queued, queued.clock.now()).queued == 0
    assert redis.llen("rq:queue:urgent") == 3


@pytest.mark.redis
def test_an_id_lost_while_others_wait_is_queued_again_too(
    queued: Service, redis: Redis, time: time_machine.Traveller
) -> None:
    ask(queued, EMAIL)
    time.shift(timedelta(seconds=20))
    ask(queued, "ben@example.org")
    assert redis.lpop("rq:queue:urgent")
    time.shift(timedelta(seconds=15))
    assert tick(queued, queued.clock.now()).queued == 1
    assert confirmation(queued).queue_lease_until == queued.clock.machine_now() + timedelta(seconds=30)


@pytest.mark.redis
def test_mail_that_was_put_off_is_not_put_on_before_its_time(queued: Service, time: time_machine.Traveller) -> None:
    ask(queued, EMAIL)
    Queue("urgent", connection=queued.queue._redis).empty()  # type: ignore[no-untyped-call]
    until = queued.clock.machine_now() + timedelta(minutes=5)
    with queued.db.write() as session:
        session.execute(update(Delivery).values(queue_lease_until=until))
    time.shift(timedelta(minutes=4))
    assert tick(queued, queued.clock.now()).queued == 0
    time.shift(timedelta(minutes=2))
    assert tick(queued, queued.clock.now()).queued == 1


@pytest.mark.parametrize("step", ["claimed", "handing_over"])
def test_a_killed_workers_confirmation_goes_within_a_minute(
    service: Service, monkeypatch: pytest.MonkeyPatch, time: time_machine.Traveller, step: str
) -> None:
    ask(service, EMAIL)
    killed_at(service, monkeypatch, step)
    arrived = MemoryAdapter()
    service.channel.use(arrived)
    began = service.clock.machine_now()
    while not arrived.mails and service.clock.machine_now() - began < PROMISED:
        time.shift(timedelta(seconds=1))
        work(service)
    assert [mail.recipient.address for mail in arrived.mails] == [EMAIL]
    assert confirmation(service).state == DeliveryState.ACCEPTED
    assert confirmation(service).attempts == (1 if step == "handing_over" else 0)


def test_a_lesson_handed_over_is_believed_in_for_ten_minutes(service: Service, time: time_machine.Traveller) -> None:
    key = five_waiting(service)[0]
    service.channel.use(Dies())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("funnel.sending.batch.DeliveryBatch.settle", lambda _: None)
        with pytest.raises(Killed):
            deliver(service, [key], "a worker")
    time.shift(timedelta(minutes=10))
    tick(service, service.clock.now())
    with service.db.read() as session:
        assert session.get_one(Delivery, key).state == DeliveryState.HANDING_OVER


class Slow(MemoryAdapter):
    """Takes `minutes` for an answer, half a lease at a time, while a clock ticks and another worker looks."""

    def __init__(self, service: Service, time: time_machine.Traveller, minutes: int) -> None:
        super().__init__()
        self._service, self._time, self._ends = service, time, service.clock.now() + timedelta(minutes=minutes)
        self.alive_until: datetime | None = None

    def send(self, mails: Iterable[Mail]) -> Iterator[tuple[str, Outcome]]:
        for mail in mails:
            self.mails.append(mail)
            while self._service.clock.now() < self._ends and self._renewed():
                self._time.shift(timedelta(seconds=15))
                tick(self._service, self._service.clock.now())
                deliver(self._service, [int(mail.key)], "another worker")
            yield mail.key, Outcome(OutcomeKind.ACCEPTED)

    def _renewed(self) -> bool:
        """Waits for the heartbeat that is due; False where none comes."""
        until = monotonic() + 1.5
        while monotonic() < until:
            row = confirmation(self._service)
            if row.lease_until and row.lease_until >= self._service.clock.machine_now() + timedelta(seconds=30):
                self.alive_until = self._service.clock.machine_now()
                return True
            sleep(0.01)
        return False


def test_a_slow_relay_does_not_bring_a_second_copy(
    service: Service, monkeypatch: pytest.MonkeyPatch, time: time_machine.Traveller
) -> None:
    monkeypatch.setattr(leases, "_RENEWED_AFTER", 0.001)  # of half a minute
    ask(service, EMAIL)
    slow = Slow(service, time, minutes=5)
    service.channel.use(slow)
    deliver(service, [confirmation(service).id], "the first worker")
    assert [mail.recipient.address for mail in slow.mails] == [EMAIL]
    assert (confirmation(service).state, confirmation(service).attempts) == (DeliveryState.ACCEPTED, 0)


def test_a_hung_worker_keeps_mail_only_as_long_as_a_server_may(
    make_service: Callable[..., Service], monkeypatch: pytest.MonkeyPatch, time: time_machine.Traveller
) -> None:
    monkeypatch.setattr(leases, "_RENEWED_AFTER", 0.001)
    service = make_service(wire_seconds=120)
    ask(service, EMAIL)
    began = service.clock.machine_now()
    slow = Slow(service, time, minutes=60)
    service.channel.use(slow)
    deliver(service, [confirmation(service).id], "the first worker")
    assert slow.alive_until is not None
    assert slow.alive_until - began < timedelta(seconds=120 + 15)
