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
from funnel.models import Actor, Delivery, Event, EventKind, Lead, LeadState, SuppressionReason
from funnel.people.suppression import Grounds
from funnel.replies import ListedFor
from funnel.sending.braking import holds
from funnel.sending.hits import GIVES_UP, mark_refusal

_EVENTS = {
    ListedFor.COMPLAINT: EventKind.COMPLAINED,
    ListedFor.UNSUBSCRIBE: EventKind.UNSUBSCRIBED,
    ListedFor.UNSAID: EventKind.BOUNCED,
}


def heed_provider_list(
    session: Session, context: Context, delivery: Delivery, why: ListedFor, said: str, now: datetime
) -> None:
    """A complaint is for ever, an unsubscription is one; anything else gives the address up until somebody lifts it.

    Not if its mailbox provider rests (`braking`).
    """
    if delivery.lead_id is None:
        return
    lead = session.get_one(Lead, delivery.lead_id)
    session.add(
        Event(
            key=f"refused:{delivery.id}" + (f":{delivery.attempts}" if delivery.attempts else ""),
            kind=_EVENTS[why],
            at=now,
            delivery_id=delivery.id,
            lead_id=lead.id,
            actor=Actor.MACHINE,
            reasons=[said[:500]],
            raw={"kind": "listed"},
        )
    )
    if why is ListedFor.UNSUBSCRIBE:
        if lead.state not in (LeadState.LEFT, LeadState.ERASED):
            withdraw_consent(session, lead, now, via=delivery.adapter or "provider", mail=str(delivery.id))
        return
    session.flush()
    if why is ListedFor.UNSAID:
        mark_refusal(session, delivery, GIVES_UP)
        if holds(session, context, delivery, lead, now):
            return
    reason = SuppressionReason.COMPLAINED if why is ListedFor.COMPLAINT else SuppressionReason.PROVIDER_LIST
    give_up_address(session, context.links, lead, Grounds(reason, now, said))
