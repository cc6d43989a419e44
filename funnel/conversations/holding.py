"""One thing done to a booking while its reader's row is held, so that two presses at once are one after the other."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

from funnel.context import Context
from funnel.conversations.values import BookingChange
from funnel.db import find
from funnel.links import RowRef
from funnel.models import BookingRequest, Lead, LeadState
from funnel.sending.scheduler import enqueue_now

_Work = Callable[[Session, Lead, BookingRequest], tuple[BookingChange, list[int]]]


def change_booking(context: Context, ref: RowRef, work: _Work) -> BookingChange:
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
