"""What the practice does for one reader by hand: enrol, set quiet days, mark as a client."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from funnel.context import Context
from funnel.conversations.counting import count_booked
from funnel.deliveries.making import new_mail
from funnel.enrolment.enrolment import Start, begin_again, enrol
from funnel.enrolment.stopping import stop_enrolments
from funnel.models import ConsentKind, Delivery, DeliveryKind, Enrolment, Lead, LeadState, Signup
from funnel.people.agreements import agreed_to
from funnel.people.consent import record_consent
from funnel.people.leads import find_lead
from funnel.people.permission import refusal, suppressions
from funnel.people.tags import put_tag
from funnel.sending.scheduler import enqueue_now
from funnel.subscription.preferences import reschedule
from funnel.subscription.tagging import CLIENT, LONGEST_AGREEMENT, end_by_tag

BY_HAND = "by_hand"
STOPPED_BY_HAND = "stopped by hand"
"""Why an enrolment stopped: the practice ended it for her."""
_ONCE_MORE = timedelta(minutes=10)


def enrol_by_hand(
    context: Context, email: str, slug: str, now: datetime, *, again: bool = False, agreed: str = ""
) -> Enrolment:
    """Starts this sequence for a confirmed reader, due now. With `again`, even if she has had it before.

    She has to have agreed to it: `agreed` says how and when, where she told the practice so, and is kept as evidence.
    Raises LookupError with a sentence that says why not.
    """
    with context.db.write() as session:
        lead = _lead(session, email)
        if lead.state != LeadState.CONFIRMED:
            raise LookupError(f"{email} has not confirmed, or has left: only readers who said yes can be written to")
        if context.editions.current(session, slug) is None:
            raise LookupError(f"{slug} is not published")
        if agreed.strip():
            text = agreed.strip()[:LONGEST_AGREEMENT]
            record_consent(session, lead.id, ConsentKind.CONFIRMED, now, text=text, sequences=[slug], via=BY_HAND)
        elif slug not in agreed_to(session, lead.id):
            raise LookupError(
                f"{email} has not agreed to {slug}: ask her, and then say how and when she did, with --agreed"
            )
        signup = session.scalar(select(Signup).where(Signup.lead_id == lead.id).order_by(Signup.id.desc()).limit(1))
        start = Start(lead, signup, slug, BY_HAND)
        enrolment = enrol(session, context, start, now)
        if enrolment is None and again:
            enrolment = begin_again(session, context, start, now)
        if enrolment is None:
            raise LookupError(f"{email} has had {slug} before; add --again to start it once more")
        return enrolment


def set_quiet_days(
    context: Context, email: str, add: Collection[date], remove: Collection[date], now: datetime
) -> list[date]:
    """Changes the local dates on which the reader gets no lesson; returns them, sorted. What is due on one moves.

    Raises LookupError if nobody has this address.
    """
    with context.db.write() as session:
        lead = _lead(session, email)
        days = (set(map(date.fromisoformat, lead.quiet_days)) | set(add)) - set(remove)
        lead.quiet_days = [day.isoformat() for day in sorted(days)]
        reschedule(session, context, lead, now)
        return sorted(days)


def stop_by_hand(context: Context, lead_id: int, slug: str, now: datetime) -> bool:
    """Ends this sequence for her, whatever she agreed to; `taking_up.take_up` goes on. False if she is not on it."""
    with context.db.write() as session:
        lead = session.get(Lead, lead_id, with_for_update=True)
        return lead is not None and stop_enrolments(session, lead.id, STOPPED_BY_HAND, now, only=[slug]) > 0


def note_booked(context: Context, lead_id: int, now: datetime) -> bool:
    """She asked for a conversation somewhere else: counts her, and ends what says `stop_when: booked`.

    False if there is no such reader, or it is known already.
    """
    with context.db.write() as session:
        lead = session.get(Lead, lead_id, with_for_update=True)
        if lead is None or lead.state == LeadState.ERASED or lead.booked_at is not None:
            return False
        count_booked(session, context, lead, None, now)
        return True


def send_promised(context: Context, lead_id: int, now: datetime) -> bool:
    """Mails what her newest confirmed sign-up promised once more. False where nothing was, or she gets no mail.

    Also where it went, or waits, since ten minutes ago: pressing twice sends one.
    """
    with context.db.write() as session:
        lead = session.get(Lead, lead_id, with_for_update=True)
        if lead is None or refusal(lead, DeliveryKind.ASSET, suppressions(session, context.links, [lead])) is not None:
            return False
        promising = [slug for slug, offer in context.library.offers.items() if offer.asset]
        signup = session.scalar(
            select(Signup)
            .where(Signup.lead_id == lead.id, Signup.confirmed_at.is_not(None), Signup.offer.in_(promising))
            .order_by(Signup.confirmed_at.desc(), Signup.id.desc())
            .limit(1)
        )
        lately = select(Delivery.id).where(
            Delivery.lead_id == lead.id, Delivery.kind == DeliveryKind.ASSET, Delivery.created_at > now - _ONCE_MORE
        )
        if signup is None or session.scalar(lately.limit(1)) is not None:
            return False
        mail = new_mail(DeliveryKind.ASSET, now, lead_id=lead.id, signup_id=signup.id)
        session.add(mail)
        session.flush()
        number = mail.id
    enqueue_now(context, [number])
    return True


def mark_client(context: Context, email: str, now: datetime) -> int:
    """The reader has become a client: ends the sequences that say `stop_when: client`; how many."""
    with context.db.write() as session:
        lead = _lead(session, email)
        put_tag(session, lead, CLIENT, now, BY_HAND)
        return len(end_by_tag(session, context, lead, CLIENT, now))


def _lead(session: Session, email: str) -> Lead:
    lead = find_lead(session, email)
    if lead is None:
        raise LookupError(f"nobody signed up as {email}")
    return lead
