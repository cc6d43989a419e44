"""Conversations: a reader asks for one, adds to it, asks for another time, cancels, or takes that back.

Each is one transaction that holds the lead's row, so that two presses at once make one booking. What is done is a row
of its own below the booking, and a notice to the practice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from funnel.compose.unseen import seen
from funnel.context import Context
from funnel.curriculum import Booking
from funnel.db import find
from funnel.deliveries.making import new_mail
from funnel.enrolment.enrolment import stop_enrolments
from funnel.links import RowRef
from funnel.models import (
    Actor,
    BookingAct,
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
from funnel.people.permission import refusal, suppressions
from funnel.people.tally import reach
from funnel.sending.scheduler import enqueue_now

BOOKED = "booked"
UNDO_WITHIN = timedelta(days=1)
FURTHEST = timedelta(days=366)  # ahead, for a time that is agreed on
_MOST_ACTS = 5  # of one reader in a day: each is a mail to the practice
_UNCOUNTED = (BookingAct.CANCELLED, BookingAct.AGREED)  # nobody is kept from cancelling


@dataclass(frozen=True, slots=True)
class BookingText:
    """What a reader leaves when she asks for a conversation: each may be empty, and is cut at its length."""

    words: str = ""
    phone: str = ""
    good_time: str = ""

    def cleaned(self) -> BookingText:
        """Without what cannot be seen; `words` keep their line breaks."""
        lines = [_seen(line) for line in self.words.splitlines()]
        return BookingText("\n".join(lines).strip()[:2000], _seen(self.phone)[:40], _seen(self.good_time)[:200])


@dataclass(frozen=True, slots=True)
class WantedConversation:
    """Which conversation is asked for (None: any), and what its reader says beside that."""

    booking: Booking | None = None
    said: BookingText = BookingText()

    @property
    def key(self) -> str:
        """The name it has in practice.toml, or ""."""
        return self.booking.key if self.booking else ""

    @property
    def title(self) -> str:
        return self.booking.title if self.booking else ""


@dataclass(frozen=True, slots=True)
class Booked:
    """A conversation that is noted. `ref` only where this press made it, and `mailed` where she is told by mail."""

    ref: RowRef | None = None
    mailed: bool = False


class BookingChange(StrEnum):
    """What became of a press on the page of a booking."""

    DONE = "done"
    ALREADY = "already"  # it was so before
    TOO_LATE = "too-late"
    TOO_MANY = "too-many"  # for a day
    GONE = "gone"


_ANY = WantedConversation()


def book(
    context: Context, lead_id: int, delivery_id: int, now: datetime, wanted: WantedConversation = _ANY
) -> Booked | None:
    """This conversation was asked for, and the practice is told. The same asked again changes nothing.

    None where the reader is gone, or did more than five things within a day.
    """
    wanted = replace(wanted, said=wanted.said.cleaned())
    with context.db.write() as session:
        lead = session.get(Lead, lead_id, with_for_update=True)
        if lead is None or lead.state == LeadState.ERASED:
            return None
        known = _open_booking(session, lead, wanted.key, now)
        if known is not None and not _says_more(session, known, wanted.said):
            return Booked()
        if _acts_since(session, lead, now - timedelta(days=1)) >= _MOST_ACTS:
            return None
        delivery = session.get(Delivery, delivery_id)
        if known is not None:
            ids = _note(session, known, BookingAct.ADDED, now, wanted.said, delivery)
            booked = Booked()
        else:
            made = _new_booking(lead, delivery, wanted, now)
            session.add(made)
            session.flush()
            _count_booked(session, context, lead, delivery, now)
            told = _tell_reader(session, context, lead, made, now)
            ids = [*told, _tell_practice(session, made, made, now)]
            booked = Booked(made.ref, bool(told))
    enqueue_now(context, ids)
    return booked


def ask_for_another_time(context: Context, ref: RowRef, said: BookingText, now: datetime) -> BookingChange:
    """She would rather have another time. One that was agreed on stands until there is another.

    A booking that was cancelled, or whose time has passed, is asked for anew by this and has no time then.
    """
    said = said.cleaned()

    def work(session: Session, lead: Lead, booking: BookingRequest) -> tuple[BookingChange, list[int]]:
        last = _last_act(session, booking)
        stands = booking.cancelled_at is None and not is_over(booking, now)
        if stands and last.act == BookingAct.OTHER_TIME and (said == BookingText() or said == _said(last)):
            return BookingChange.ALREADY, []
        if not stands and _open_booking(session, lead, booking.name, now) is not None:
            return BookingChange.TOO_LATE, []  # she has asked for another since
        if not _may_act(session, lead, now):
            return BookingChange.TOO_MANY, []
        if not stands:
            booking.cancelled_at = booking.starts_at = None
            _count_booked(session, context, lead, None, now)
        return BookingChange.DONE, _note(session, booking, BookingAct.OTHER_TIME, now, said)

    return _change(context, ref, work)


def cancel(context: Context, ref: RowRef, now: datetime) -> BookingChange:
    """She does not want it any more. Too late once its time has passed."""

    def work(session: Session, lead: Lead, booking: BookingRequest) -> tuple[BookingChange, list[int]]:
        if booking.cancelled_at is not None:
            return BookingChange.ALREADY, []
        if is_over(booking, now):
            return BookingChange.TOO_LATE, []
        booking.cancelled_at = now
        session.flush()
        if not session.scalar(_bookings(lead).where(BookingRequest.cancelled_at.is_(None)).limit(1)):
            lead.booked_at = None
        ids = _note(session, booking, BookingAct.CANCELLED, now)
        return BookingChange.DONE, ids + _tell_reader(session, context, lead, _last_act(session, booking), now)

    return _change(context, ref, work)


def take_back_cancelling(context: Context, ref: RowRef, now: datetime) -> BookingChange:
    """She takes her cancelling back, within a day and before the time that was agreed on."""

    def work(session: Session, lead: Lead, booking: BookingRequest) -> tuple[BookingChange, list[int]]:
        if booking.cancelled_at is None:
            return BookingChange.ALREADY, []
        if not can_be_kept(booking, now) or _open_booking(session, lead, booking.name, now) is not None:
            return BookingChange.TOO_LATE, []
        if not _may_act(session, lead, now):
            return BookingChange.TOO_MANY, []
        booking.cancelled_at = None
        _count_booked(session, context, lead, None, now)
        return BookingChange.DONE, _note(session, booking, BookingAct.KEPT, now)

    return _change(context, ref, work)


def agree_on(context: Context, booking_id: int, starts_at: datetime, now: datetime) -> BookingChange:
    """The practice writes down the time (aware) that was agreed on; the reader is told, with a file for her calendar.

    Too late for a time that has passed, or is more than a year ahead.
    """
    with context.db.read() as session:
        row = session.get(BookingRequest, booking_id)
        ref = None if row is None or row.act != BookingAct.ASKED else row.ref

    def work(session: Session, lead: Lead, booking: BookingRequest) -> tuple[BookingChange, list[int]]:
        if booking.cancelled_at is not None:
            return BookingChange.GONE, []
        if not now < starts_at <= now + FURTHEST:
            return BookingChange.TOO_LATE, []
        if booking.starts_at == starts_at and _last_act(session, booking).act == BookingAct.AGREED:
            return BookingChange.ALREADY, []
        booking.starts_at = starts_at
        row = _act(booking, BookingAct.AGREED, now)
        session.add(row)
        session.flush()
        return BookingChange.DONE, _tell_reader(session, context, lead, row, now)

    return BookingChange.GONE if ref is None else _change(context, ref, work)


def is_over(booking: BookingRequest, now: datetime) -> bool:
    """Whether the time that was agreed on has passed."""
    return booking.starts_at is not None and booking.starts_at <= now


def can_be_kept(booking: BookingRequest, now: datetime) -> bool:
    """Whether cancelling it can still be taken back."""
    return booking.cancelled_at is not None and now - booking.cancelled_at <= UNDO_WITHIN and not is_over(booking, now)


def times_agreed(session: Session, booking: BookingRequest) -> int:
    """How often a time was written down for it: which version of a calendar's entry this is (RFC 5545, 3.8.7.4)."""
    query = select(func.count()).where(BookingRequest.booking_id == booking.id, BookingRequest.act == BookingAct.AGREED)
    return session.scalar(query) or 0


_Work = Callable[[Session, Lead, BookingRequest], tuple[BookingChange, list[int]]]


def _change(context: Context, ref: RowRef, work: _Work) -> BookingChange:
    """Does this to the booking while its reader's row is held, and puts the mails it makes on the queue."""
    with context.db.write() as session:
        found = find(session, BookingRequest, ref)
        lead = None if found is None else session.get(Lead, found.lead_id, with_for_update=True)
        if found is None or lead is None or lead.state == LeadState.ERASED:
            return BookingChange.GONE
        # As it is now that nobody else holds the lead.
        session.refresh(found)
        change, ids = work(session, lead, found)
    enqueue_now(context, ids)
    return change


def _bookings(lead: Lead) -> Select[BookingRequest]:
    return (
        select(BookingRequest)
        .where(BookingRequest.lead_id == lead.id, BookingRequest.act == BookingAct.ASKED)
        .order_by(BookingRequest.id.desc())
    )


def _open_booking(session: Session, lead: Lead, name: str, now: datetime) -> BookingRequest | None:
    """What she has asked for and neither cancelled nor had. One from before names were kept is any."""
    query = _bookings(lead).where(BookingRequest.cancelled_at.is_(None), BookingRequest.name.in_((name, "")))
    return next((each for each in session.scalars(query) if not is_over(each, now)), None)


def _says_more(session: Session, booking: BookingRequest, said: BookingText) -> bool:
    """Whether this says anything that what she wrote last does not: nothing said is nothing."""
    return said != BookingText() and said != _said(_last_act(session, booking, BookingAct.ASKED, BookingAct.ADDED))


def _said(row: BookingRequest) -> BookingText:
    return BookingText(row.words, row.phone, row.good_time)


def _last_act(session: Session, booking: BookingRequest, *acts: BookingAct) -> BookingRequest:
    """The newest row of a booking, of these acts if any are given; the booking itself where there is no other."""
    query = select(BookingRequest).where(BookingRequest.booking_id == booking.id).order_by(BookingRequest.id.desc())
    if acts:
        query = query.where(BookingRequest.act.in_(acts))
    return session.scalars(query.limit(1)).first() or booking


def _acts_since(session: Session, lead: Lead, since: datetime) -> int:
    acts = select(func.count()).where(
        BookingRequest.lead_id == lead.id, BookingRequest.at > since, BookingRequest.act.not_in(_UNCOUNTED)
    )
    return session.scalar(acts) or 0


def _may_act(session: Session, lead: Lead, now: datetime) -> bool:
    return _acts_since(session, lead, now - timedelta(days=1)) < _MOST_ACTS


def _new_booking(lead: Lead, delivery: Delivery | None, wanted: WantedConversation, now: datetime) -> BookingRequest:
    return BookingRequest(
        lead_id=lead.id,
        delivery_id=delivery.id if delivery else None,
        act=BookingAct.ASKED,
        name=wanted.key,
        title=wanted.title[:200],
        minutes=wanted.booking.minutes if wanted.booking else 0,
        words=wanted.said.words,
        phone=wanted.said.phone,
        good_time=wanted.said.good_time,
        at=now,
    )


def _act(booking: BookingRequest, act: BookingAct, now: datetime) -> BookingRequest:
    """A row below the booking. It keeps the time that stands now, for the mails that tell of it."""
    return BookingRequest(
        lead_id=booking.lead_id,
        booking_id=booking.id,
        act=act,
        name=booking.name,
        title=booking.title,
        starts_at=booking.starts_at,
        at=now,
    )


def _note(
    session: Session,
    booking: BookingRequest,
    act: BookingAct,
    now: datetime,
    said: BookingText | None = None,
    delivery: Delivery | None = None,
) -> list[int]:
    """Keeps what she did and tells the practice; the number of that mail."""
    row = _act(booking, act, now)
    if said is not None:
        row.words, row.phone, row.good_time = said.words, said.phone, said.good_time
    row.delivery_id = delivery.id if delivery else None
    session.add(row)
    session.flush()
    return [_tell_practice(session, booking, row, now)]


def _tell_practice(session: Session, booking: BookingRequest, row: BookingRequest, now: datetime) -> int:
    about = {"lead_id": booking.lead_id, "booking": booking.title, "request": row.id}
    notice = new_mail(DeliveryKind.NOTICE, now, detail=about)
    session.add(notice)
    session.flush()
    return notice.id


def _tell_reader(session: Session, context: Context, lead: Lead, row: BookingRequest, now: datetime) -> list[int]:
    """The mail that holds the link to her booking, where she may be written to."""
    if refusal(lead, DeliveryKind.BOOKING, suppressions(session, context.links, [lead])) is not None:
        return []
    mail = new_mail(DeliveryKind.BOOKING, now, lead_id=lead.id, detail={"request": row.id})
    session.add(mail)
    session.flush()
    return [mail.id]


def _count_booked(session: Session, context: Context, lead: Lead, delivery: Delivery | None, now: datetime) -> None:
    """What changes for who has booked: the figures, once, and the sequences that end with it."""
    if lead.booked_at is not None:
        return
    lead.booked_at = now
    key = f"booked:{lead.id}"  # also of who booked, cancelled, and books again: she is counted once
    if session.scalar(select(Event.id).where(Event.key == key)) is None:
        named = {"delivery_id": delivery.id if delivery else None, "lead_id": lead.id}
        session.add(Event(key=key, kind=EventKind.BOOKED, at=now, actor=Actor.HUMAN, **named))
    for signup in session.scalars(select(Signup).where(Signup.lead_id == lead.id).order_by(Signup.id)):
        if signup.confirmed_at is not None:
            reach(session, signup, FunnelStage.BOOKED, now)
    ends = [
        published.sequence.slug
        for published in context.editions.all_current(session)
        if BOOKED in published.sequence.stop_when
    ]
    stop_enrolments(session, lead.id, BOOKED, now, only=ends)


def _seen(text: str) -> str:
    """On one line, without what is not seen."""
    return " ".join(seen(text).split())
