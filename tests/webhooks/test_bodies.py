"""Bodies, from the door to the rows: worked on once, found again, and forgotten."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer
from sqlalchemy import select

from funnel.models import Delivery, HookBody, HookState
from funnel.privacy.sweep import Sweeper
from funnel.webhooks.queue import HookQueue
from funnel.webhooks.record import Applied
from funnel.webhooks.stored import overdue, process_bodies, sweep
from funnel.wiring import Service
from tests.webhooks import samples, signing
from tests.webhooks.conftest import Amazon
from tests.webhooks.steps import DAN, body, put, reason_of
from workers import jobs


def test_a_batch_is_worked_on_whole_and_once(service: Service, dan: Delivery) -> None:
    key, now = str(dan.id), service.clock.now()
    batch = [
        samples.sendgrid("processed", key, DAN),
        samples.sendgrid("delivered", key, DAN),
        samples.sendgrid("delivered", key, DAN),
        samples.sendgrid("spamreport", "999999", "stranger@example.org"),
        {"nonsense": True},
        samples.sendgrid("bounce", key, DAN, type="bounce", reason="550 5.1.1 user unknown", status="5.1.1"),
    ]
    number = put(service, "sendgrid", signing.sendgrid(batch, now))
    done = process_bodies(service, [number], now)
    assert done == {Applied.NOTED: 2, Applied.KNOWN: 1, Applied.PASSED: 1, Applied.NOT_OURS: 1}
    assert body(service, number).state == HookState.DONE
    assert reason_of(service) == "bounced"
    assert sum(process_bodies(service, [number], now).values()) == 0


def test_a_body_that_cannot_be_read_says_so_and_holds_up_nobody(service: Service, dan: Delivery) -> None:
    bad = put(service, "postmark", (b"\xff{", signing.BASIC))
    good = put(service, "postmark", signing.basic(samples.postmark("SpamComplaint", str(dan.id), DAN)))
    process_bodies(service, [bad, 4711, good], service.clock.now())
    assert (body(service, bad).state, body(service, bad).error) == ("failed", "the body is not JSON")
    assert reason_of(service) == "complained"


def test_what_the_queue_lost_is_found_again(
    service: Service, dan: Delivery, time: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = put(service, "postmark", signing.basic(samples.postmark("SpamComplaint", str(dan.id), DAN)))
    assert overdue(service) == [number]  # there was no queue
    assert sweep(service, HookQueue("")) == 0
    monkeypatch.setattr(jobs, "_at_work", jobs.AtWork(service, "worker", lambda: False))
    jobs.process_webhooks([])
    assert overdue(service) == []
    assert reason_of(service) == "complained"


def test_bodies_are_forgotten_after_a_month(service: Service, dan: Delivery, time: time_machine.Traveller) -> None:
    numbers = [
        put(service, "postmark", signing.basic(samples.postmark("Delivery", str(dan.id), DAN))) for _ in range(2)
    ]
    process_bodies(service, numbers[:1], service.clock.now())
    time.shift(timedelta(days=31))
    Sweeper(service).all()
    with service.db.read() as session:
        assert list(session.scalars(select(HookBody.id))) == numbers[1:]  # never one that still waits


def test_a_subscription_is_confirmed_by_the_worker_with_retries(
    service: Service, amazon: Amazon, time: time_machine.Traveller
) -> None:
    words = {"Type": "SubscriptionConfirmation", "Token": "51b2ff3e", "SubscribeURL": signing.SUBSCRIBE_URL}
    number = put(service, "ses", signing.sns("You have chosen to subscribe.", **words))
    amazon.away = True
    process_bodies(service, [number], service.clock.now())
    assert body(service, number).state == HookState.NEW
    time.shift(timedelta(minutes=6))
    assert overdue(service) == [number]
    amazon.away = False
    process_bodies(service, [number], service.clock.now())
    assert amazon.asked[1:] == [signing.SUBSCRIBE_URL] * 2
    assert body(service, number).state == HookState.DONE


@pytest.mark.redis
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_clock_puts_on_the_queue_again_what_redis_lost(
    service: Service, time: time_machine.Traveller, redis_url: str
) -> None:
    queue = HookQueue(redis_url)
    with Redis.from_url(redis_url) as redis:
        redis.flushall()
        number = put(service, "postmark", signing.basic(samples.postmark("Delivery", "7", DAN)))
        assert sweep(service, queue) == 1
        assert sweep(service, queue) == 0  # it is trusted to be there for some minutes
        redis.flushall()
        time.shift(timedelta(minutes=6))
        assert sweep(service, queue) == 1
        jobs_waiting = Queue("urgent", connection=redis, serializer=JSONSerializer).jobs
        assert [job.args for job in jobs_waiting] == [[[number]]]
    queue.close()
