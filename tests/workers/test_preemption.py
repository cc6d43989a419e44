"""Mail that somebody waits for does not stand behind a batch of lessons, unless another worker is free for it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from redis import Redis

from funnel.adapters.memory import MemoryAdapter
from funnel.mail import Mail, Outcome
from funnel.queue import open_redis
from funnel.sending.scheduler import tick
from funnel.wiring import Service
from tests.journey.batches import five_waiting
from tests.journey.steps import ask
from workers import jobs
from workers.preemption import LOOK_EVERY, UrgentPreemption
from workers.stopping import Stop
from workers.worker import BatchWorker

pytestmark = pytest.mark.redis


@pytest.fixture
def service(
    make_service: Callable[..., Service], redis: Redis, redis_url: str, time: time_machine.Traveller
) -> Service:
    return make_service(redis_url=redis_url)


def looks(gives_way: UrgentPreemption, time: time_machine.Traveller) -> bool:
    """What it says when it has looked once more."""
    time.shift(LOOK_EVERY)
    return gives_way()


def test_it_gives_way_when_urgent_mail_has_waited_for_a_second(service: Service, time: time_machine.Traveller) -> None:
    gives_way = UrgentPreemption(service, lambda: False)
    assert not looks(gives_way, time), "nobody waits"
    service.queue.put([1], urgent=True)
    assert not looks(gives_way, time), "another worker may be about to take it"
    assert not gives_way(), "it has not looked again yet"
    assert looks(gives_way, time)
    assert gives_way(), "and says so as long as it is asked"


def test_any_amount_of_urgent_mail_others_take_is_no_reason(
    service: Service, redis: Redis, time: time_machine.Traveller
) -> None:
    gives_way = UrgentPreemption(service, lambda: False)
    for number in range(5):
        service.queue.put([number], urgent=True)
        service.queue.put([number], urgent=True)
        assert not looks(gives_way, time)
        redis.lpop("rq:queue:urgent", 2)


def test_urgent_mail_others_take_too_little_of_is_a_reason(
    service: Service, redis: Redis, time: time_machine.Traveller
) -> None:
    gives_way = UrgentPreemption(service, lambda: False)
    said = []
    for number in range(3):
        service.queue.put([number], urgent=True)
        service.queue.put([number], urgent=True)
        said.append(looks(gives_way, time))
        redis.lpop("rq:queue:urgent")
    assert said == [False, True, True]


def test_whoever_is_told_to_stop_stops_at_once_and_asks_nobody(
    service: Service, time: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service.queue, "urgent_since", None)
    assert looks(UrgentPreemption(service, lambda: True), time)


def test_nothing_is_urgent_while_redis_is_away(
    service: Service, time: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.queue.put([1], urgent=True)
    gives_way = UrgentPreemption(service, lambda: False)
    with monkeypatch.context() as patch:
        patch.setattr(service.queue, "_redis", open_redis("redis://127.0.0.1:1/0"))
        assert not looks(gives_way, time)
        assert not looks(gives_way, time)
    assert not looks(gives_way, time)
    assert looks(gives_way, time)


def test_a_redis_that_answers_slowly_is_asked_seldom(
    service: Service, time: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def slowly(last: str) -> tuple[bool, str]:
        asked.append(last)
        time.shift(timedelta(seconds=3))
        return False, "a batch"

    monkeypatch.setattr(service.queue, "urgent_since", slowly)
    gives_way = UrgentPreemption(service, lambda: False)
    for _ in range(31):
        looks(gives_way, time)
    assert asked == ["", "a batch"], "at once, and when thirty seconds had passed"


def test_a_machine_whose_time_is_set_back_goes_on_looking(service: Service, time: time_machine.Traveller) -> None:
    gives_way = UrgentPreemption(service, lambda: False)
    service.queue.put([1], urgent=True)
    time.shift(-timedelta(hours=1))
    assert not looks(gives_way, time)
    assert looks(gives_way, time)


class Slow(MemoryAdapter):
    """Takes a second for each mail; while the first is on its way somebody signs up."""

    def __init__(self, service: Service, time: time_machine.Traveller) -> None:
        super().__init__(window=1)
        self._service, self._time = service, time

    def _outcome(self, mail: Mail) -> Outcome:
        outcome = super()._outcome(mail)
        if len(self.mails) == 1:
            ask(self._service, "grace@example.org")
        self._time.shift(timedelta(seconds=1))
        return outcome

    @property
    def to_grace(self) -> list[bool]:
        return [mail.recipient.address == "grace@example.org" for mail in self.mails]


@pytest.fixture
def slow(service: Service, time: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch) -> Slow:
    adapter = Slow(service, time)
    service.channel.use(adapter)
    monkeypatch.setattr(jobs, "_at_work", jobs.AtWork(service, "worker", lambda: False))
    return adapter


def test_a_confirmation_leaves_amid_a_batch_of_lessons(service: Service, redis: Redis, slow: Slow) -> None:
    ids = five_waiting(service)
    redis.flushall()
    service.queue.remember()
    service.queue.put(ids)
    work(redis, "harbour.1")
    assert slow.to_grace == [False, False, True]
    # What was given back is enqueued by the clock, and leaves too.
    assert tick(service, service.clock.now()).queued == 3
    work(redis, "harbour.2")
    assert slow.to_grace == [False, False, True, False, False, False]
    assert len({mail.key for mail in slow.mails}) == 6


def test_a_batch_of_urgent_mail_gives_way_to_none(service: Service, redis: Redis, slow: Slow) -> None:
    ids = five_waiting(service)
    redis.flushall()
    service.queue.put(ids, urgent=True)
    work(redis, "harbour.1")
    assert slow.to_grace == [False] * 5 + [True]


def work(redis: Redis, name: str) -> None:
    """A worker does all that is on the queues."""
    BatchWorker(redis, name, Stop()).work(burst=True, logging_level="WARNING")
