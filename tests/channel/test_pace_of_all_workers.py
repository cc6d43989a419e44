"""Workers keep to one pace together: through Redis, without it, and by what the database knows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from threading import Thread
from uuid import uuid4

import pytest
import time_machine
from redis import Redis
from sqlalchemy import select, update

from funnel.channel.pace import Pace, defer_claimed, parse_pace, sent_since
from funnel.channel.pace.buckets import Asked, Buckets, take_tokens
from funnel.models import Delivery
from funnel.wiring import Service
from tests.conftest import MONDAY
from tests.journey.steps import join

ADA = ("lesson", "ada@example.org")
SOON = timedelta(seconds=3)


@pytest.fixture
def shared(redis_url: str) -> Iterator[Callable[..., Pace]]:
    """Makes workers that share one Redis key of their own."""
    key, made = uuid4().hex, []

    def make(line: str, **options: object) -> Pace:
        pace = Pace(parse_pace(line), key=key, redis_url=redis_url, **options)  # type: ignore[arg-type]
        made.append(pace)
        return pace

    yield make
    for pace in made:
        pace.close()


def test_all_workers_draw_on_the_same_buckets(shared: Callable[..., Pace]) -> None:
    workers = [shared("10/s, 50/day, example.org 20/s") for _ in range(3)]
    assert [worker.allow([ADA] * 4, MONDAY).count for worker in workers] == [4, 4, 2]
    assert [worker.sent(MONDAY) for worker in workers] == [10, 10, 10]
    workers[0].give_back([ADA] * 4, MONDAY)
    assert workers[1].allow([ADA] * 10, MONDAY).count == 4


def test_eight_workers_at_once_take_no_more_than_there_is(shared: Callable[..., Pace]) -> None:
    allowed: list[int] = []

    def work(pace: Pace) -> None:
        for _ in range(25):
            allowed.append(pace.allow([ADA] * 7, MONDAY).count)

    threads = [Thread(target=work, args=(shared("100/s, 5000/day"),)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(allowed) == 200
    assert sum(allowed) == 100


def test_without_redis_memory_the_database_says_how_many_went(shared: Callable[..., Pace], redis_url: str) -> None:
    asked: list[datetime] = []

    def sent_before(since: datetime) -> int:
        asked.append(since)
        return 85

    pace = shared("100/day", sent_before=sent_before)
    assert pace.allow([ADA] * 3, MONDAY).count == 3
    with Redis.from_url(redis_url) as redis:
        redis.flushall()
    assert pace.allow([ADA] * 9, MONDAY).count == 5
    assert asked == [datetime(2027, 1, 4, tzinfo=UTC)] * 2


def test_while_redis_is_away_each_worker_keeps_to_its_share() -> None:
    away = {"redis_url": "unix:///nowhere/redis.sock", "workers": 4, "sent_before": lambda _: 21}
    workers = [Pace(parse_pace("8/s, 100/day"), **away) for _ in range(4)]  # type: ignore[arg-type]
    assert [worker.allow([ADA] * 50, MONDAY).count for worker in workers] == [2] * 4
    later = [worker.allow([ADA] * 50, MONDAY + timedelta(hours=1)).count for worker in workers]
    assert later == [2] * 4
    assert sum(worker.sent(MONDAY) for worker in workers) == 4 * (6 + 4)


def test_connections_are_shared_among_the_workers() -> None:
    assert Pace(parse_pace("20 connections"), workers=8).connections == 2
    assert Pace(parse_pace("1 connection"), workers=8).connections == 1


def test_what_redis_keeps_is_forgotten_once_it_says_nothing() -> None:
    plan = parse_pace("other 2/s")
    state = Buckets()
    take_tokens(plan, state, [Asked(False, f"{n}.example.org") for n in range(1000)], 1_000_000.0)
    assert len(state.dumps(1_000_000.0, plan)) > 1000
    assert len(state.dumps(1_000_002.0, plan)) < 40
    kept = Buckets.loads(state.dumps(1_000_000.0, plan))
    assert kept.of["7.example.org"].level == 1.0


def test_what_may_not_go_yet_waits_with_the_time_it_comes_back(service: Service, time: time_machine.Traveller) -> None:
    join(service, "ada@example.org")
    with service.db.write() as session:
        session.execute(update(Delivery).values(state="claimed", lease_by="worker", lease_until=MONDAY))
        first, second = session.scalars(select(Delivery.id).order_by(Delivery.id)).all()
    with service.db.write() as session:
        defer_claimed(session, {first: SOON}, "worker", MONDAY)
        defer_claimed(session, {second: SOON}, "another", MONDAY)
    with service.db.read() as session:
        rows = session.execute(
            select(Delivery.state, Delivery.queue_lease_until, Delivery.lease_until).order_by(Delivery.id)
        ).all()
    assert rows == [("waiting", MONDAY + SOON, None), ("claimed", None, MONDAY)]


def test_the_database_knows_how_many_have_gone_since_midnight(service: Service, time: time_machine.Traveller) -> None:
    join(service, "ada@example.org")
    join(service, "fay@example.org")
    with service.db.write() as session:
        session.execute(update(Delivery).where(Delivery.kind == "lesson").values(state="accepted", ended_at=MONDAY))
        session.execute(
            update(Delivery)
            .where(Delivery.kind != "lesson")
            .values(state="unknown", ended_at=MONDAY - timedelta(minutes=1))
        )
    assert sent_since(service.db, None)(MONDAY - timedelta(hours=9)) == 4
    assert sent_since(service.db, None)(MONDAY) == 2
    assert sent_since(service.db, True)(MONDAY - timedelta(hours=9)) == 2
    assert sent_since(service.db, False)(MONDAY) == 0
