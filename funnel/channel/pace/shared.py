"""The pace of a channel: token buckets in Redis, shared by all workers; without Redis each has its share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TypeVar

import structlog
from redis import RedisError
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from funnel.channel.pace.buckets import Asked, Buckets, return_tokens, room, sent_today, take_tokens
from funnel.channel.pace.plan import PacePlan
from funnel.curriculum.mailbox_providers import group_of
from funnel.db import Database
from funnel.deliveries import statements
from funnel.models import Delivery, DeliveryKind, DeliveryState
from funnel.queue import open_redis

T = TypeVar("T")

# Compare and set, so that the rule itself stays in one place and one language.
_SWAP = """
local held = redis.call('GET', KEYS[1]) or ''
if held ~= ARGV[1] then return held end
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
return false
"""
_KEPT_SECONDS = 2 * 86_400
_TRIES = 100
_NOWHERE = "-"  # the group of a mail whose address is unknown or does not matter

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Allowed:
    """For each mail, in order: None if it may go now, else how long to wait (machine time)."""

    waits: tuple[timedelta | None, ...]

    @property
    def count(self) -> int:
        return sum(wait is None for wait in self.waits)

    @property
    def wait(self) -> timedelta | None:
        """The shortest wait; None if all may go."""
        return min((wait for wait in self.waits if wait is not None), default=None)


class Pace:
    """How fast one channel may send. With an empty plan everything may go, at no cost.

    `key` names the channel in Redis. While Redis is away the limits are divided among `workers`. `sent_before` counts
    the mails sent since a time (aware UTC); it is asked if the buckets are gone: at the first mail, and after Redis was
    emptied. Never call this inside a transaction: it may use the network.
    """

    def __init__(
        self,
        plan: PacePlan | None = None,
        *,
        key: str = "mail",
        redis_url: str = "",
        workers: int = 1,
        sent_before: Callable[[datetime], int] = lambda _: 0,
    ) -> None:
        self.plan = plan or PacePlan()
        self._share, self._workers, self._sent_before = self.plan.part(workers), workers, sent_before
        self._redis = open_redis(redis_url) if redis_url and not self.plan.unlimited else None
        self._swap = None if self._redis is None else self._redis.register_script(_SWAP)
        self._key = f"funnel:pace:{key}"
        self._own: Buckets | None = None

    @property
    def connections(self) -> int | None:
        """How many connections this worker may open; None for any number."""
        return None if self.plan.connections is None else max(1, self.plan.connections // self._workers)

    def allow(self, mails: Sequence[tuple[str, str]], machine_now: datetime) -> Allowed:
        """Which of these mails (kind, address) may go now. They count as sent: `give_back` those that do not go.

        The address may be empty if it is not known yet: then only the limits of the whole channel apply.
        """
        if self.plan.unlimited:
            return Allowed((None,) * len(mails))
        asked, now = self._asked(mails), machine_now.timestamp()
        waits = self._change(lambda plan, state: take_tokens(plan, state, asked, now), machine_now)
        return Allowed(tuple(None if wait is None else timedelta(seconds=wait) for wait in waits))

    def give_back(self, mails: Sequence[tuple[str, str]], machine_now: datetime) -> None:
        """These were allowed and not sent: the worker was told to stop, the channel rests, or the reader has left."""
        if mails and not self.plan.unlimited:
            asked, now = self._asked(mails), machine_now.timestamp()
            self._change(lambda plan, state: return_tokens(plan, state, asked, now), machine_now)

    def room(self, machine_now: datetime, queued: int = 0) -> int | None:
        """How many more lessons to enqueue now, when `queued` are on the queue; None for any number.

        Mail the pace would send back is better left in the database, where the oldest goes first.
        """
        if self.plan.unlimited:
            return None
        now = machine_now.timestamp()
        found = self._change(lambda plan, state: room(plan, state, now), machine_now)
        return None if found is None else max(0, found - queued)

    def sent(self, machine_now: datetime) -> int:
        """How many mails were sent today (UTC), if the plan counts days."""
        return self._change(lambda _, state: sent_today(state, machine_now.timestamp()), machine_now)

    def close(self) -> None:
        if self._redis is not None:
            self._redis.close()

    def _asked(self, mails: Sequence[tuple[str, str]]) -> list[Asked]:
        by_group = self.plan.by_group
        return [
            Asked(kind != DeliveryKind.LESSON, (group_of(address) if by_group else "") or _NOWHERE)
            for kind, address in mails
        ]

    def _change(self, change: Callable[[PacePlan, Buckets], T], machine_now: datetime) -> T:
        """Applies `change` to the shared buckets, or to our own if Redis is away."""
        if self._redis is not None:
            try:
                return self._change_shared(change, machine_now)
            except RedisError as error:
                log.warning("Redis is away: each worker keeps to its share of the pace", error=type(error).__name__)
        if self._own is None:
            self._own = self._fresh(machine_now, self._workers)
        return change(self._share, self._own)

    def _change_shared(self, change: Callable[[PacePlan, Buckets], T], machine_now: datetime) -> T:
        assert self._redis is not None and self._swap is not None  # noqa: S101, PT018 - said for the type checker
        held = _text(self._redis.get(self._key))
        for _ in range(_TRIES):
            state = Buckets.loads(held) if held else self._fresh(machine_now, 1)
            result = change(self.plan, state)
            changed = state.dumps(machine_now.timestamp(), self.plan)
            found = self._swap(keys=[self._key], args=[held, changed, _KEPT_SECONDS])
            if found is None:
                return result
            held = _text(found)  # another worker was first: once more, with what it left
        raise RedisError(f"the buckets changed {_TRIES} times while one worker looked at them")

    def _fresh(self, machine_now: datetime, among: int) -> Buckets:
        midnight = datetime.combine(machine_now.astimezone(UTC), time(), UTC)
        sent = self._sent_before(midnight) if self.plan.counts_days else 0
        return Buckets(int(midnight.timestamp()) // 86_400, -(-sent // among))


def sent_since(db: Database, lessons: bool | None) -> Callable[[datetime], int]:
    """Counts, in the database, the mails sent since a time: only lessons, only others, or (None) all."""

    def ask(since: datetime) -> int:
        gone = (DeliveryState.ACCEPTED, DeliveryState.UNKNOWN)
        query = select(func.count()).where(Delivery.state.in_(gone), Delivery.ended_at >= since)
        if lessons is not None:
            is_lesson = Delivery.kind == DeliveryKind.LESSON
            query = query.where(is_lesson if lessons else ~is_lesson)
        with db.read() as session:
            return session.scalar(query) or 0

    return ask


def defer_claimed(session: Session, waits: Mapping[int, timedelta], worker: str, machine_now: datetime) -> None:
    """Gives back claimed deliveries that may not go yet; each is enqueued again when its wait is over."""
    for delivery_id, wait in waits.items():
        statements.return_rows(session, [delivery_id], DeliveryState.CLAIMED, worker, machine_now + wait)


def _text(value: object) -> str:
    return value.decode("ascii") if isinstance(value, bytes) else ""
