"""A mail of which nobody knew whether it went is settled by what came back of it: a webhook, a mail with our token."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from funnel.context import Context
from funnel.deliveries.states import reopen
from funnel.mail import Outcome, OutcomeKind
from funnel.models import Delivery, DeliveryState, LessonMeasure
from funnel.sending.outcomes import count_outcome, record_outcome


@dataclass(frozen=True, slots=True)
class SettledBy:
    """What came back: that it failed, in the words of who took it, or that it went; by which adapter, as what id."""

    failed: str | None = None
    adapter: str = ""
    provider_id: str | None = None


_IT_WENT = SettledBy()


def reconcile_unknown(
    session: Session, context: Context, delivery: Delivery, now: datetime, evidence: SettledBy = _IT_WENT
) -> bool:
    """Accepted, or failed as the evidence says, with the counters; False where it was settled before.

    The row is locked.

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
    kind = OutcomeKind.ACCEPTED if evidence.failed is None else OutcomeKind.PERMANENT_MESSAGE
    outcome = Outcome(kind, evidence.failed or "", delivery.provider_id or evidence.provider_id)
    delivery.adapter = delivery.adapter or evidence.adapter
    record_outcome(session, context, delivery, outcome, now)
    return True
