"""The clock: looks for what is due, again and again, and sends its heartbeat."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

import structlog
from redis import RedisError
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from funnel.models import Heartbeat
from funnel.privacy.erase import finish
from funnel.privacy.erase_later import erase_due
from funnel.privacy.log_keeping import LogKeeper
from funnel.privacy.sweep import Sweeper
from funnel.sending.letting_go import carry_on
from funnel.sending.mail_domains import DomainLookup
from funnel.sending.mended import try_again_started
from funnel.sending.scheduler import TickResult, tick
from funnel.subscription.reminding import remind
from funnel.tracking.reclassify import Reclassifier
from funnel.webhooks.queue import HookQueue
from funnel.webhooks.stored import sweep
from funnel.wiring import Service
from workers.backoff import Backoff
from workers.stopping import Stop

HEARTBEAT = "clock"
_HEARTBEAT_EVERY = timedelta(seconds=1)
_FINISH_EVERY = timedelta(seconds=10)
_QUARTER_DAY = timedelta(hours=6)
_FEW_BYTES = 1 << 20

log = structlog.get_logger(__name__)


class _Moment(NamedTuple):
    """The same moment by both clocks."""

    machine: datetime
    story: datetime


def run_clock(
    service: Service, stop: Stop | None = None, tick: Callable[[Service, datetime], TickResult] = tick
) -> None:
    """Ticks every `tick_seconds` of machine time until SIGTERM or SIGINT; at once again while there is more to do.

    In the pauses it judges again what came back, in small steps: that never keeps mail waiting. While many hits wait to
    be taken in, they come first.

    A database, Redis or data folder that is away is waited for. Any other error ends the process, for whoever started
    it to see and start it again: a tick that fails leaves nothing behind.
    """
    if stop is None:
        stop = Stop()
        stop.on_signals()
    waits = Backoff("The database, Redis or the data folder", stop)
    shown: datetime | None = None
    finished: _Moment | None = None
    hooks = HookQueue(service.settings.redis_url)
    lookback, sweeper, keeper = Reclassifier(service), Sweeper(service), LogKeeper(service)
    domains = DomainLookup(service)
    tried_again = False
    log.info("the clock runs", every_seconds=service.settings.tick_seconds)
    while not stop.requested:
        began = time.monotonic()
        try:
            service.in_force.refresh()
            if not tried_again:
                keeper.start()
                try_again_started(service, service.clock.now())
                tried_again = True
            result = tick(service, service.clock.now())
            sweep(service, hooks)
            shown = _show_life(service, shown)
            finished = _finish_what_is_left(service, keeper, finished)
            if not result.more and service.hits.waiting_bytes() < _FEW_BYTES:
                sweeper.step()
                domains.step()
                _look_back(lookback, began + service.settings.tick_seconds, stop)
        except (RedisError, OSError, PoolTimeout, DBAPIError) as error:
            if not _is_away(error):
                raise
            waits.after(error)
            continue
        waits.over()
        if not result.more:
            stop.wait(max(0.0, service.settings.tick_seconds - (time.monotonic() - began)))
    log.info("the clock has stopped")


def _look_back(lookback: Reclassifier, next_tick: float, stop: Stop) -> None:
    """As many steps as fit into the pause, and none that would surely reach into the next tick."""
    longest = 0.0
    while not stop.requested and (began := time.monotonic()) + longest < next_tick:
        try:
            more = lookback.step()
        except (OSError, PoolTimeout, DBAPIError):
            raise
        except Exception:
            # A bug in judging what came back must not keep mail from being sent.
            log.exception("opens and clicks could not be judged again")
            lookback.give_up()
            return
        if not more:
            return
        longest = max(longest, time.monotonic() - began)


def _show_life(service: Service, shown: datetime | None) -> datetime:
    machine_now = service.clock.machine_now()
    if shown is not None and machine_now - shown < _HEARTBEAT_EVERY:
        return shown
    with service.db.write() as session:
        session.merge(Heartbeat(name=HEARTBEAT, at=service.clock.now(), machine_at=machine_now))
    return machine_now


def _finish_what_is_left(service: Service, keeper: LogKeeper, finished: _Moment | None) -> _Moment:
    """Every ten seconds; in a time lapse, where those may be days, at least four times a day of the story."""
    moment = _Moment(service.clock.machine_now(), service.clock.now())
    if finished is not None:
        soon = moment.machine - finished.machine < _FINISH_EVERY and moment.story - finished.story < _QUARTER_DAY
        if soon:
            return finished
    erase_due(service, service.clock.now())
    finish(service, service.clock.now())
    keeper.step()
    remind(service, service.clock.now())
    carry_on(service, service.clock.now())
    return moment


def _is_away(error: Exception) -> bool:
    """Whether waiting may help: the server is gone, busy or starting; not: the schema or the SQL is wrong."""
    if not isinstance(error, DBAPIError):
        return True
    return error.connection_invalidated or isinstance(error, (OperationalError, InterfaceError))
