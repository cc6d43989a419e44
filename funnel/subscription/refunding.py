"""A purchase is given back: its tag goes, what it had brought ends kindly, and its agreement with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from funnel.context import Context
from funnel.curriculum.sold import bought_tag, has_bought
from funnel.enrolment.stopping import stop_enrolments
from funnel.models import ConsentKind, Delivery, DeliveryState, Enrolment, EnrolmentState, Lead, Purchase
from funnel.people.consent import record_consent
from funnel.people.leads import find_lead
from funnel.people.purchases import purchases_of
from funnel.people.tags import take_tag
from funnel.subscription.buying import sold_offer
from funnel.subscription.tagging import started_by_tag

REFUNDED = "refunded"
"""Why an enrolment stopped: what was paid was given back."""
_LONGEST_NAME = 254


@dataclass(frozen=True, slots=True)
class Refund:
    """Which purchase was given back: of which address and offer, who says so, and, of several, which order."""

    email: str
    offer: str
    by: str
    order: str = ""


@dataclass(frozen=True, slots=True)
class Refunded:
    """What became of it. `again`: it was noted before. `keeps`: another purchase of the same still stands.

    `ended` are the slugs of what ends by it.
    """

    again: bool = False
    keeps: bool = False
    ended: tuple[str, ...] = ()


def note_refund(context: Context, refund: Refund, now: datetime) -> Refunded:
    """One transaction: the purchase is refunded; without another of the same, what it brought ends. No mail says so.

    Saying it twice is once. Raises LookupError with a sentence where there is no such purchase.
    """
    offer = sold_offer(context, refund.offer)
    with context.db.write() as session:
        lead = find_lead(session, refund.email)
        if lead is None:
            raise LookupError(f"nobody is known as {refund.email}")
        session.refresh(lead, with_for_update=True)
        bought = purchases_of(session, lead.id, offer.slug)
        one = _meant(bought, refund)
        if one.refunded_at is not None:
            return Refunded(again=True)
        one.refunded_at, one.refunded_by = now, refund.by[:_LONGEST_NAME]
        session.flush()
        if any(each.refunded_at is None for each in bought):
            return Refunded(keeps=True)
        take_tag(session, lead, bought_tag(offer.slug), now, refund.by)
        ends = _brought(session, context, lead, offer.slug)
        record_consent(
            session, lead.id, ConsentKind.ENDED, now, offer=offer.slug, sequences=ends, via=REFUNDED, noted_by=refund.by
        )
        return Refunded(ended=tuple(slug for slug in ends if _end(session, lead, slug, now)))


def _meant(bought: list[Purchase], refund: Refund) -> Purchase:
    order = refund.order.strip()
    found = [each for each in bought if not order or each.order_ref == order]
    if not found:
        which = f" by the order {order}" if order else ""
        raise LookupError(f"{refund.email} has not bought {refund.offer}{which}, as far as is noted here")
    kept = [each for each in found if each.refunded_at is None]
    return (kept or found)[-1]


def _brought(session: Session, context: Context, lead: Lead, offer: str) -> list[str]:
    """What the purchase started and nothing else that she bought does."""
    found = []
    for slug in started_by_tag(session, context, bought_tag(offer)):
        published = context.editions.current(session, slug)
        if published is not None and not has_bought(published.sequence, lead.tags):
            found.append(slug)
    return found


def _end(session: Session, lead: Lead, slug: str, now: datetime) -> bool:
    """Ends it kindly, whether it is under way or she had stopped it: nobody goes on with what was given back."""
    ended = stop_enrolments(session, lead.id, REFUNDED, now, only=[slug]) > 0
    stopped = select(Enrolment).where(
        Enrolment.lead_id == lead.id, Enrolment.sequence == slug, Enrolment.state == EnrolmentState.STOPPED
    )
    for enrolment in session.scalars(stopped.with_for_update()).all():
        # What was skipped with it goes by the same word, so that all of it comes again should she buy it again.
        skipped = Delivery.enrolment_id == enrolment.id, Delivery.state == DeliveryState.SKIPPED
        session.execute(update(Delivery).where(*skipped, Delivery.reason == enrolment.reason).values(reason=REFUNDED))
        enrolment.reason = REFUNDED
    return ended


def refunded_to(session: Session, lead_id: int) -> list[str]:
    """The sequences that ended for her because what she paid was given back, and that she does not have again."""
    query = select(Enrolment).where(Enrolment.lead_id == lead_id).order_by(Enrolment.sequence, Enrolment.round)
    newest = {each.sequence: each for each in session.scalars(query)}
    return [slug for slug, each in newest.items() if each.state == EnrolmentState.STOPPED and each.reason == REFUNDED]
