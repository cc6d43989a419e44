"""What the practice does for one person, from her page: each button one act, and a sentence that says what it did."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask import abort, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select

from funnel.models import Delivery, Lead, LeadState
from funnel.subscription.choices import choose_slower
from funnel.subscription.manual import enrol_by_hand, mark_client, note_booked, send_promised, stop_by_hand
from funnel.subscription.preferences import PAUSES, next_now, pause
from funnel.subscription.taking_up import take_up
from funnel.web.context import current_now, current_service
from funnel.web.dashboard.blueprint import blueprint
from funnel.web.dashboard.params import LARGEST_ID, form_text
from funnel.wiring import Service

_Act = Callable[[Service, Lead, int | None, datetime], str]

ACTS_SAID = {
    "paused": "The letters rest. The calendar moves along, so nothing is caught up on.",
    "nothing-to-pause": "Nothing has changed: no letter is to come that could be put off.",
    "goes-on": "The pause is over. The next letter comes at its time.",
    "slower": "From now on there is twice as much time between the letters.",
    "own-pace": "The letters come at the course’s own pace again.",
    "next-sent": "The next letter goes now.",
    "next-not-sent": "Nothing was sent: one went today, the sequence rests, or no letter is to come.",
    "stopped": "The sequence is stopped. No mail says so, and it can be gone on with.",
    "not-stopped": "Nothing has changed: this person was not under way on it.",
    "taken-up": "The sequence goes on with the letter that was next.",
    "started": "The sequence begins. The agreement is kept in your words.",
    "client": "A client now. What says stop_when: client has ended, and the tag client is put on.",
    "booked": "It is noted that a conversation was asked for.",
    "not-booked": "Nothing has changed: that was noted before.",
    "sent-again": "What was promised goes again.",
    "not-sent-again": "Nothing was sent: nothing was promised, this address gets no mail, or it went a moment ago.",
    "no-words": "Nothing has changed: write how and when this person agreed. That is kept as evidence.",
    "refused": "Nothing has changed: not confirmed, no mail to this address, had it before, or not bought.",
}
"""What the page says after an act, by the word in its address."""


@blueprint.post("/people/<int:lead_id>/act", endpoint="act")
def act(lead_id: int) -> ResponseReturnValue:
    """Does what the button `do` says; answers 400 for one that there is not."""
    chosen = _ACTS.get(form_text("do"))
    if chosen is None:
        abort(400)
    service = current_service()
    with service.db.read() as session:
        lead = session.get(Lead, lead_id) if lead_id <= LARGEST_ID else None
        # Many acts of hers are known by one of her mails, as in her own room.
        mail = session.scalar(select(func.max(Delivery.id)).where(Delivery.lead_id == lead_id)) if lead else None
    if lead is None or lead.state == LeadState.ERASED:
        abort(404)
    said = chosen(service, lead, mail, current_now())
    return redirect(url_for("dashboard.person", lead_id=lead_id, done=said, _anchor="acts"), 303)


def _pause(service: Service, lead: Lead, mail: int | None, now: datetime) -> str:
    text = form_text("weeks")
    weeks = int(text) if text in {str(each) for each in PAUSES} else abort(400)
    return "paused" if mail is not None and pause(service, mail, weeks, now) else "nothing-to-pause"


def _go_on(service: Service, lead: Lead, mail: int | None, now: datetime) -> str:
    return "goes-on" if mail is not None and pause(service, mail, 0, now) else "nothing-to-pause"


def _slower(service: Service, lead: Lead, mail: int | None, now: datetime) -> str:
    slower = not lead.slower
    if mail is None or not choose_slower(service, mail, slower, now):
        return "nothing-to-pause"
    return "slower" if slower else "own-pace"


def _next(service: Service, lead: Lead, mail: int | None, now: datetime) -> str:
    return "next-sent" if mail is not None and next_now(service, mail, now) else "next-not-sent"


def _stop(service: Service, lead: Lead, mail: int | None, now: datetime) -> str:
    return "stopped" if stop_by_hand(service, lead.id, form_text("sequence"), now) else "not-stopped"


def _take_up(service: Service, lead: Lead, mail: int | None, now: datetime) -> str:
    try:
        take_up(service, lead.email, form_text("sequence"), now)
    except LookupError:
        return "refused"
    return "taken-up"


def _start(service: Service, lead: Lead, mail: int | None, now: datetime) -> str:
    agreed = form_text("agreed")
    if not agreed:
        return "no-words"
    try:
        enrol_by_hand(service, lead.email, form_text("sequence"), now, agreed=agreed)
    except LookupError:
        return "refused"
    return "started"


def _client(service: Service, lead: Lead, mail: int | None, now: datetime) -> str:
    mark_client(service, lead.email, now)
    return "client"


def _booked(service: Service, lead: Lead, mail: int | None, now: datetime) -> str:
    return "booked" if note_booked(service, lead.id, now) else "not-booked"


def _send_again(service: Service, lead: Lead, mail: int | None, now: datetime) -> str:
    return "sent-again" if send_promised(service, lead.id, now) else "not-sent-again"


_ACTS: dict[str, _Act] = {
    "pause": _pause,
    "go-on": _go_on,
    "pace": _slower,
    "next": _next,
    "stop": _stop,
    "take-up": _take_up,
    "start": _start,
    "client": _client,
    "booked": _booked,
    "send-again": _send_again,
}
