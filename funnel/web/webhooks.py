"""`POST /hooks/<adapter>`: providers report what became of mail. Verified, stored, answered here; processed later."""

from __future__ import annotations

from collections import Counter

import structlog
from flask import Blueprint, Response, current_app, make_response, request
from flask.sansio.blueprints import BlueprintSetupState
from sqlalchemy.exc import SQLAlchemyError

from funnel.web.context import current_service
from funnel.webhooks.provider import NotConfigured, Refused, TryAgain
from funnel.webhooks.queue import HookQueue
from funnel.webhooks.registry import WEBHOOK_PROVIDERS
from funnel.webhooks.stored import LONGEST_HOOK_BODY, receive
from funnel.wiring import Service

log = structlog.get_logger(__name__)

blueprint = Blueprint("hooks", __name__)


class WebhookIntake:
    """Counts the requests this process refused, by adapter and status, and holds the queue for those it took."""

    def __init__(self, redis_url: str) -> None:
        self.refused: Counter[tuple[str, str]] = Counter()
        self.queue = HookQueue(redis_url)


@blueprint.record
def _open_intake(state: BlueprintSetupState) -> None:
    """Each app counts for itself; nothing is connected before the first request."""
    service: Service = state.app.extensions["funnel"]
    state.app.extensions["funnel.hooks"] = WebhookIntake(service.settings.redis_url)


@blueprint.post("/hooks/<adapter>")
def hook(adapter: str) -> Response:
    """204 once it is stored, also for a repeat; 404 if the adapter is not set up, 401 if the signature is wrong.

    413 above 1 MB; 503, to be sent again, if the database or the provider's certificate cannot be reached.
    """
    door: WebhookIntake = current_app.extensions["funnel.hooks"]
    if adapter not in WEBHOOK_PROVIDERS:
        return _refuse(door, "unknown", "unknown adapter", 404)
    request.max_content_length = LONGEST_HOOK_BODY
    body = request.get_data(cache=False)
    headers = {name.lower(): value for name, value in request.headers.items()}
    try:
        receive(current_service(), door.queue, adapter, body, headers)
    except NotConfigured as error:
        return _refuse(door, adapter, str(error), 404)
    except Refused as error:
        return _refuse(door, adapter, str(error), 401)
    except TryAgain as error:
        return _refuse(door, adapter, str(error), 503)
    except SQLAlchemyError:
        log.exception("what a provider told could not be stored", adapter=adapter)
        return _refuse(door, adapter, "not stored", 503)
    return make_response("", 204)


def _refuse(door: WebhookIntake, adapter: str, why: str, status: int) -> Response:
    """The sender learns only the status; the reason is logged and counted."""
    door.refused[adapter, str(status)] += 1
    log.warning("a webhook was refused", adapter=adapter, why=why, status=status, so_far=door.refused.total())
    response = make_response("", status)
    if status == 401:
        response.headers["WWW-Authenticate"] = 'Basic realm="webhooks"'
    if status == 503:
        response.headers["Retry-After"] = "60"
    return response
