"""Somebody asks for a session on the practice's site, by a form that anybody can fill in with any address.

She is put on no list: there is no consent, no sign-up and no enrolment, and nothing of who has the address changes. The
practice is told, and the mailbox is sent one receipt at its turn, which repeats nothing that was typed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from funnel.compose.first_names import clean_name
from funnel.context import Context
from funnel.conversations.changing import cancel
from funnel.conversations.queries import may_act, open_booking, says_more
from funnel.conversations.telling import note_act, tell_practice
from funnel.conversations.values import BookingText
from funnel.curriculum.sessions import OfferedSession
from funnel.deliveries.making import new_mail
from funnel.links import RowRef
from funnel.models import SESSIONS_BEGIN, BookingAct, BookingRequest, Delivery, DeliveryKind, Lead, LeadState
from funnel.people.leads import get_or_add_lead
from funnel.people.mailboxes import Turn, add_in_turn, add_nothing
from funnel.people.permission import refusal, suppressions
from funnel.people.tally import count_session
from funnel.sending.scheduler import enqueue_now

_NOTHING = BookingText()


@dataclass(frozen=True, slots=True)
class SessionWish:
    """What a form said: which session, the address and the name as typed, some words, and from where she came.

    `source` is a page or lesson of the practice's, or ""; `language` that of the page, None where there is one alone.
    """

    offered: OfferedSession
    email: str
    first_name: str = ""
    said: BookingText = _NOTHING
    source: str = ""
    language: str | None = None


def ask_for_session(context: Context, wish: SessionWish, now: datetime) -> bool:
    """Keeps it, tells the practice, and mails a receipt. The same asked again changes nothing.

    False where far too much was asked for by this address within a day: nothing is kept then.
    """
    said = wish.said.cleaned()
    with context.db.write() as session:
        lead = get_or_add_lead(session, wish.email, now, LeadState.GUEST)
        if lead.state == LeadState.GUEST:
            lead.language = wish.language or lead.language
        known = open_booking(session, lead, SESSIONS_BEGIN + wish.offered.slug, now)
        if known is not None and not says_more(session, known, said):
            return True
        if not may_act(session, lead, now, session_by_form=True):
            return False
        if known is not None:
            ids = note_act(session, known, BookingAct.ADDED, now, said)
        else:
            made = _new_session(lead, wish, said, now)
            session.add(made)
            session.flush()
            count_session(session, wish.offered.slug, wish.source, now)
            ids = [tell_practice(session, made, made, now), *_receipt(session, context, lead, made, wish, now)]
    enqueue_now(context, ids)
    return True


def not_by_her(context: Context, delivery_id: int, now: datetime) -> None:
    """Whoever reads the mailbox of this receipt says that it was not her: what it is about is cancelled."""
    with context.db.read() as session:
        mail = session.get(Delivery, delivery_id)
        found = None
        if mail is not None and mail.kind == DeliveryKind.SESSION:
            found = session.get(BookingRequest, int(mail.detail.get("request", 0)))
        ref: RowRef | None = found.ref if found is not None and found.is_session and found.booking_id is None else None
    if ref is not None:
        cancel(context, ref, now)


def _new_session(lead: Lead, wish: SessionWish, said: BookingText, now: datetime) -> BookingRequest:
    return BookingRequest(
        lead_id=lead.id,
        act=BookingAct.ASKED,
        name=SESSIONS_BEGIN + wish.offered.slug,
        title=wish.offered.title[:200],
        minutes=wish.offered.minutes,
        words=said.words,
        phone=said.phone,
        good_time=said.good_time,
        typed_name=clean_name(wish.first_name),
        source=wish.source,
        at=now,
    )


def _receipt(
    session: Session, context: Context, lead: Lead, made: BookingRequest, wish: SessionWish, now: datetime
) -> list[int]:
    """The mail that says it was noted, at its mailbox's turn; none where she may not be written to."""
    if refusal(lead, DeliveryKind.SESSION, suppressions(session, context.links, [lead])) is not None:
        add_nothing(session, context.links, lead.email, now)
        return []
    detail: dict[str, object] = {"request": made.id}
    if wish.language:
        detail["language"] = wish.language
    mail = new_mail(DeliveryKind.SESSION, now, lead_id=lead.id, detail=detail)
    turn = add_in_turn(session, context.links, lead.email, mail, now)
    session.flush()
    return [mail.id] if turn is Turn.NOW else []
