"""How far a training was watched. Before she has confirmed, that waits with her asking, and is hers by her press.

Whoever fills in a training's form sees it at once. Anybody may have typed the address, so what is watched in that
browser counts for its reader only once she has pressed the button of the mail that this asking made.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from funnel.context import Context
from funnel.curriculum import Offer
from funnel.enrolment.enrolment import start_triggered
from funnel.links import EXPIRES, Purpose, RowRef
from funnel.models import Actor, Consent, ConsentKind, Event, EventKind, Lead, LeadState, Signup
from funnel.people.askings import is_pressed, note_watched

_WATCHED_ENOUGH = 3  # quarters; fewer is having looked in


def plays_at_once(context: Context, offer: Offer) -> bool:
    """Whether there is a training to be seen for who signs up."""
    return offer.kind == "training" and offer.asset in context.library.trainings


def watch_now_token(context: Context, asking: Consent) -> str:
    """What opens the player for who has just signed up, for some hours of her own time.

    It names her asking, never her sign-up: whoever typed an address would learn by that whether it was here before. A
    restored backup gives numbers out again, so it says when the asking was too.
    """
    issued, asked = int(context.clock.machine_now().timestamp()), int(asking.at.timestamp())
    return context.links.token(Purpose.WATCH_NOW, RowRef(asking.id), issued, asked)


def open_watch_now(context: Context, offer: str, token: str) -> int | None:
    """The number of the asking for this offer that this token was made for.

    None for one that is not ours, for another offer, or too old, and where its reader was erased.
    """
    opened = context.links.open(Purpose.WATCH_NOW, token, 2)
    if opened is None:
        return None
    (number, _), (issued, asked) = opened
    if context.clock.machine_now().timestamp() - issued > EXPIRES[Purpose.WATCH_NOW].total_seconds():
        return None
    with context.db.read() as session:
        asking = session.get(Consent, number)
        lead = None if asking is None else session.get(Lead, asking.lead_id)
    if asking is None or (asking.kind, asking.offer) != (ConsentKind.ASKED, offer):
        return None
    same = int(asking.at.timestamp()) == asked
    return number if same and lead is not None and lead.state != LeadState.ERASED else None


def watched_at_once(context: Context, number: int, quarter: int, now: datetime) -> bool:
    """The training was watched to this quarter (1 to 4) where this asking came from; False where its reader is gone."""
    with context.db.write() as session:
        asking = session.get(Consent, number)
        lead = None if asking is None else session.get(Lead, asking.lead_id, with_for_update=True)
        if asking is None or lead is None or lead.state == LeadState.ERASED:
            return False
        session.refresh(asking)  # her press, or the next quarter, may have written to it before she was locked
        note_watched(asking, quarter)
        if is_pressed(asking):
            hers = select(Signup).where(Signup.lead_id == lead.id, Signup.offer == asking.offer)
            bring_along(session, context, lead, session.scalars(hers).one(), quarter, now)
        return True


def bring_along(session: Session, context: Context, lead: Lead, signup: Signup, quarter: int, now: datetime) -> None:
    """What was watched where she signed up is the reader's now; to be called once she is confirmed."""
    offer = context.library.offers.get(signup.offer)
    note_quarter(session, context, lead, signup, quarter, (offer.asset if offer else None) or "", now)


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
