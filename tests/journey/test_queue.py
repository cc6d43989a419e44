"""Redis says only "look now": it may be away, emptied, or hold the same batch twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

import pytest
import time_machine
from redis import Redis
from rq import Queue
from rq.job import Job
from rq.serializers import JSONSerializer

from funnel.adapters.memory import MemoryAdapter
from funnel.journey.delivery import deliver
from funnel.journey.outbox import tick
from funnel.journey.queue import DeliveryQueue, open_redis
from funnel.mail import OutcomeKind
from funnel.wiring import Service
from tests.journey.steps import ask, rows

pytestmark = pytest.mark.redis


@pytest.fixture
def redis(redis_url: str) -> Iterator[Redis]:
    with open_redis(redis_url) as client:
        client.flushall()
        yield client


def test_urgent_mail_and_lessons_stand_in_queues_of_their_own_and_hold_ids_only(redis: Redis, redis_url: str) -> None:
    queue = DeliveryQueue(redis_url)
    assert queue.put([1, 2], urgent=True)
    assert queue.put([3], urgent=False)
    assert queue.lengths() == {"urgent": 1, "lessons": 1}
    jobs = [
        Job.fetch(key, connection=redis, serializer=JSONSerializer) for key in Queue("urgent", connection=redis).job_ids
    ]
    assert [(job.func_name, job.args) for job in jobs] == [("workers.jobs.deliver", [[1, 2]])]
    queue.close()


def test_a_queue_that_is_away_refuses_and_raises_nothing() -> None:
    queue = DeliveryQueue("redis://127.0.0.1:1/0")
    assert queue.put([1]) is False
    assert queue.lengths() == {}
    assert queue.was_emptied() is None
    queue.close()


def test_mail_that_was_asked_for_while_redis_is_away_is_queued_when_it_is_back(
    make_service: Callable[..., Service], redis: Redis, redis_url: str, time: time_machine.Traveller
) -> None:
    away = make_service(redis_url="redis://127.0.0.1:1/0")
    ask(away, "ada@example.org")
    assert tick(away, away.clock.now()).queued == 0
    back = make_service(redis_url=redis_url)
    assert tick(back, back.clock.now()).queued == 1
    assert tick(back, back.clock.now()).queued == 0
    assert back.queue.lengths() == {"urgent": 1, "lessons": 0}


def test_when_redis_was_emptied_everything_that_waits_is_put_on_again(
    make_service: Callable[..., Service], redis: Redis, redis_url: str, time: time_machine.Traveller
) -> None:
    service = make_service(redis_url=redis_url)
    ask(service, "ada@example.org")
    tick(service, service.clock.now())
    redis.flushall()
    time.shift(timedelta(seconds=1))
    assert tick(service, service.clock.now()).queued == 1


def test_a_batch_that_redis_lost_alone_is_put_on_again_after_ten_minutes(
    make_service: Callable[..., Service], redis: Redis, redis_url: str, time: time_machine.Traveller
) -> None:
    service = make_service(redis_url=redis_url)
    ask(service, "ada@example.org")
    tick(service, service.clock.now())
    redis.delete("rq:queue:urgent")
    time.shift(timedelta(minutes=9))
    assert tick(service, service.clock.now()).queued == 0
    time.shift(timedelta(minutes=2))
    assert tick(service, service.clock.now()).queued == 1


def test_a_clock_that_dies_before_it_could_put_its_batch_costs_seconds_and_not_minutes(
    make_service: Callable[..., Service],
    redis: Redis,
    redis_url: str,
    time: time_machine.Traveller,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    service = make_service(redis_url=redis_url)
    service.queue.remember()
    ask(make_service(redis_url="redis://127.0.0.1:1/0"), "ada@example.org")

    def dies(*_: object, **__: object) -> bool:
        raise KeyboardInterrupt

    put = service.queue.put
    monkeypatch.setattr(service.queue, "put", dies)
    with pytest.raises(KeyboardInterrupt):
        tick(service, service.clock.now())
    monkeypatch.setattr(service.queue, "put", put)
    time.shift(timedelta(seconds=16))
    assert tick(service, service.clock.now()).queued == 1


def test_a_mail_that_is_taken_and_waits_again_before_the_clock_has_noted_that_it_is_queued_is_tried_in_time(
    make_service: Callable[..., Service],
    redis: Redis,
    redis_url: str,
    time: time_machine.Traveller,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    service = make_service(redis_url=redis_url)
    service.queue.remember()
    later = dict.fromkeys(("ada@example.org", "ben@example.org"), OutcomeKind.TEMPORARY)
    service.channel.use(MemoryAdapter(later))
    put = service.queue.put

    def taken_at_once(ids: Sequence[int], *, urgent: bool = False) -> bool:
        done = put(ids, urgent=urgent)
        deliver(service, ids, "a quick worker")
        return done

    monkeypatch.setattr(service.queue, "put", taken_at_once)
    ask(service, "ada@example.org")  # put there as soon as it was asked for
    ask(make_service(redis_url="redis://127.0.0.1:1/0"), "ben@example.org")
    tick(service, service.clock.now())  # and this by the clock
    assert [row.attempts for email in later for row in rows(service, email)] == [1, 1]
    monkeypatch.setattr(service.queue, "put", put)
    time.shift(timedelta(minutes=2))
    assert tick(service, service.clock.now()).queued == 2


def test_redis_that_is_emptied_again_while_it_is_refilled_is_refilled_again(
    make_service: Callable[..., Service],
    redis: Redis,
    redis_url: str,
    time: time_machine.Traveller,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    service = make_service(redis_url=redis_url)
    ask(service, "ada@example.org")
    put = service.queue.put

    def lost_at_once(ids: Sequence[int], *, urgent: bool = False) -> bool:
        done = put(ids, urgent=urgent)
        redis.flushall()
        return done

    redis.flushall()
    monkeypatch.setattr(service.queue, "put", lost_at_once)
    assert tick(service, service.clock.now()).queued == 1
    monkeypatch.setattr(service.queue, "put", put)
    time.shift(timedelta(seconds=1))
    assert tick(service, service.clock.now()).queued == 1
    assert service.queue.was_emptied() is False


def test_a_clock_that_dies_while_it_refills_an_emptied_redis_does_not_forget_that_it_was_emptied(
    make_service: Callable[..., Service], redis: Redis, redis_url: str, time: time_machine.Traveller
) -> None:
    service = make_service(redis_url=redis_url)
    redis.flushall()
    assert service.queue.was_emptied() is True
    assert service.queue.was_emptied() is True
    service.queue.remember()
    assert service.queue.was_emptied() is False
