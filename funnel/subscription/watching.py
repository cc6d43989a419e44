"""How far a training was watched. Before she has confirmed, that waits with her asking, and is hers by her press.

Whoever fills in a training's form sees it at once. Anybody may have typed the address, so what is watched in that
browser counts for its reader only once she has pressed the button of the mail that this asking made.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from funnel.context import Context
from funnel.curriculum import Offer
from funnel.db import find
from funnel.enrolment.enrolment import start_triggered
from funnel.links import EXPIRES, Purpose
from funnel.models import Actor, Consent, Event, EventKind, Lead, LeadState, Signup
from funnel.people.askings import is_pressed, note_watched
from funnel.subscription.signup import SignedUp

_WATCHED_ENOUGH = 3  # quarters; fewer is having looked in


def plays_at_once(context: Context, offer: Offer) -> bool:
    """Whether there is a training to be seen for who signs up."""
    return offer.kind == "training" and offer.asset in context.library.trainings


def watch_now_token(context: Context, signed_up: SignedUp) -> str:
    """What opens the player for who has just signed up, for some hours of her own time."""
    issued = int(context.clock.machine_now().timestamp())
    return context.links.token(Purpose.WATCH_NOW, signed_up.signup, issued, signed_up.asking)


def open_watch_now(context: Context, offer: str, token: str) -> SignedUp | None:
    """Who signed up for this offer with this token; None for one that is not ours, for another offer, or too old."""
    opened = context.links.open(Purpose.WATCH_NOW, token, 2)
    if opened is None:
        return None
    ref, (issued, asking) = opened
    if context.clock.machine_now().timestamp() - issued > EXPIRES[Purpose.WATCH_NOW].total_seconds():
        return None
    with context.db.read() as session:
        signup = find(session, Signup, ref)
        lead = None if signup is None else session.get(Lead, signup.lead_id)
    if signup is None or signup.offer != offer or lead is None or lead.state == LeadState.ERASED:
        return None
    return SignedUp(ref, asking)


def watched_at_once(context: Context, signed_up: SignedUp, quarter: int, now: datetime) -> bool:
    """The training was watched to this quarter (1 to 4) by who has just signed up; False where she is gone."""
    with context.db.write() as session:
        signup = find(session, Signup, signed_up.signup)
        lead = None if signup is None else session.get(Lead, signup.lead_id, with_for_update=True)
        asking = session.get(Consent, signed_up.asking)
        if signup is None or lead is None or lead.state == LeadState.ERASED:
            return False
        if asking is None or (asking.lead_id, asking.offer) != (lead.id, signup.offer):
            return False
        note_watched(asking, quarter)
        if is_pressed(asking):
            _of_offer(session, context, lead, signup, quarter, now)
        return True


def bring_along(session: Session, context: Context, lead: Lead, signup: Signup, quarter: int, now: datetime) -> None:
    """What was watched before the press is the reader's now; to be called once she is confirmed."""
    if quarter:
        _of_offer(session, context, lead, signup, quarter, now)


def note_quarter(
    session: Session, context: Context, lead: Lead, signup: Signup | None, quarter: int, training: str, now: datetime
) -> None:
    """A reader has watched to this quarter (1 to 4). Only ever grows; enough of it starts what `watched` starts."""
    if quarter <= lead.watched:
        return
    before, lead.watched = lead.watched, quarter
    session.add(
        Event(
            key=f"watched:{lead.id}:{quarter}",
            kind=EventKind.WATCHED,
            at=now,
            lead_id=lead.id,
            actor=Actor.HUMAN,
            raw={"quarter": quarter, "training": training},
        )
    )
    if before < _WATCHED_ENOUGH <= quarter and lead.state == LeadState.CONFIRMED:
        start_triggered(session, context, lead, signup, "watched", now)


def _of_offer(session: Session, context: Context, lead: Lead, signup: Signup, quarter: int, now: datetime) -> None:
    offer = context.library.offers.get(signup.offer)
    note_quarter(session, context, lead, signup, quarter, (offer.asset if offer else None) or "", now)
