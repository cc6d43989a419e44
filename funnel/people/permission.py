"""May this person be mailed? Asked when mail is claimed and again when it is sent (promise 3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from funnel.links import Links
from funnel.models import DeliveryKind, Lead, LeadState, SuppressionReason
from funnel.people.suppression import suppressed

# In SQL, where many deliveries are asked at once: whether their leads may have a lesson at `:now`, by all that
# `refusal` and `paused_until` say, if the address is not suppressed. It may leave some out; they are asked one by one.
# Not a join, as a database must find each row by its number, whatever it thinks of the states of leads and deliveries.
MAY_HAVE_LESSONS = (
    "(SELECT lead.state = 'confirmed' AND (lead.paused_until IS NULL OR lead.paused_until <= :now) "
    "FROM lead WHERE lead.id = delivery.lead_id) IS TRUE"
)
# These go to an address that is not, or not any more, their reader's: `people.addresses` says whether they may.
ABOUT_ADDRESSES = frozenset({DeliveryKind.NEW_ADDRESS, DeliveryKind.OLD_ADDRESS})
_ASKED_FOR = frozenset(
    {
        DeliveryKind.CONFIRMATION,
        DeliveryKind.REMINDER,
        DeliveryKind.ASSET,
        DeliveryKind.ROUND,
        DeliveryKind.OWN_DATA,
        DeliveryKind.NIGHT_ANSWER,
        *ABOUT_ADDRESSES,
        DeliveryKind.BOOKING,
        DeliveryKind.SESSION,
    }
)


def suppressions(session: Session, links: Links, leads: Iterable[Lead]) -> dict[int, str]:
    """Of these leads, those whose address is never mailed, with the reason."""
    by_address = {lead.email: lead.id for lead in leads}
    return {by_address[address]: reason for address, reason in suppressed(session, links, by_address).items()}


def refusal(lead: Lead, kind: str, suppressed_leads: Mapping[int, str]) -> str | None:
    """Why this lead must not get mail of this kind; None if it may go.

    A confirmation may go to who has left: it was asked for this minute, and only asks.
    """
    if lead.state == LeadState.ERASED:
        return "erased"
    if kind in ABOUT_ADDRESSES:
        return None
    reason = suppressed_leads.get(lead.id)
    if reason == SuppressionReason.ERASED and kind == DeliveryKind.CONFIRMATION:
        return None  # erased, and she has signed up anew: if it was her, confirming lifts it
    if reason is not None or kind == DeliveryKind.CONFIRMATION:
        return reason
    if kind == DeliveryKind.REMINDER:
        return None if lead.state == LeadState.ASKED else "nothing to remind of any more"
    if kind == DeliveryKind.SESSION:
        return None  # somebody asked for a session by this address, on whatever list it is, or on none
    if kind == DeliveryKind.OWN_DATA:
        return None  # she asked for it by a link of hers, and may do so after she has left
    if lead.state == LeadState.LEFT:
        # Who writes to us in the night is told where help is, also after she has left.
        return None if kind == DeliveryKind.NIGHT_ANSWER else "left"
    return None if lead.state == LeadState.CONFIRMED else "not confirmed"


def paused_until(lead: Lead, kind: str, now: datetime) -> datetime | None:
    """Until when a paused reader's lessons wait. Mail she asked for does not wait."""
    if kind in _ASKED_FOR or lead.paused_until is None or lead.paused_until <= now:
        return None
    return lead.paused_until
