"""Where the reader who opens a page stands, and her way back; used by every reader page."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from funnel.curriculum import Offer
from funnel.curriculum.addresses import email_key
from funnel.curriculum.agreeing import agreed_text
from funnel.curriculum.schedule_summary import promised
from funnel.enrolment.standing import Standing, standing, standing_of
from funnel.enrolment.telling import comes_next, firsts, goes_on
from funnel.links import Purpose
from funnel.models import Delivery, Lead, Signup
from funnel.people.addresses import mailed_address
from funnel.web.context import current_now, current_service
from funnel.web.language import speak_to
from funnel.web.reader.discretion import be_discreet


@dataclass(frozen=True, slots=True)
class Place:
    """What a page knows about its reader. `again` opens the page of what she has had, None where she never signed up.

    `offer` is what she signed up for, None where it is gone. While it is open, what is agreed to now (`agreed`) stands
    beside every button that signs up again; one that was closed since can still be confirmed.
    """

    standing: Standing
    says: str
    again: str | None = None
    offer: Offer | None = None
    agreed: str = ""

    @property
    def state(self) -> str:
        return self.standing.state.value

    @property
    def zone(self) -> str:
        return self.standing.zone


def place_of_signup(signup: Signup, *, is_her: bool = False) -> Place:
    """Where she is on the way of what she signed up for. `is_her` where what was opened went to the address she has."""
    with current_service().db.read() as session:
        lead = session.get_one(Lead, signup.lead_id)
    be_discreet(lead)
    return _place(standing_of(current_service(), signup, current_now()), signup, lead.email_key if is_her else None)


def place_of_mail(delivery_id: int) -> Place | None:
    """Where the reader of this mail is, whatever she is sent; None where there is nobody."""
    service = current_service()
    with service.db.read() as session:
        delivery = session.get(Delivery, delivery_id)
        lead = None if delivery is None or delivery.lead_id is None else session.get(Lead, delivery.lead_id)
        if delivery is None or lead is None:
            return None
        be_discreet(lead)
        newest = select(Signup).where(Signup.lead_id == lead.id).order_by(Signup.id.desc()).limit(1)
        signup = session.get(Signup, delivery.signup_id) if delivery.signup_id else session.scalar(newest)
        speak_to(lead, signup)
        went_to = email_key(mailed_address(session, delivery, lead)) or None
        return _place(standing(session, service, lead, current_now()), signup, went_to)


def arrives(place: Place) -> list[str]:
    """What comes by itself from now on, a sentence for each sequence; empty where nothing is under way."""
    found, service = place.standing, current_service()
    if not found.coming or place.offer is None:
        return []
    begins = {each.slug for each in found.coming if not each.had}
    sequences = service.library.sequences.values()
    half_way = [goes_on(each, found) for each in found.coming if each.slug not in begins]
    slug, agreed = place.offer.slug, found.agreed
    if begins:
        return promised(sequences, slug, firsts(found), found.was_enrolled - begins, agreed=agreed) + half_way
    return half_way + promised(sequences, slug, {}, found.was_enrolled, agreed=agreed, after=True)


def _place(found: Standing, signup: Signup | None, went_to: str | None) -> Place:
    service, library = current_service(), current_service().library
    if signup is None:
        return Place(found, comes_next(found))
    offer = library.offers.get(signup.offer)
    links = service.links
    again = links.token(Purpose.AGAIN, signup.ref) if went_to is None else links.again_token(signup.ref, went_to)
    agreed = agreed_text(offer, library.practice, library.sequences, also=found.agreed) if offer is not None else ""
    return Place(found, comes_next(found), again, offer, agreed)
