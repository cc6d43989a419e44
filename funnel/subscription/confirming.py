"""The press that makes a sign-up a reader's own: what was agreed to counts, and what was promised begins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from funnel.context import Context
from funnel.curriculum import Offer
from funnel.curriculum.agreeing import agreed_sequences, agreed_text
from funnel.deliveries.making import new_mail
from funnel.enrolment.enrolment import start_triggered
from funnel.models import (
    ConsentKind,
    Delivery,
    DeliveryKind,
    DeliveryState,
    FunnelStage,
    Lead,
    LeadState,
    Signup,
    SuppressionReason,
)
from funnel.people.addresses import asked_where_she_is
from funnel.people.agreements import agreed_or_left_with
from funnel.people.answers import confirm_answers
from funnel.people.askings import AskingRef, SignupWords, mark_pressed, what_was_said
from funnel.people.consent import has_left, record_consent
from funnel.people.mailboxes import call_off
from funnel.people.purchases import may_have
from funnel.people.quiz_results import confirm_result
from funnel.people.suppression import suppressed, unsuppress
from funnel.people.tally import reach
from funnel.sending.scheduler import enqueue_now
from funnel.subscription.anew import first_mails, take_up_later_ones
from funnel.subscription.retaking import take_again
from funnel.subscription.tagging import begin_by_tags
from funnel.subscription.typed import take_over
from funnel.subscription.watching import bring_along


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What confirming led to. `asset` is the offer's asset, if it has one.

    `again`: a quiz taken again counts now; `answered`: questions answered again do.
    """

    lead_id: int
    signup_id: int
    offer: str
    asset: str | None
    kind: str
    again: bool = False
    answered: bool = False


def confirm(
    context: Context,
    signup_id: int,
    now: datetime,
    origin: str = "",
    *,
    asked: AskingRef | None = None,
    comes_back: bool = False,
) -> Confirmed | None:
    """One transaction: consent *confirmed*, what was promised, the enrolment and its first due time. Repeatable.

    What counts is what was said at the asking that the pressed mail was made for, the newest one where none is named.
    None if there is no such sign-up, its offer is gone, or sold and not hers, she was erased, her address is not
    written to or another than the one that was asked, or she has left since she was asked. With `comes_back` the last
    does not matter: the page said that she had left, with the consent that is in force now beside the button, and the
    link came to her address, so pressing it is consent (GDPR article 4.11).
    """
    with context.db.write() as session:
        lead, signup = _locked(session, signup_id)
        offer = None if signup is None else context.library.offers.get(signup.offer)
        if signup is None or lead is None or offer is None or lead.state == LeadState.ERASED:
            return None
        asked, quiz, answered = asked or AskingRef(None, now), False, False
        made: Sequence[Delivery]
        left = has_left(session, lead)
        if (left and not comes_back) or not asked_where_she_is(session, lead, signup, asked):
            return None
        if not (may_have(offer, lead) and _may_confirm(session, context, lead)):
            return None
        if signup.confirmed_at is None or lead.state != LeadState.CONFIRMED:
            made = _first_press(session, context, lead, signup, now, origin, asked=None if left else asked)
        else:
            quiz, answered, made = take_again(session, context, lead, signup, asked, now, origin)
        session.flush()
        ids = [delivery.id for delivery in made if delivery.state == DeliveryState.WAITING]
        confirmed = Confirmed(lead.id, signup.id, offer.slug, offer.asset, offer.kind, quiz, answered)
    enqueue_now(context, ids)
    return confirmed


def _may_confirm(session: Session, context: Context, lead: Lead) -> bool:
    """Whether her address may be written to from now on. That she was erased once ends here: she has agreed anew."""
    reason = suppressed(session, context.links, [lead.email]).get(lead.email)
    if reason == SuppressionReason.ERASED:
        return unsuppress(session, context.links, lead.email, reason)
    return reason is None


def _locked(session: Session, signup_id: int) -> tuple[Lead | None, Signup | None]:
    """The reader and her sign-up, locked in the order in which signing up locks them: else two wait for each other."""
    whose = select(Signup.lead_id).where(Signup.id == signup_id).scalar_subquery()
    lead = session.scalar(select(Lead).where(Lead.id == whose).with_for_update())
    return lead, session.scalar(select(Signup).where(Signup.id == signup_id).with_for_update())


def _first_press(
    session: Session,
    context: Context,
    lead: Lead,
    signup: Signup,
    now: datetime,
    origin: str,
    *,
    asked: AskingRef | None,
) -> list[Delivery]:
    """What was said at this asking counts; of who comes back (None), what is agreed to now. The mails that go now."""
    library, offer = context.library, context.library.offers[signup.offer]
    said = None if asked is None else what_was_said(session, signup, asked)
    if said is None:
        also = agreed_or_left_with(session, lead.id)
        text = agreed_text(offer, library.practice, library.sequences, also=also)
        said = SignupWords(text, sequences=frozenset(agreed_sequences(offer, library.sequences, also=also)))
    take_over(session, lead, signup, said, now)
    mark_pressed(session, said.askings)
    if said.took_quiz:
        confirm_result(session, lead.id, said.askings, now)
    confirm_answers(session, lead.id, said.askings, now)
    # What begins now is agreed to, whatever the offer brought when she was asked.
    agreed = {*said.sequences, *agreed_sequences(offer, library.sequences)}
    record_consent(
        session,
        lead.id,
        ConsentKind.CONFIRMED,
        now,
        offer=offer.slug,
        text=said.text,
        origin=origin,
        sequences=agreed,
    )
    session.flush()
    made = _confirm(session, context, lead, signup, offer, now, took_quiz=said.took_quiz)
    bring_along(session, context, lead, signup, said.watched, now)
    return made


def _confirm(
    session: Session, context: Context, lead: Lead, signup: Signup, offer: Offer, now: datetime, *, took_quiz: bool
) -> list[Delivery]:
    lead.state, lead.confirmed_at = LeadState.CONFIRMED, lead.confirmed_at or now
    if lead.erase_at is not None:  # she wants to be written to after all
        lead.paused_until = None if lead.paused_until == lead.erase_at else lead.paused_until
        lead.erase_at = None
    reach(session, signup, FunnelStage.CONFIRMED, now)
    started = start_triggered(session, context, lead, signup, "confirm", now)
    if took_quiz:
        started += start_triggered(session, context, lead, signup, "quiz_result", now)
    started += begin_by_tags(session, context, lead, signup, now)
    started += take_up_later_ones(session, context, lead, signup, now)
    made = first_mails(session, context, started, now)
    if offer.asset and not any(_brings(session, context, delivery, offer) for delivery in made):
        asset = new_mail(DeliveryKind.ASSET, now, lead_id=lead.id, signup_id=signup.id)
        session.add(asset)
        made.append(asset)
    call_off(session, lead.id, signup.id, now)
    return made


def _brings(session: Session, context: Context, delivery: Delivery, offer: Offer) -> bool:
    """Whether this lesson goes now and links to what the offer promises."""
    if delivery.state != DeliveryState.WAITING or delivery.edition_lesson_id is None:
        return False
    compiled = context.editions.compiled(session, delivery.edition_lesson_id)
    kinds = ("watch:",) if offer.kind == "training" else ("download:", "read:")
    return compiled is not None and any(entry.startswith(kinds) for entry in compiled.links)
