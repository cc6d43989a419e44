"""For whoever watches over the service: is this process able to do its work?"""

from __future__ import annotations

import structlog
from flask import Blueprint, Response, current_app, jsonify
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from funnel.web.context import current_service

log = structlog.get_logger(__name__)


def health_blueprint() -> Blueprint:
    blueprint = Blueprint("health", __name__)
    blueprint.add_url_rule("/healthz", view_func=health)
    return blueprint


def health() -> Response:
    """200 where the database answers, else 503. `ok` is false as well once this process has lost a hit.

    `refused_webhooks` counts, by adapter and status, the requests that this process turned away.
    """
    database = True
    try:
        with current_service().db.read() as session:
            session.execute(text("SELECT 1"))
    except SQLAlchemyError:
        log.exception("the database does not answer")
        database = False
    lost = current_app.extensions["funnel.tracking"].lost_hits
    refused = {
        f"{adapter} {status}": n for (adapter, status), n in current_app.extensions["funnel.hooks"].refused.items()
    }
    response = jsonify(ok=database and not lost, database=database, lost_hits=lost, refused_webhooks=refused)
    response.status_code = 200 if database else 503
    return response
