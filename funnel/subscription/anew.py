"""After an end: a reader who finished may begin again, and one who left and came back goes on where she was."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from funnel.context import Context
from funnel.curriculum.agreeing import agreed_sequences, agreed_text
from funnel.curriculum.schedule_summary import way
from funnel.curriculum.sold import has_bought
from funnel.enrolment.due import load_batch, step
from funnel.enrolment.enrolment import ANEW, Start, begin_again, resume_after_leaving
from funnel.enrolment.standing import State, published_sequences, standing
from funnel.models import ConsentKind, Delivery, DeliveryState, Enrolment, Lead, Signup
from funnel.people.agreements import agreed_to
from funnel.people.consent import record_consent
from funnel.people.purchases import may_have
from funnel.sending.scheduler import enqueue_now


def begin_anew(context: Context, signup_id: int, now: datetime, origin: str = "") -> bool:
    """Starts the sequences of this sign-up's offer once more, from the first lesson, for a reader who has finished.

    Sequences that follow begin again too, where she agreed to them. False if there is no such sign-up, she is under way
    or has left, her address is not written to, or the sequences are gone. Calling it twice is harmless.
    """
    with context.db.write() as session:
        signup = session.get(Signup, signup_id)
        lead = None if signup is None else session.get(Lead, signup.lead_id, with_for_update=True)
        if signup is None or lead is None or standing(session, context, signup, now).state is not State.FINISHED:
            return False
        if not may_have(context.library.offers.get(signup.offer), lead):
            return False
        steps = way(published_sequences(session, context), signup.offer)
        begun = [
            begin_again(session, context, Start(lead, signup, sequence.slug, ANEW), now)
            for sequence in (steps[0] if steps else [])
        ]
        started = [enrolment for enrolment in begun if enrolment is not None]
        if not started:
            return False
        _agree_anew(session, context, signup, now, origin)
        made = first_mails(session, context, started, now)
        session.flush()
        ids = [delivery.id for delivery in made if delivery.state == DeliveryState.WAITING]
    enqueue_now(context, ids)
    return True


def _agree_anew(session: Session, context: Context, signup: Signup, now: datetime, origin: str) -> None:
    library, offer = context.library, context.library.offers.get(signup.offer)
    also, text = agreed_to(session, signup.lead_id), ""
    sequences: tuple[str, ...] = ()
    if offer is not None:
        text = agreed_text(offer, library.practice, library.sequences, also=also)
        sequences = agreed_sequences(offer, library.sequences, also=also)
    record_consent(
        session,
        signup.lead_id,
        ConsentKind.CONFIRMED,
        now,
        offer=signup.offer,
        text=text,
        origin=origin,
        sequences=sequences,
        via=ANEW,
    )


def first_mails(session: Session, context: Context, started: Iterable[Enrolment], now: datetime) -> list[Delivery]:
    """The deliveries that these enrolments, which begin or go on now, send at once."""
    enrolments = list(started)
    batch = load_batch(session, context, enrolments, now)
    return [delivery for enrolment in enrolments for delivery in step(session, context, enrolment, batch, now)]


def take_up_later_ones(
    session: Session, context: Context, lead: Lead, signup: Signup, now: datetime
) -> list[Enrolment]:
    """Resumes the enrolments of this offer's way that stopped because she left; returns them.

    Of those that follow only what she has agreed to again by coming back, of what is sold only what she bought.
    """
    taken_up, agreed = [], agreed_to(session, lead.id)
    for step_of_way in way(published_sequences(session, context), signup.offer, agreed):
        for sequence in step_of_way:
            if not has_bought(sequence, lead.tags):
                continue
            enrolments = select(Enrolment).where(Enrolment.lead_id == lead.id, Enrolment.sequence == sequence.slug)
            newest = session.scalar(enrolments.order_by(Enrolment.round.desc()).limit(1).with_for_update())
            published = context.editions.current(session, sequence.slug)
            if newest and published and resume_after_leaving(session, context, lead, newest, published, now):
                taken_up.append(newest)
    return taken_up
