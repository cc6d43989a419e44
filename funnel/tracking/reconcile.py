"""A mail of which nobody knew whether it went is settled by what came back of it: a webhook, a mail with our token."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from funnel.context import Context
from funnel.deliveries.states import reopen
from funnel.mail import Outcome, OutcomeKind
from funnel.models import Delivery, DeliveryState, LessonMeasure
from funnel.sending.outcomes import count_outcome, record_outcome


def reconcile_unknown(
    session: Session,
    context: Context,
    delivery: Delivery,
    now: datetime,
    *,
    failed: str | None = None,
    adapter: str = "",
    provider_id: str | None = None,
) -> bool:
    """Accepted, or failed with these words, with the counters; False where it was settled before. The row is locked.

    Whatever comes back of a mail, the mail went out: so it is accepted, unless who took it says that it came to
    nothing. A mail still on the wire is settled as well: should its worker die, this will not be told again.
    """
    if delivery.state not in (DeliveryState.UNKNOWN, DeliveryState.HANDING_OVER):
        return False
    if delivery.state == DeliveryState.UNKNOWN:
        # Unknown is counted as it stands, so what was settled is taken off again.
        count_outcome(session, delivery, LessonMeasure.UNKNOWN, now, n=-1)
        reopen(delivery)
    # The message and not the recipient: whether the address is given up is decided by what kind of bounce it was.
    kind = OutcomeKind.ACCEPTED if failed is None else OutcomeKind.PERMANENT_MESSAGE
    outcome = Outcome(kind, failed or "", delivery.provider_id or provider_id)
    record_outcome(session, context, delivery, outcome, delivery.adapter or adapter, now)
    return True
