"""What people do on our pages: visit, download, watch. Each by a request a scanner does not make, or marked."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from funnel.context import Context
from funnel.curriculum import local_date
from funnel.curriculum.measuring import measured
from funnel.db import find
from funnel.models import (
    Actor,
    Delivery,
    Event,
    EventKind,
    FunnelStage,
    Lead,
    LeadState,
    Signup,
)
from funnel.people.tally import count_file, count_on_pages
from funnel.subscription.opening import Opened
from funnel.subscription.watching import note_quarter


def count_visit(context: Context, offer: str, now: datetime) -> None:
    """One view of an offer's page. No cookie and no address is kept, so views are counted, not visitors."""
    with context.db.write() as session:
        count_on_pages(session, offer, FunnelStage.VISITS, local_date(now, context.library.practice.zone))


def count_on_page(context: Context, offer: str, stage: FunnelStage, now: datetime) -> None:
    """One more of a stage that no row stands for: a quiz was begun, or answered. Nothing tells by whom."""
    with context.db.write() as session:
        count_on_pages(session, offer, stage, local_date(now, context.library.practice.zone))


def count_download(context: Context, opened: Opened, asset: str, now: datetime, raw: dict[str, Any]) -> None:
    """One download of the file `asset`, and of what her sign-up brought where that is the file.

    Nothing of it is kept where its reader was erased while the file was on its way.
    """
    with context.db.write() as session:
        # First the lead, whom the event names: whoever confirms locks her before the sign-up too.
        lead = session.get(Lead, opened.lead_id, with_for_update=True)
        if lead is None or lead.state == LeadState.ERASED:
            return
        signup = None if opened.signup is None else session.get(Signup, opened.signup.number, with_for_update=True)
        offer = None if signup is None else context.library.offers.get(signup.offer)
        if signup is not None and offer is not None and offer.asset == opened.name:
            signup.downloads += 1
        count_file(session, asset, now)
        session.add(
            Event(
                key=f"download:{uuid4().hex}",
                kind=EventKind.DOWNLOADED,
                at=now,
                lead_id=opened.lead_id,
                actor=Actor.UNKNOWN,
                raw={**raw, "file": asset},
            )
        )


def watched(context: Context, opened: Opened, quarter: int, now: datetime) -> bool:
    """The training was watched to this quarter (1 to 4), said by the page's player. Only ever grows.

    Of several trainings the one that was watched furthest counts. False where the reader is gone.
    """
    if not 1 <= quarter <= 4:
        raise ValueError("a training has four quarters")
    with context.db.write() as session:
        lead = session.get(Lead, opened.lead_id, with_for_update=True)
        signup = find(session, Signup, opened.signup)
        if lead is None or lead.state == LeadState.ERASED:
            return False
        note_quarter(session, context, lead, signup, quarter, opened.name, now)
        return True


def note_sign(context: Context, delivery_id: int, kind: EventKind, now: datetime) -> bool:
    """That a person was at a page of ours which this mail led to: CHOSE or READ. At most one of each a minute.

    False where nothing was written: there is no such mail, its reader was erased or chose not to be measured, or it was
    noted before.
    """
    key = f"{kind.value}:{delivery_id}:{int(now.timestamp()) // 60}"

    def work(session: Session) -> bool:
        delivery = session.get(Delivery, delivery_id)
        lead_id = None if delivery is None else delivery.lead_id
        lead = None if lead_id is None else session.get(Lead, lead_id, with_for_update=True)
        if lead is None or lead.state == LeadState.ERASED:
            return False
        if measured(lead.tracking, context.library.practice.tracking) == "none":
            return False
        if session.scalar(select(Event.id).where(Event.key == key)) is not None:
            return False
        session.add(Event(key=key, kind=kind, at=now, delivery_id=delivery_id, lead_id=lead.id, actor=Actor.HUMAN))
        return True

    # Whoever takes in hits locks mails, and then their readers for the events: the two may wait for each other.
    return context.db.write_again(work)
