"""How often a quiz is begun, and answered: each opened page once, whatever is reloaded, sent again or gone back to.

A page carries a seal of its own, and the script keeps it for its tab. Nothing is kept of it but, for a day, a digest
that says it was counted. What comes without a seal of ours is no page of ours, and is not counted.
"""

from __future__ import annotations

import structlog
from flask import request
from limits import RateLimitItemPerHour
from sqlalchemy.exc import SQLAlchemyError

from funnel.models import FunnelStage
from funnel.tracking.goals import count_on_page
from funnel.web.budgets import current_budgets
from funnel.web.context import current_now, current_service
from funnel.web.site.doubt import current_doubt

# From one network; beyond it a quiz is shown and answered as ever, and not counted.
_COUNTED = (RateLimitItemPerHour(300),)

log = structlog.get_logger(__name__)


def quiz_seal(slug: str) -> str:
    """What a page of this quiz carries, so that it counts once; good for a day."""
    return current_doubt().proofs.seal(_of(slug))


def count_begun(slug: str, seal: str) -> None:
    """Somebody answered the first statement of the page with this seal."""
    if _is_ours(slug, seal):
        _begun(slug, seal)


def count_answered(slug: str, seal: str) -> None:
    """The result for the page with this seal is shown; whatever was finished was begun, with the script or without."""
    if _is_ours(slug, seal):
        _begun(slug, seal)
        if current_doubt().proofs.use(f"answered:{seal}"):
            _count(slug, FunnelStage.ANSWERED)


def _begun(slug: str, seal: str) -> None:
    proofs, budgets = current_doubt().proofs, current_budgets()
    if not proofs.use(f"begun:{seal}"):
        return
    if budgets.spend(_COUNTED, "quiz", budgets.network(request.remote_addr)):
        _count(slug, FunnelStage.BEGUN)
    else:
        proofs.use(f"answered:{seal}")  # never more answered than begun


def _is_ours(slug: str, seal: str) -> bool:
    return bool(seal) and current_doubt().proofs.age(_of(slug), seal) is not None


def _of(slug: str) -> str:
    return f"quiz:{slug}"


def _count(slug: str, stage: FunnelStage) -> None:
    try:
        count_on_page(current_service(), slug, stage, current_now())
    except SQLAlchemyError:
        # Her result is worth more than a tally mark.
        log.exception("a quiz could not be counted", offer=slug, stage=stage.value)
