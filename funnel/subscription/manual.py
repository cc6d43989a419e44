"""What the practice does for one reader by hand: enrol, set quiet days, mark as a client."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from funnel.context import Context
from funnel.enrolment.enrolment import Start, begin_again, enrol
from funnel.models import ConsentKind, Enrolment, Lead, LeadState, Signup
from funnel.people.agreements import agreed_to
from funnel.people.consent import record_consent
from funnel.people.leads import find_lead
from funnel.people.tags import put_tag
from funnel.subscription.preferences import reschedule
from funnel.subscription.tagging import CLIENT, LONGEST_AGREEMENT, end_by_tag

BY_HAND = "by_hand"


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
