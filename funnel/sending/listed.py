"""The provider answered that it has this address on its own suppression list, and so did not send the mail.

It is done with at once, for the reason the provider gives. Webhooks tell the same of mail that was taken first
(`funnel.webhooks.record`).
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from funnel.context import Context
from funnel.enrolment.giving_up import give_up_address
from funnel.enrolment.withdrawal import withdraw_consent
from funnel.models import Delivery, EventKind, Lead, LeadState, SuppressionReason
from funnel.people.suppression import Grounds
from funnel.replies import BounceKind, Certainty, ListedFor
from funnel.sending.refused import MailRefusal, follow_refusal, refused_on_the_wire

_EVENTS = {
    ListedFor.COMPLAINT: EventKind.COMPLAINED,
    ListedFor.UNSUBSCRIBE: EventKind.UNSUBSCRIBED,
    ListedFor.UNSAID: EventKind.BOUNCED,
}


def heed_provider_list(
    session: Session, context: Context, delivery: Delivery, why: ListedFor, said: str, now: datetime
) -> None:
    """A complaint is for ever, an unsubscription is one; anything else gives the address up until somebody lifts it."""
    if delivery.lead_id is None:
        return
    lead = session.get_one(Lead, delivery.lead_id)
    refusal = MailRefusal(BounceKind.LISTED, Certainty.NONE, "suppressed", "", now, said)
    session.add(refused_on_the_wire(delivery, _EVENTS[why], said, refusal.facts(), now))
    session.flush()
    if why is ListedFor.UNSUBSCRIBE:
        if lead.state not in (LeadState.LEFT, LeadState.ERASED):
            withdraw_consent(session, lead, now, via=delivery.adapter or "provider", mail=str(delivery.id))
    elif why is ListedFor.COMPLAINT:
        give_up_address(session, context.links, lead, Grounds(SuppressionReason.COMPLAINED, now, said))
    else:
        follow_refusal(session, context, lead, delivery, refusal)
