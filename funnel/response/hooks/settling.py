"""A mail of which nobody knew whether it went is settled by the provider's own word."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from funnel.journey.context import Context
from funnel.journey.outcomes import count_outcome, record
from funnel.mail import Outcome, OutcomeKind
from funnel.models import Delivery, DeliveryState, LessonMeasure
from funnel.response.hooks.events import ProviderEvent, ProviderKind

_FAILED = (ProviderKind.BOUNCED, ProviderKind.REJECTED)


def settle(
    session: Session, context: Context, delivery: Delivery, event: ProviderEvent, adapter: str, now: datetime
) -> bool:
    """Accepted or failed, with the counters; False where the mail was settled before. The row must be locked.

    Whatever a provider tells of a mail, it has had the mail: so it is accepted, unless the event says it came to
    nothing. A mail still on the wire is settled as well: should its worker die, this event will not come again.
    """
    if delivery.state not in (DeliveryState.UNKNOWN, DeliveryState.HANDING_OVER):
        return False
    if delivery.state == DeliveryState.UNKNOWN:
        # Unknown is counted as it stands, so what was settled is taken off again.
        count_outcome(session, delivery, LessonMeasure.UNKNOWN, now, n=-1)
        delivery.state = DeliveryState.HANDING_OVER
    # The message and not the recipient: whether the address is given up is decided by what kind of bounce it was.
    kind = OutcomeKind.PERMANENT_MESSAGE if event.kind in _FAILED else OutcomeKind.ACCEPTED
    outcome = Outcome(kind, event.reason, delivery.provider_id or event.provider_id or None)
    record(session, context, delivery, outcome, delivery.adapter or adapter, now)
    return True
