"""For monitoring: can this process do its work, and is anything sending mail?"""

from __future__ import annotations

import structlog
from flask import Blueprint, Response, current_app, jsonify, request
from sqlalchemy.exc import SQLAlchemyError

from funnel.curriculum.reserved import is_loopback
from funnel.insight.status import CLOCK, clock_runs, heartbeats
from funnel.web.context import current_service
from funnel.web.hosts import host_name

log = structlog.get_logger(__name__)

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def health() -> Response:
    """200 where the database answers, else 503: the status is about this process, which can take sign-ups.

    `ok` is about the whole service, and false as well where no mail can leave: no worker is at work (`workers`, null
    where Redis was not asked), the clock is silent, or Redis is away; and once this process has lost a hit.
    `refused_webhooks` counts, by adapter and status, the requests that this process turned away. Who asks from
    elsewhere than this machine is told `ok` alone.
    """
    database, clock = _database_and_clock()
    service = current_service()
    workers = service.queue.workers()
    queue = workers is not None if service.settings.redis_url else None
    lost = current_app.extensions["funnel.tracking"].lost_hits
    refused = {
        f"{adapter} {status}": n for (adapter, status), n in current_app.extensions["funnel.hooks"].refused.items()
    }
    details = {
        "database": database,
        "queue": queue,
        "workers": workers,
        "clock": clock,
        "lost_hits": lost,
        "refused_webhooks": refused,
    }
    ok = database and clock and queue is not False and workers != 0 and not lost
    response = jsonify(ok=ok, **(details if _asked_on_this_machine() else {}))
    response.status_code = 200 if database else 503
    return response


def _asked_on_this_machine() -> bool:
    """Whether this came over loopback, by a name of loopback, and not through a proxy that says so."""
    passed_on = request.headers.get("X-Forwarded-For") or request.headers.get("Forwarded")
    return not passed_on and is_loopback(request.remote_addr or "") and is_loopback(host_name(request.host))


def _database_and_clock() -> tuple[bool, bool]:
    """Whether the database answers, and whether the clock is running."""
    service = current_service()
    try:
        with service.db.read() as session:
            last_tick = heartbeats(session, service.clock.machine_now()).get(CLOCK)
    except SQLAlchemyError:
        log.exception("the database does not answer")
        return False, False
    return True, clock_runs(last_tick)
