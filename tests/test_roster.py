"""The roster says how many workers live, by Redis's own clock."""

from __future__ import annotations

import pytest
from redis import Redis

from funnel import roster
from funnel.queue import DeliveryQueue

pytestmark = pytest.mark.redis


def test_who_shows_life_is_at_work_until_leaving(redis: Redis) -> None:
    for name in ("harbour.1", "harbour.2", "harbour.2"):
        roster.show_heartbeat(redis, name)
    assert roster.at_work(redis) == 2
    roster.sign_off(redis, "harbour.1")
    assert roster.at_work(redis) == 1


def test_a_killed_process_is_no_longer_at_work_and_forgotten(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    roster.show_heartbeat(redis, "harbour.1")
    alive = roster._now

    monkeypatch.setattr(roster, "_now", lambda client: alive(client) + roster.ALIVE + 1)

    assert roster.at_work(redis) == 0
    roster.show_heartbeat(redis, "harbour.2")
    assert roster.at_work(redis) == 1
    assert redis.zcard("funnel:workers") == 1


def test_the_queue_knows_how_many_workers_there_are(redis: Redis, redis_url: str) -> None:
    queue = DeliveryQueue(redis_url)
    assert queue.workers() == 0
    roster.show_heartbeat(redis, "harbour.1")
    assert queue.workers() == 1
    queue.close()
