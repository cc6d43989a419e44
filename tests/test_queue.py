"""Redis says only "look now": it may be away, emptied, or hold the same batch twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from redis import Redis
from rq import Queue
from rq.job import Job
from rq.serializers import JSONSerializer
from sqlalchemy import select

from funnel.adapters.memory import MemoryAdapter
from funnel.mail import OutcomeKind
from funnel.models import Delivery
from funnel.queue import DeliveryQueue
from funnel.roster import show_heartbeat
from funnel.sending.delivery import deliver
from funnel.sending.scheduler import tick
from funnel.wiring import Service
from tests.journey.batches import many_waiting
from tests.journey.steps import ask, join, rows

pytestmark = pytest.mark.redis
AWAY = "redis://127.0.0.1:1/0"


@pytest.fixture
def service(
    make_service: Callable[..., Service], redis: Redis, redis_url: str, time: time_machine.Traveller
) -> Service:
    """The service with a Redis in which there is nothing yet."""
    return make_service(redis_url=redis_url)


@pytest.fixture
def away(make_service: Callable[..., Service], time: time_machine.Traveller) -> Service:
    """The same service as somebody has it who cannot reach Redis."""
    return make_service(redis_url=AWAY)


@contextmanager
def at_once_after_a_put(service: Service, step: Callable[[Sequence[int]], object]) -> Iterator[None]:
    """Takes this step with the ids of each batch that is put, before whoever put it hears of that."""
    put = service.queue.put

    def put_and_step(ids: Sequence[int], *, urgent: bool = False) -> bool:
        done = put(ids, urgent=urgent)
        step(ids)
        return done

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(service.queue, "put", put_and_step)
        yield


def test_urgent_mail_and_lessons_have_own_queues_of_ids_only(redis: Redis, redis_url: str) -> None:
    queue = DeliveryQueue(redis_url)
    assert queue.put([1, 2], urgent=True)
    assert queue.put([3], urgent=False)
    assert queue.lengths() == {"urgent": 1, "lessons": 1}
    jobs = [
        Job.fetch(key, connection=redis, serializer=JSONSerializer) for key in Queue("urgent", connection=redis).job_ids
    ]
    assert [(job.func_name, job.args) for job in jobs] == [("workers.jobs.deliver", [[1, 2]])]
    queue.close()


@pytest.mark.parametrize(
    ("most", "workers", "batches"),
    [(1000, 0, [201]), (1000, 1, [201]), (150, 1, [150, 51]), (1000, 2, [101, 100]), (1000, 9, [100, 100, 1])],
)
def test_what_waits_is_shared_by_the_workers_where_worth_it(
    make_service: Callable[..., Service],
    redis: Redis,
    redis_url: str,
    time: time_machine.Traveller,
    most: int,
    workers: int,
    batches: list[int],
) -> None:
    service = make_service(redis_url=redis_url, batch_size=most)
    ids = many_waiting(service, [f"reader-{number}@example.org" for number in range(201)])
    redis.flushall()
    for number in range(workers):
        show_heartbeat(redis, f"harbour.{number}")
    assert tick(service, service.clock.now()).queued == 201
    jobs = Queue("lessons", connection=redis, serializer=JSONSerializer).jobs
    assert [len(job.args[0]) for job in jobs] == batches
    assert sorted(key for job in jobs for key in job.args[0]) == ids


def test_a_queue_that_is_away_refuses_and_raises_nothing() -> None:
    queue = DeliveryQueue(AWAY)
    assert queue.put([1]) is False
    assert queue.lengths() == {}
    assert queue.lost(datetime.now(UTC)) is None
    assert queue.urgent_since("") == (False, "")
    assert queue.workers() is None
    queue.close()


def test_mail_asked_for_without_redis_is_queued_when_it_is_back(away: Service, service: Service) -> None:
    ask(away, "ada@example.org")
    assert tick(away, away.clock.now()).queued == 0
    assert tick(service, service.clock.now()).queued == 1
    assert tick(service, service.clock.now()).queued == 0
    assert service.queue.lengths() == {"urgent": 1, "lessons": 0}


def test_after_redis_was_emptied_all_that_waits_is_queued_again(
    service: Service, redis: Redis, time: time_machine.Traveller
) -> None:
    ask(service, "ada@example.org")
    tick(service, service.clock.now())
    redis.flushall()
    time.shift(timedelta(seconds=1))
    assert tick(service, service.clock.now()).queued == 1


def test_a_batch_that_redis_lost_is_queued_again_in_ten_minutes(
    service: Service, redis: Redis, time: time_machine.Traveller
) -> None:
    many_waiting(service, ["ada@example.org", "ben@example.org", "cleo@example.org"])
    tick(service, service.clock.now())
    redis.delete("rq:queue:lessons")
    time.shift(timedelta(minutes=9))
    assert tick(service, service.clock.now()).queued == 0
    time.shift(timedelta(minutes=2))
    assert tick(service, service.clock.now()).queued == 3


@pytest.mark.parametrize("who", ["the clock", "whoever takes the sign-up"])
def test_a_death_before_a_batch_is_queued_costs_only_seconds(
    service: Service, away: Service, redis: Redis, time: time_machine.Traveller, who: str
) -> None:
    service.queue.remember()
    if who == "the clock":
        ask(away, "ada@example.org")

    def dies(*_: object, **__: object) -> bool:
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(service.queue, "put", dies)
        with pytest.raises(KeyboardInterrupt):
            tick(service, service.clock.now()) if who == "the clock" else ask(service, "ada@example.org")
    time.shift(timedelta(seconds=14))
    assert tick(service, service.clock.now()).queued == 0
    time.shift(timedelta(seconds=2))
    assert tick(service, service.clock.now()).queued == 1
    assert tick(service, service.clock.now()).queued == 0
    assert redis.zcard("funnel:under-way") == 0


def test_a_mail_that_waits_again_too_soon_is_tried_in_time(
    service: Service, away: Service, time: time_machine.Traveller
) -> None:
    service.queue.remember()
    later = dict.fromkeys(("ada@example.org", "ben@example.org"), OutcomeKind.TEMPORARY)
    service.channel.use(MemoryAdapter(later))
    with at_once_after_a_put(service, lambda ids: deliver(service, ids, "a quick worker")):
        ask(service, "ada@example.org")  # put there as soon as it was asked for
        ask(away, "ben@example.org")
        tick(service, service.clock.now())  # and this by the clock
    assert [row.attempts for email in later for row in rows(service, email)] == [1, 1]
    time.shift(timedelta(minutes=2))
    assert tick(service, service.clock.now()).queued == 2


def test_a_lesson_put_off_before_it_is_noted_is_queued_in_time(service: Service, time: time_machine.Traveller) -> None:
    service.queue.remember()

    def midnight(ids: Sequence[int]) -> None:
        """What `stale` does with a lesson whose day goes by while it waits, and whose next day is not free."""
        with service.db.write() as session:
            for lesson in session.scalars(select(Delivery).where(Delivery.id.in_(ids), Delivery.kind == "lesson")):
                lesson.not_before, lesson.queue_lease_until = lesson.not_before + timedelta(minutes=2), None

    with at_once_after_a_put(service, midnight):
        join(service, "ada@example.org")
    lesson = next(row for row in rows(service, "ada@example.org") if row.kind == "lesson")
    time.shift(timedelta(minutes=3))
    tick(service, service.clock.now())
    noted = next(row for row in rows(service, "ada@example.org") if row.id == lesson.id).queue_lease_until
    assert (lesson.queue_lease_until, noted is not None) == (None, True)


def test_redis_emptied_while_it_is_refilled_is_refilled_again(
    service: Service, redis: Redis, time: time_machine.Traveller
) -> None:
    ask(service, "ada@example.org")
    redis.flushall()
    with at_once_after_a_put(service, lambda _: redis.flushall()):
        assert tick(service, service.clock.now()).queued == 1
    time.shift(timedelta(seconds=1))
    assert tick(service, service.clock.now()).queued == 1
    assert service.queue.lost(service.clock.machine_now()) == (False, ())


def test_a_clock_that_dies_refilling_redis_still_refills_it(
    service: Service, redis: Redis, time: time_machine.Traveller
) -> None:
    redis.flushall()
    assert service.queue.lost(service.clock.machine_now()) == (True, ())
    assert service.queue.lost(service.clock.machine_now()) == (True, ())
    service.queue.remember()
    assert service.queue.lost(service.clock.machine_now()) == (False, ())
