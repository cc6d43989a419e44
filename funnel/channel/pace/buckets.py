"""Token buckets, pure: which mails may go now, and when the others should try again. Times are seconds since 1970."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from funnel.channel.pace.plan import PacePlan, Rate

WHOLE = ""  # the bucket of the whole channel
LONGEST_PACE_WAIT = 3600.0  # so that a raised limit takes effect within the hour
SECONDS_AHEAD = 10.0  # seconds of mail worth having on the queue
_DAY = 86_400
_EPOCH = date(1970, 1, 1)
_GRAIN = 1e-3  # rounding must not turn away a mail that comes back on time


@dataclass(frozen=True, slots=True)
class Asked:
    """One mail to be sent: whether it is urgent, and the group of its mailbox."""

    urgent: bool
    group: str


@dataclass(slots=True)
class Bucket:
    """How many mails may go at once as of `at`; until when slots are promised to lessons that came too early."""

    level: float
    at: float
    promised: float = 0.0


@dataclass(slots=True)
class Buckets:
    """What all workers share about one channel: its buckets, and how many mails were sent on the current day."""

    day: int = 0  # days since 1970
    sent: int = 0
    of: dict[str, Bucket] = field(default_factory=dict)

    def dumps(self, now: float, plan: PacePlan) -> str:
        """As text. Full buckets are left out, so an idle channel keeps none."""
        kept = {}
        for name, bucket in self.of.items():
            rate = _rate(plan, name)
            full = rate is None or bucket.level + (now - bucket.at) * rate.per_second >= rate.burst
            if not full or bucket.promised > now:
                kept[name] = [round(bucket.level, 6), round(bucket.at, 6), round(bucket.promised, 6)]
        return json.dumps([self.day, self.sent, kept], separators=(",", ":"))

    @staticmethod
    def loads(text: str) -> Buckets:
        day, sent, of = json.loads(text)
        return Buckets(day, sent, {name: Bucket(*values) for name, values in of.items()})


def take_tokens(plan: PacePlan, state: Buckets, mails: Sequence[Asked], now: float) -> list[float | None]:
    """For each mail, None if it may go now, else after how many seconds to try again. Changes `state`.

    1. A mail may go if each of its buckets, and the day, has room.
    2. Urgent mail may overdraw a bucket by one second's worth; lessons then wait longer.
    3. Lessons that may not go get slots one after the other, so that they do not all come back at once.
    """
    _turn_day(state, now)
    waits: list[float | None] = [None] * len(mails)
    # Urgent mail first, wherever it is in the batch.
    for index in sorted(range(len(mails)), key=lambda index: not mails[index].urgent):
        waits[index] = _one(plan, state, mails[index], now)
    return waits


def return_tokens(plan: PacePlan, state: Buckets, mails: Sequence[Asked], now: float) -> None:
    """Undoes `take_tokens` for mails that were allowed and not sent after all. Changes `state`."""
    _turn_day(state, now)
    state.sent = max(0, state.sent - len(mails))
    for mail in mails:
        for bucket, rate in _buckets(plan, state, mail, now):
            bucket.level = min(rate.burst, bucket.level + 1)


def room(plan: PacePlan, state: Buckets, now: float) -> int | None:
    """How many lessons are worth enqueuing now; None for any number."""
    _turn_day(state, now)
    rooms: list[float] = []
    if plan.rate is not None:
        bucket = _bucket(state, WHOLE, plan.rate, now)
        promised = max(0.0, bucket.promised - now)
        rooms.append(bucket.level + (SECONDS_AHEAD - promised) * plan.rate.per_second)
    cap = plan.lessons_on(_date(state.day))
    if cap is not None:
        rooms.append(cap - state.sent)
    return max(0, int(min(rooms) + 10 * _GRAIN)) if rooms else None


def sent_today(state: Buckets, now: float) -> int:
    """How many mails were sent on this day (UTC)."""
    _turn_day(state, now)
    return state.sent


def _one(plan: PacePlan, state: Buckets, mail: Asked, now: float) -> float | None:
    cap = plan.per_day if mail.urgent else plan.lessons_on(_date(state.day))
    if cap is not None and state.sent >= cap:
        return min(LONGEST_PACE_WAIT, (state.day + 1) * _DAY - now)
    buckets = _buckets(plan, state, mail, now)
    waits = []
    for bucket, rate in buckets:
        missing = (1.0 - rate.burst if mail.urgent else 1.0) - bucket.level
        if missing > _GRAIN:
            waits.append(missing / rate.per_second if mail.urgent else _place(bucket, rate, now))
    if waits:
        return min(LONGEST_PACE_WAIT, max(waits))
    state.sent += 1
    for bucket, _ in buckets:
        bucket.level -= 1
    return None


def _place(bucket: Bucket, rate: Rate, now: float) -> float:
    """Seconds until the next free slot in this bucket, which is then taken."""
    soonest = now + max(0.0, 1.0 - bucket.level) / rate.per_second
    place = max(bucket.promised, soonest)
    bucket.promised = min(place + 1 / rate.per_second, now + LONGEST_PACE_WAIT)
    return place - now


def _buckets(plan: PacePlan, state: Buckets, mail: Asked, now: float) -> list[tuple[Bucket, Rate]]:
    found = []
    for name in (WHOLE, mail.group):
        rate = _rate(plan, name)
        if rate is not None:
            found.append((_bucket(state, name, rate, now), rate))
    return found


def _rate(plan: PacePlan, name: str) -> Rate | None:
    return plan.rate if name == WHOLE else plan.rate_of(name)


def _bucket(state: Buckets, name: str, rate: Rate, now: float) -> Bucket:
    """The bucket as of now, filled up for the time since it was last looked at."""
    bucket = state.of.setdefault(name, Bucket(rate.burst, now))
    # A machine whose clock is a little behind the others' takes nothing away.
    bucket.level = min(rate.burst, bucket.level + max(0.0, now - bucket.at) * rate.per_second)
    bucket.at = max(bucket.at, now)
    return bucket


def _turn_day(state: Buckets, now: float) -> None:
    day = int(now // _DAY)
    if day > state.day:
        state.day, state.sent = day, 0


def _date(day: int) -> date:
    return _EPOCH + timedelta(days=day)
