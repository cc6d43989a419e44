"""Waits until the story may begin: the site answers first, the clock and the workers a moment later."""

from __future__ import annotations

import time

from redis import Redis
from rq import Worker
from sqlalchemy import func, select

from funnel.cli.problems import CannotStart
from funnel.models import Heartbeat
from funnel.wiring import Service
from workers.stopping import Stop

_PATIENCE_SECONDS = 60.0
_LOOK_SECONDS = 0.1
_REDIS_SECONDS = 5


def wait_until_at_work(service: Service, stop: Stop) -> None:
    """Comes back when a worker and the clock have shown life, or when `stop` is asked for. Raises CannotStart.

    Mail would only wait until then, but with a day a second the story would not.
    """
    deadline = time.monotonic() + _PATIENCE_SECONDS
    connection = Redis.from_url(
        service.settings.redis_url, socket_timeout=_REDIS_SECONDS, socket_connect_timeout=_REDIS_SECONDS
    )
    with connection:
        while not (Worker.count(connection=connection) and _clock_runs(service)):
            if time.monotonic() > deadline:
                raise CannotStart(f"No worker and no clock were at work after {_PATIENCE_SECONDS:.0f} seconds")
            if stop.wait(_LOOK_SECONDS):
                return


def _clock_runs(service: Service) -> bool:
    with service.db.read() as session:
        return bool(session.scalar(select(func.count()).select_from(Heartbeat)))
