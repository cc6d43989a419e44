"""Which workers are at work: each shows life in Redis every few seconds, also while it hands mail over.

RQ's own register does not tell: a worker that was killed stands in it for hours. Times are those of the Redis server,
so machines whose clocks differ agree.
"""

from __future__ import annotations

from redis import Redis

SHOW_EVERY = 5.0  # seconds
ALIVE = 30.0  # seconds since a worker last showed life, with room for a slow machine

_ROSTER = "funnel:workers"  # a sorted set: when each worker last showed life, by its name


def show_life(redis: Redis, name: str) -> None:
    """Notes that this worker lives, and forgets those that have not shown life for long. Raises RedisError."""
    now = _now(redis)
    with redis.pipeline(transaction=False) as pipeline:
        pipeline.zadd(_ROSTER, {name: now})
        pipeline.zremrangebyscore(_ROSTER, "-inf", f"({now - ALIVE}")
        pipeline.execute()


def leave(redis: Redis, name: str) -> None:
    """This worker has stopped. Raises RedisError."""
    redis.zrem(_ROSTER, name)


def at_work(redis: Redis) -> int:
    """How many workers live just now. Raises RedisError."""
    return int(redis.zcount(_ROSTER, _now(redis) - ALIVE, "+inf"))


def names(redis: Redis) -> frozenset[str]:
    """The workers that live just now. Raises RedisError."""
    found = redis.zrangebyscore(_ROSTER, _now(redis) - ALIVE, "+inf")
    return frozenset(name.decode() for name in found if isinstance(name, bytes))


def _now(redis: Redis) -> float:
    seconds, microseconds = redis.time()
    return int(seconds) + int(microseconds) / 1_000_000
