"""Which workers are alive: each sends a heartbeat to Redis every few seconds, also while it hands mail over.

RQ's own registry does not tell: a killed worker stays in it for hours. Times are the Redis server's, so machines whose
clocks differ agree.
"""

from __future__ import annotations

from redis import Redis

HEARTBEAT_EVERY = 5.0  # seconds
ALIVE = 30.0  # seconds since the last heartbeat, with room for a slow machine

_ROSTER = "funnel:workers"  # a sorted set: the last heartbeat of each worker, by its name


def show_heartbeat(redis: Redis, name: str) -> None:
    """This worker's heartbeat; forgets workers that have sent none for long. Raises RedisError."""
    now = _now(redis)
    with redis.pipeline(transaction=False) as pipeline:
        pipeline.zadd(_ROSTER, {name: now})
        pipeline.zremrangebyscore(_ROSTER, "-inf", f"({now - ALIVE}")
        pipeline.execute()


def sign_off(redis: Redis, name: str) -> None:
    """This worker has stopped. Raises RedisError."""
    redis.zrem(_ROSTER, name)


def at_work(redis: Redis) -> int:
    """How many workers are alive. Raises RedisError."""
    return int(redis.zcount(_ROSTER, _now(redis) - ALIVE, "+inf"))


def live_workers(redis: Redis) -> frozenset[str]:
    """The names of the workers that are alive. Raises RedisError."""
    found = redis.zrangebyscore(_ROSTER, _now(redis) - ALIVE, "+inf")
    return frozenset(name.decode() for name in found if isinstance(name, bytes))


def _now(redis: Redis) -> float:
    seconds, microseconds = redis.time()
    return int(seconds) + int(microseconds) / 1_000_000
