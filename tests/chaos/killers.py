"""Strikes when the plan says so, sees what was on the wire just then, and starts again what it struck."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from funnel.channel.channel import resume
from funnel.models import ChannelState, Delivery, DeliveryState
from funnel.wiring import Service
from tests.chaos.processes import RedisProcess, Started, restart_postgres
from tests.chaos.script import Blow, Target

# A channel that rests would rest for minutes; whoever looks after the service is quick here.
_LOOK_AFTER = 0.5
_WAIT_FOR_WORK = 4.0


@dataclass(slots=True)
class Killers:
    """Everything that can be struck, and what was seen."""

    service: Service
    workers: Sequence[Started]
    clock: Started
    redis: RedisProcess
    postgres: Path | None
    struck: Counter[str] = field(default_factory=Counter)
    on_the_wire: dict[str, set[int]] = field(default_factory=dict)  # by kind of blow: ids that were being handed over
    most_at_once: int = 0
    resumed: int = 0

    def play(self, blows: Sequence[Blow], seconds: float) -> None:
        """Lets the whole plan happen; comes back when its seconds are over."""
        began = time.monotonic()
        for blow in blows:
            self._wait(began + blow.at)
            self._strike(blow)
        self._wait(began + seconds)

    def look_after(self) -> None:
        """What a person would do meanwhile: let a channel that rests go on, and see that the clock and workers run.

        A process that ends by itself is started again, as `funnel up` or systemd would.
        """
        for process in (*self.workers, self.clock):
            if not process.alive:
                self.struck["ended by itself"] += 1
                process.start()
        try:
            with self.service.db.read() as session:
                resting = list(session.scalars(select(ChannelState.adapter)))
            for name in resting:
                with self.service.db.write() as session:
                    self.resumed += resume(session, name, self.service.clock.machine_now())
        except OperationalError:
            return  # the database is away: next time

    def _wait(self, until: float) -> None:
        while (left := until - time.monotonic()) > 0:
            self.look_after()
            time.sleep(min(left, _LOOK_AFTER))

    def _strike(self, blow: Blow) -> None:
        self.struck[blow.target] += 1
        match blow.target:
            case Target.WORKER:
                worker = self._at_work(blow.which)
                self._saw(blow.target, worker.kill())
                time.sleep(blow.down)
                worker.start()
            case Target.CLOCK:
                self.clock.kill()
                time.sleep(blow.down)
                self.clock.start()
            case Target.REDIS:
                self.redis.kill()
                time.sleep(blow.down)
                self.redis.start()
            case Target.EMPTIED:
                self.redis.empty()
            case Target.POSTGRES:
                assert self.postgres is not None
                restart_postgres(self.postgres)
                self._saw(blow.target, None)

    def _at_work(self, which: int) -> Started:
        """A worker that is handing something over just now; any, where for some seconds none is."""
        until = time.monotonic() + _WAIT_FOR_WORK
        while time.monotonic() < until:
            with self.service.db.read() as session:
                holders = session.scalars(
                    select(Delivery.lease_by).where(Delivery.state == DeliveryState.HANDING_OVER).distinct()
                ).all()
            busy = [each for each in self.workers if each.alive and any(f".{each.pid}." in name for name in holders)]
            if busy:
                return busy[which % len(busy)]
            time.sleep(0.02)
        return self.workers[which]

    def _saw(self, target: Target, pid: int | None) -> None:
        """Notes what is being handed over: by the worker with this pid, or by anybody.

        A dead worker's rows stay as it left them until their lease has run out, seconds from now.
        """
        query = select(Delivery.id).where(Delivery.state == DeliveryState.HANDING_OVER)
        if pid is not None:
            query = query.where(Delivery.lease_by.contains(f".{pid}."))
        with self.service.db.read() as session:
            ids = set(session.scalars(query))
        self.most_at_once = max(self.most_at_once, len(ids))
        self.on_the_wire.setdefault(target, set()).update(ids)
