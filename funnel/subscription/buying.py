"""Somebody has bought a course: a purchase is agreement, kept as consent, and what it brings begins at once.

The checkout is the practice's own. It, or somebody of the practice, says here what was bought; saying it twice is once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from funnel.context import Context
from funnel.curriculum import Offer, Practice
from funnel.curriculum.addresses import read_address
from funnel.curriculum.agreeing import agreed_sequences, purchase_text
from funnel.curriculum.names import nearest
from funnel.curriculum.sold import bought_tag
from funnel.db.upsert import insert
from funnel.language import speaking
from funnel.models import (
    Consent,
    ConsentKind,
    DeliveryState,
    FunnelStage,
    Lead,
    LeadState,
    Purchase,
    Signup,
    SignupPlace,
    SuppressionReason,
)
from funnel.people.consent import record_consent
from funnel.people.leads import get_or_add_lead
from funnel.people.purchases import purchase_of_order, purchases_of
from funnel.people.suppression import suppressed_since, unsuppress
from funnel.people.tags import put_tag
from funnel.people.tally import count_cohort, reach
from funnel.sending.scheduler import enqueue_now
from funnel.subscription.bringing import begin_bought, signup_of
from funnel.subscription.origin import origin_of
from funnel.subscription.tagging import end_by_tag

VIA_PURCHASE = "purchase"
_LONGEST_ORDER, _LONGEST_NAME = 100, 254


@dataclass(frozen=True, slots=True)
class PurchaseNote:
    """What is said of a purchase: whose address, which offer, who says so. `at` is when it was bought; None: now.

    `order` is the checkout's own number; "" where none is known.
    """

    email: str
    offer: str
    by: str
    at: datetime | None = None
    order: str = ""


@dataclass(frozen=True, slots=True)
class Bought:
    """What became of it. `again`: it was noted before, and nothing of that has changed.

    `began` and `ended` are slugs; `not_begun` says of each other sequence that the purchase brings why not.
    """

    again: bool
    began: tuple[str, ...] = ()
    ended: tuple[str, ...] = ()
    not_begun: tuple[tuple[str, str], ...] = ()


def note_purchase(context: Context, note: PurchaseNote, now: datetime) -> Bought:
    """One transaction: the lead, the purchase, its consent and tag, and the sequences that it starts and ends.

    Who has left since she bought stays as she is. Raises LookupError with a sentence: what is not sold, no
    address, a time to come, an order of somebody else or one that was refunded, who was erased since, or who left and
    nobody says when she bought.
    """
    offer, address = sold_offer(context, note.offer), read_address(note.email)
    if address is None:
        raise LookupError(f"{note.email!r} is no e-mail address")
    if note.at is not None and note.at > now:
        raise LookupError("a purchase lies behind us: its time is yet to come")
    with context.db.write() as session:
        lead = get_or_add_lead(session, address, now, LeadState.GUEST)
        known = _known(session, lead, offer, note)
        bought_at = known.bought_at if known is not None else note.at or now
        gone = _gone_since(session, context, lead, bought_at, dated=known is not None or note.at is not None)
        if known is None:
            _write_down(session, lead, offer, note, bought_at, now)
            if not gone:
                _agree(session, context, lead, offer, note, now)
        put_tag(session, lead, bought_tag(offer.slug), now, note.by)
        session.flush()
        ended = end_by_tag(session, context, lead, bought_tag(offer.slug), now) if known is None else []
        began, not_begun, made = begin_bought(session, context, lead, offer, gone, now)
        session.flush()
        ids = [each.id for each in made if each.state == DeliveryState.WAITING]
    enqueue_now(context, ids)
    return Bought(known is not None, tuple(began), tuple(ended), tuple(not_begun))


def sold_offer(context: Context, slug: str) -> Offer:
    """The offer of that name, open or not. Raises LookupError where there is none, or it is free."""
    offers = context.library.offers
    sold = [name for name, each in offers.items() if each.paid]
    if slug in offers and not offers[slug].paid:
        raise LookupError(f"{slug} is free: nobody buys it. It is sold once paid: true is in force in its file")
    if slug not in offers:
        near = nearest(slug, sold)
        hint = f"Did you mean {near}?" if near else f"Sold is: {', '.join(sorted(sold)) or 'nothing'}."
        raise LookupError(f"there is no offer {slug!r}. {hint}")
    return offers[slug]


def _known(session: Session, lead: Lead, offer: Offer, note: PurchaseNote) -> Purchase | None:
    """The purchase that this note is about, if it was noted before; without a number, what she bought and still has.

    One that was noted by hand, and had no number yet, gets it.
    """
    order = _order(note.order)
    kept = [each for each in purchases_of(session, lead.id, offer.slug) if each.refunded_at is None]
    if order is None:
        return kept[-1] if kept else None
    found = purchase_of_order(session, offer.slug, order)
    if found is None and (nameless := [each for each in kept if each.order_ref is None]):
        found = nameless[-1]
        found.order_ref = order
    if found is not None and found.lead_id != lead.id:
        raise LookupError(f"the order {order} of {offer.slug} is somebody else's")
    if found is not None and found.refunded_at is not None:
        raise LookupError(f"the order {order} was refunded on {found.refunded_at:%Y-%m-%d}")
    return found


def _order(text: str) -> str | None:
    order = text.strip()
    if len(order) > _LONGEST_ORDER or not order.isprintable():
        raise LookupError(f"an order has at most {_LONGEST_ORDER} characters, all of them printed")
    return order or None


def _gone_since(session: Session, context: Context, lead: Lead, bought_at: datetime, *, dated: bool) -> str:
    """Why a purchase of then is no agreement any more; "" where it is one. That she was erased before it ends here."""
    left = select(func.max(Consent.at)).where(Consent.lead_id == lead.id, Consent.kind == ConsentKind.WITHDRAWN)
    left_at = session.scalar(left)
    erased_at = suppressed_since(session, context.links, lead.email, SuppressionReason.ERASED)
    away = [each for each in (left_at if lead.state == LeadState.LEFT else None, erased_at) if each is not None]
    if away and not dated:
        raise LookupError(f"{lead.email} left on {max(away):%Y-%m-%d}: say when this was bought, with --at")
    if left_at is not None and left_at >= bought_at:
        return "she has left since she bought it"
    if erased_at is not None and erased_at >= bought_at:
        raise LookupError(f"{lead.email} was erased on {erased_at:%Y-%m-%d}, after this was bought: nothing is noted")
    if erased_at is not None:
        unsuppress(session, context.links, lead.email, SuppressionReason.ERASED)
    return ""


def _write_down(
    session: Session, lead: Lead, offer: Offer, note: PurchaseNote, bought_at: datetime, now: datetime
) -> None:
    session.add(
        Purchase(
            lead_id=lead.id,
            offer=offer.slug,
            order_ref=_order(note.order),
            bought_at=bought_at,
            noted_at=now,
            noted_by=note.by[:_LONGEST_NAME],
        )
    )


def _agree(session: Session, context: Context, lead: Lead, offer: Offer, note: PurchaseNote, now: datetime) -> None:
    """Consent *confirmed*, with what the page said beside the way to the checkout. What it reads is not measured."""
    if lead.state != LeadState.CONFIRMED:
        # Nobody asked her, so nothing of her reading is measured until she says so herself.
        lead.tracking = "none" if lead.state == LeadState.LEFT else lead.tracking or "none"
        if lead.state == LeadState.GUEST:
            lead.language = None  # anybody may have typed her address there
        lead.state, lead.confirmed_at = LeadState.CONFIRMED, lead.confirmed_at or now
    if lead.erase_at is not None:  # she wants to be written to after all
        lead.paused_until = None if lead.paused_until == lead.erase_at else lead.paused_until
        lead.erase_at = None
    _sign_up(session, context.library.practice, lead, offer, now)
    with speaking(context.language_of(lead)):
        text = purchase_text(offer, context.library.sequences)
    record_consent(
        session,
        lead.id,
        ConsentKind.CONFIRMED,
        now,
        offer=offer.slug,
        text=text,
        sequences=agreed_sequences(offer, context.library.sequences),
        via=VIA_PURCHASE,
        order=_order(note.order) or "",
        bought_at=(note.at or now).isoformat(),
        noted_by=note.by[:_LONGEST_NAME],
    )
    session.flush()


def _sign_up(session: Session, practice: Practice, lead: Lead, offer: Offer, now: datetime) -> None:
    """Her way through this offer, for the figures and for her pages; a purchase is its sign-up and its confirmation."""
    values = {
        "lead_id": lead.id,
        "offer": offer.slug,
        "utm": {},
        "created_at": now,
        "asked_at": now,
        **origin_of({}, now, practice, lead.language, SignupPlace.PURCHASE),
    }
    adding = insert(session, Signup).values(**values, downloads=0, typed_name="")
    added = adding.on_conflict_do_nothing(index_elements=["lead_id", "offer"]).returning(Signup.id)
    is_new = session.scalar(added) is not None
    signup = signup_of(session, lead, offer)
    if is_new:
        count_cohort(session, signup, FunnelStage.SIGNUPS)
    reach(session, signup, FunnelStage.CONFIRMED, now)
