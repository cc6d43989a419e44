"""Signs that a person, not a machine, is on a page that a mail led to."""

from __future__ import annotations

import structlog
from flask import request
from sqlalchemy.exc import SQLAlchemyError

from funnel.models import EventKind
from funnel.tracking.goals import note_sign
from funnel.web.context import current_now, current_service

log = structlog.get_logger(__name__)


def note_choice(delivery_id: int) -> None:
    """A button on one of this reader's pages was pressed."""
    _note(delivery_id, EventKind.CHOSE)


def note_reading(delivery_id: int) -> None:
    """Notes that somebody came here from another page of ours by pressing a link; other requests are not noted.

    The browser says so itself (W3C Fetch Metadata: `Sec-Fetch-User` goes with what a person set off). Scanners load an
    address as if it were typed in.
    """
    headers = request.headers
    if (
        request.method == "GET"
        and headers.get("Sec-Fetch-Site") == "same-origin"
        and headers.get("Sec-Fetch-Mode") == "navigate"
        and headers.get("Sec-Fetch-User") == "?1"
    ):
        _note(delivery_id, EventKind.READ)


def _note(delivery_id: int, kind: EventKind) -> None:
    """The reader's request has succeeded already; failing to record this is our problem, not theirs."""
    try:
        note_sign(current_service(), delivery_id, kind, current_now())
    except SQLAlchemyError:
        log.exception("a sign of a person could not be noted", delivery=delivery_id)
