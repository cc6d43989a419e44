"""A reader asks for a conversation, adds to what she said, or asks for another time.

Each is one transaction that holds the lead's row, so that two presses at once make one booking.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from funnel.context import Context
from funnel.conversations.counting import count_booked
from funnel.conversations.holding import change_booking
from funnel.conversations.queries import is_over, last_act, may_act, open_booking, said_in_row, says_more
from funnel.conversations.telling import note_act, tell_practice, tell_reader
from funnel.conversations.values import Booked, BookingChange, BookingText, WantedConversation
from funnel.links import RowRef
from funnel.models import BookingAct, BookingRequest, Delivery, Lead, LeadState
from funnel.sending.scheduler import enqueue_now

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
        known = open_booking(session, lead, wanted.key, now)
        if known is not None and not says_more(session, known, wanted.said):
            return Booked()
        if not may_act(session, lead, now):
            return None
        delivery = session.get(Delivery, delivery_id)
        if known is not None:
            ids = note_act(session, known, BookingAct.ADDED, now, wanted.said, delivery)
            booked = Booked()
        else:
            made = _new_booking(lead, delivery, wanted, now)
            session.add(made)
            session.flush()
            count_booked(session, context, lead, delivery, now)
            told = tell_reader(session, context, lead, made, now)
            ids = [*told, tell_practice(session, made, made, now)]
            booked = Booked(made.ref, bool(told))
    enqueue_now(context, ids)
    return booked


def ask_for_another_time(context: Context, ref: RowRef, said: BookingText, now: datetime) -> BookingChange:
    """She would rather have another time. One that was agreed on stands until there is another.

    A booking that was cancelled, or whose time has passed, is asked for anew by this and has no time then.
    """
    said = said.cleaned()

    def work(session: Session, lead: Lead, booking: BookingRequest) -> tuple[BookingChange, list[int]]:
        last = last_act(session, booking)
        stands = booking.cancelled_at is None and not is_over(booking, now)
        if stands and last.act == BookingAct.OTHER_TIME and (said == BookingText() or said == said_in_row(last)):
            return BookingChange.ALREADY, []
        if not stands and open_booking(session, lead, booking.name, now) is not None:
            return BookingChange.TOO_LATE, []  # she has asked for another since
        if not may_act(session, lead, now, session_by_form=booking.is_session):
            return BookingChange.TOO_MANY, []
        if not stands:
            booking.cancelled_at = booking.starts_at = None
            if not booking.is_session:
                count_booked(session, context, lead, None, now)
        return BookingChange.DONE, note_act(session, booking, BookingAct.OTHER_TIME, now, said)

    return change_booking(context, ref, work)


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
