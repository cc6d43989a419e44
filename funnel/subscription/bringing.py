"""What a purchase brings begins, or goes on where it had stopped."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from funnel.context import Context
from funnel.curriculum import Offer
from funnel.curriculum.sold import bought_tag
from funnel.curriculum.tag_names import tag_trigger
from funnel.enrolment.enrolment import Start, enrol
from funnel.models import Delivery, DeliveryKind, Enrolment, EnrolmentState, Lead, Signup
from funnel.people.agreements import agreed_to
from funnel.people.permission import refusal, suppressions
from funnel.subscription.anew import first_mails
from funnel.subscription.tagging import started_by_tag
from funnel.subscription.taking_up import go_on


def begin_bought(
    session: Session, context: Context, lead: Lead, offer: Offer, gone: str, now: datetime
) -> tuple[list[str], list[tuple[str, str]], list[Delivery]]:
    """The slugs of what begins or goes on, why the rest does not, and the mails that go now."""
    tag = bought_tag(offer.slug)
    slugs = started_by_tag(session, context, tag)
    why = gone
    if not why and (refused := refusal(lead, DeliveryKind.LESSON, suppressions(session, context.links, [lead]))):
        why = f"she is not written to: {refused}"
    if why:
        return [], [(slug, why) for slug in slugs], []
    agreed, signup = agreed_to(session, lead.id), signup_of(session, lead, offer)
    began: list[str] = []
    not_begun: list[tuple[str, str]] = []
    first: list[Enrolment] = []
    for slug in slugs:
        if slug not in agreed:
            not_begun.append((slug, "she has not agreed to it since she came back"))
            continue
        enrolment = enrol(session, context, Start(lead, signup, slug, tag_trigger(tag)), now)
        if enrolment is not None:
            first.append(enrolment)
        elif said := _take_up(session, context, lead, slug, now):
            not_begun.append((slug, said))
            continue
        began.append(slug)
    return began, not_begun, first_mails(session, context, first, now)


def _take_up(session: Session, context: Context, lead: Lead, slug: str, now: datetime) -> str:
    """Goes on with what had stopped; why not, "" where it does."""
    rounds = select(Enrolment).where(Enrolment.lead_id == lead.id, Enrolment.sequence == slug)
    newest = session.scalars(rounds.order_by(Enrolment.round.desc()).limit(1).with_for_update()).one()
    if newest.state != EnrolmentState.STOPPED:
        return "she has had it" if newest.state == EnrolmentState.FINISHED else "it is under way"
    try:
        go_on(session, context, lead, newest, now)
    except LookupError as error:
        return str(error)
    return ""


def signup_of(session: Session, lead: Lead, offer: Offer) -> Signup:
    """Her way through this offer, which she has signed up for or bought."""
    return session.scalars(select(Signup).where(Signup.lead_id == lead.id, Signup.offer == offer.slug)).one()
