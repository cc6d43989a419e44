"""Whether the service is alive and keeping up."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from funnel.insight.open_mail import oldest_due
from funnel.models import BrakeScope, ChannelState, Delivery, DeliveryState, Heartbeat, ProviderRest, in_state

CLOCK = "clock"  # the heartbeat that the clock writes on each tick
# Machine seconds. The clock ticks about every second; this leaves room for a slow machine.
SILENT_AFTER = 120.0


@dataclass(frozen=True, slots=True)
class ClosedChannel:
    """An adapter that rests (`until`) or has stopped (None), with the provider's words. Times are machine time."""

    adapter: str
    kind: str
    detail: str
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class RestingProvider:
    """A mailbox provider where nobody is given up until a person decides, and if `of_readers`, no lesson goes.

    `since` is story time.
    """

    provider: str
    of_readers: bool
    since: datetime


@dataclass(frozen=True, slots=True)
class Status:
    """The state of the service. `seen` and `last_tick` are ages in machine seconds, `late` is in seconds of story time.

    `queues` is empty and `workers` None where Redis did not answer; `last_tick` is None where the clock never ran.
    """

    deliveries: Mapping[str, int]
    late: float
    queues: Mapping[str, int]
    workers: int | None
    last_tick: float | None
    seen: Mapping[str, float]
    channels: tuple[ClosedChannel, ...]
    providers: tuple[RestingProvider, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain data for `funnel status --json`; times in ISO 8601 with their offset."""
        return {
            "deliveries": dict(self.deliveries),
            "oldest_due_late_seconds": round(self.late, 3),
            "queues": dict(self.queues),
            "workers": self.workers,
            "last_tick_seconds_ago": None if self.last_tick is None else round(self.last_tick, 3),
            "seen_seconds_ago": {name: round(age, 3) for name, age in self.seen.items()},
            "channels": [
                {
                    "adapter": channel.adapter,
                    "kind": channel.kind,
                    "detail": channel.detail,
                    "since": channel.since.isoformat(),
                    "until": None if channel.until is None else channel.until.isoformat(),
                }
                for channel in self.channels
            ],
            "providers": [
                {"provider": each.provider, "of_readers": each.of_readers, "since": each.since.isoformat()}
                for each in self.providers
            ],
        }


@dataclass(frozen=True, slots=True)
class QueueState:
    """What Redis says: how long each queue is, and how many workers are alive.

    `lengths` is empty and `workers` None where it could not be asked.
    """

    lengths: Mapping[str, int]
    workers: int | None


def status(
    session: Session,
    queues: QueueState,
    machine_now: datetime,
    now: datetime,
    states: Collection[DeliveryState] = tuple(DeliveryState),
) -> Status:
    """The state of the service at `now` (story time) and `machine_now`; the caller asks Redis for `queues`.

    `states` are the delivery states to count: a page that is read often leaves out the two that only grow.
    """
    counts: dict[str, int] = {state.value: 0 for state in states}
    query = select(Delivery.state, func.count()).where(in_state(*states)).group_by(Delivery.state)
    for state, n in session.execute(query):
        counts[state] = n
    oldest = oldest_due(session, now)
    seen = heartbeats(session, machine_now)
    return Status(
        deliveries=counts,
        late=0.0 if oldest is None else (now - oldest).total_seconds(),
        queues=dict(queues.lengths),
        workers=queues.workers,
        last_tick=seen.pop(CLOCK, None),
        seen=seen,
        channels=closed_channels(session, machine_now),
        providers=providers_to_decide(session),
    )


def heartbeats(session: Session, machine_now: datetime) -> dict[str, float]:
    """The age of each process's last heartbeat in machine seconds, by name; the clock's is `CLOCK`."""
    rows = session.execute(select(Heartbeat.name, Heartbeat.machine_at).order_by(Heartbeat.name))
    return {name: max(0.0, (machine_now - at).total_seconds()) for name, at in rows}


def clock_runs(last_tick: float | None) -> bool:
    """Whether the clock is running: its last tick is at most `SILENT_AFTER` machine seconds old."""
    return last_tick is not None and last_tick <= SILENT_AFTER


def closed_channels(session: Session, machine_now: datetime) -> tuple[ClosedChannel, ...]:
    """The adapters that send nothing now."""
    rows = session.scalars(
        select(ChannelState)
        .where(or_(ChannelState.until.is_(None), ChannelState.until > machine_now))
        .order_by(ChannelState.adapter)
    )
    return tuple(ClosedChannel(row.adapter, row.kind, row.detail, row.since, row.until) for row in rows)


def providers_to_decide(session: Session) -> tuple[RestingProvider, ...]:
    """The mailbox providers that wait for a person's decision, oldest first."""
    rows = session.scalars(
        select(ProviderRest).where(ProviderRest.ended_at.is_(None)).order_by(ProviderRest.since, ProviderRest.provider)
    )
    return tuple(RestingProvider(row.provider, row.scope == BrakeScope.READERS, row.since) for row in rows)
