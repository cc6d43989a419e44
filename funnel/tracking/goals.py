"""What people do on our pages: visit, download, watch, book. Each by a request a scanner does not make, or marked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from funnel.compose.unseen import seen
from funnel.context import Context
from funnel.curriculum import Booking
from funnel.curriculum.measuring import measured
from funnel.db import find
from funnel.deliveries.making import new_mail
from funnel.enrolment.enrolment import start_triggered, stop_enrolments
from funnel.models import (
    Actor,
    BookingRequest,
    Delivery,
    DeliveryKind,
    Event,
    EventKind,
    FunnelStage,
    Lead,
    LeadState,
    Signup,
)
from funnel.people.tally import count_file, count_stage, reach
from funnel.sending.scheduler import enqueue_now
from funnel.subscription.opening import Opened

BOOKED = "booked"
_MOST_REQUESTS = 5  # for conversations, of one reader in a day: each is a mail to the practice
_WATCHED_ENOUGH = 3  # quarters; fewer is having looked in


def count_visit(context: Context, offer: str, now: datetime) -> None:
    """One view of an offer's page. No cookie and no address is kept, so views are counted, not visitors."""
    with context.db.write() as session:
        count_stage(session, offer, FunnelStage.VISITS, now)


def count_on_page(context: Context, offer: str, stage: FunnelStage, now: datetime) -> None:
    """One more of a stage that no row stands for: a quiz was begun, or answered. Nothing tells by whom."""
    with context.db.write() as session:
        count_stage(session, offer, stage, now)


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
        if quarter <= lead.watched:
            return True
        before, lead.watched = lead.watched, quarter
        session.add(
            Event(
                key=f"watched:{lead.id}:{quarter}",
                kind=EventKind.WATCHED,
                at=now,
                lead_id=lead.id,
                actor=Actor.HUMAN,
                raw={"quarter": quarter, "training": opened.name},
            )
        )
        if before < _WATCHED_ENOUGH <= quarter and lead.state == LeadState.CONFIRMED:
            start_triggered(session, context, lead, signup, "watched", now)
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


@dataclass(frozen=True, slots=True)
class Said:
    """What a reader leaves when she asks for a conversation: each may be empty, and is cut at its length."""

    words: str = ""
    phone: str = ""
    good_time: str = ""

    def cleaned(self) -> Said:
        """Without what cannot be seen; `words` keep their line breaks."""
        lines = [_seen(line) for line in self.words.splitlines()]
        return Said("\n".join(lines).strip()[:2000], _seen(self.phone)[:40], _seen(self.good_time)[:200])


@dataclass(frozen=True, slots=True)
class WantedConversation:
    """Which conversation is asked for (None: any), and what its reader says beside that."""

    booking: Booking | None = None
    said: Said = Said()

    @property
    def key(self) -> str:
        """The name it has in practice.toml, or ""."""
        return self.booking.key if self.booking else ""

    @property
    def title(self) -> str:
        return self.booking.title if self.booking else ""


_ANY = WantedConversation()


def book(context: Context, lead_id: int, delivery_id: int, now: datetime, wanted: WantedConversation = _ANY) -> bool:
    """This conversation was asked for, and the practice is told. The same asked again changes nothing.

    False where the reader is gone, or asked for more than five things within a day.
    """
    wanted = replace(wanted, said=wanted.said.cleaned())
    with context.db.write() as session:
        lead = session.get(Lead, lead_id, with_for_update=True)
        if lead is None or lead.state == LeadState.ERASED:
            return False
        ids = []
        if lead.booked_at is None or _is_new(session, lead, wanted):
            if _asked_since(session, lead, now - timedelta(days=1)) >= _MOST_REQUESTS:
                return False
            delivery = session.get(Delivery, delivery_id)
            if lead.booked_at is None:
                _first_booking(session, context, lead, delivery, now)
            notice = _tell_practice(session, lead, delivery, wanted, now)
            session.flush()
            ids = [notice.id]
    enqueue_now(context, ids)
    return True


def _is_new(session: Session, lead: Lead, wanted: WantedConversation) -> bool:
    """Whether this says anything that the last request for the same conversation did not: nothing said is nothing."""
    name, said = wanted.key, wanted.said
    query = select(BookingRequest).where(BookingRequest.lead_id == lead.id).order_by(BookingRequest.id.desc())
    known = [each for each in session.scalars(query) if each.name in (name, "")]
    return not known or (said != Said() and said != Said(known[0].words, known[0].phone, known[0].good_time))


def _asked_since(session: Session, lead: Lead, since: datetime) -> int:
    asked = select(func.count()).where(BookingRequest.lead_id == lead.id, BookingRequest.at > since)
    return session.scalar(asked) or 0


def _first_booking(session: Session, context: Context, lead: Lead, delivery: Delivery | None, now: datetime) -> None:
    """What changes for who has booked: the figures, and the sequences that end with it."""
    lead.booked_at = now
    session.add(
        Event(
            key=f"booked:{lead.id}",
            kind=EventKind.BOOKED,
            at=now,
            delivery_id=delivery.id if delivery else None,
            lead_id=lead.id,
            actor=Actor.HUMAN,
        )
    )
    for signup in session.scalars(select(Signup).where(Signup.lead_id == lead.id).order_by(Signup.id)):
        if signup.confirmed_at is not None:
            reach(session, signup, FunnelStage.BOOKED, now)
    ends = [
        published.sequence.slug
        for published in context.editions.all_current(session)
        if BOOKED in published.sequence.stop_when
    ]
    stop_enrolments(session, lead.id, BOOKED, now, only=ends)


def _tell_practice(
    session: Session, lead: Lead, delivery: Delivery | None, wanted: WantedConversation, now: datetime
) -> Delivery:
    """Keeps what was said and gives back the mail that tells the practice of it."""
    asked = BookingRequest(
        lead_id=lead.id,
        delivery_id=delivery.id if delivery else None,
        name=wanted.key,
        title=wanted.title[:200],
        words=wanted.said.words,
        phone=wanted.said.phone,
        good_time=wanted.said.good_time,
        at=now,
    )
    session.add(asked)
    session.flush()
    about = {"lead_id": lead.id, "booking": wanted.title, "request": asked.id}
    notice = new_mail(DeliveryKind.NOTICE, now, detail=about)
    session.add(notice)
    return notice


def _seen(text: str) -> str:
    """On one line, without what is not seen."""
    return " ".join(seen(text).split())
