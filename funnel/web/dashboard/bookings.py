"""The list of who asked for a conversation, and the form that writes down when it is."""

from __future__ import annotations

from datetime import date, time

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from funnel.conversations.changing import agree_on, note_answered
from funnel.conversations.values import BookingChange
from funnel.curriculum.walltime import wall_time
from funnel.insight import bookings_page, session_counts
from funnel.insight.bookings import bookings_to_answer
from funnel.web.context import current_now, current_service
from funnel.web.dashboard.blueprint import blueprint
from funnel.web.dashboard.params import LARGEST_ID, form_text, page_before, seen_at

_SAID = {
    BookingChange.DONE.value: "The time is written down. If the reader gets mail from us, it goes out to her now.",
    BookingChange.ALREADY.value: "That time was written down already. Nothing has changed.",
    BookingChange.TOO_LATE.value: "A time has to lie ahead, and within a year. Nothing has changed.",
    BookingChange.GONE.value: "This conversation was cancelled meanwhile. Nothing has changed.",
    f"answered-{BookingChange.DONE.value}": "Noted as answered.",
    f"answered-{BookingChange.ALREADY.value}": "It was answered already. Nothing has changed.",
    f"answered-{BookingChange.TOO_LATE.value}": "She has done something since this page was made. Look again; "
    "nothing has changed.",
    f"answered-{BookingChange.GONE.value}": "This conversation is gone. Nothing has changed.",
    "unread": "The day and the time could not be read. Nothing has changed.",
}


@blueprint.get("/bookings")
def bookings() -> ResponseReturnValue:
    service = current_service()
    to_answer = request.args.get("only", "") == "open"
    with service.db.read() as session:
        lines, before = bookings_page(session, page_before(), to_answer=to_answer)
        waiting = bookings_to_answer(session)
        asked = [] if to_answer else session_counts(session)
    said = _SAID.get(request.args.get("done", ""), "")
    return render_template(
        "dashboard/bookings.html",
        lines=lines,
        before=before,
        said=said,
        now=current_now(),
        asked=asked,
        to_answer=to_answer,
        waiting=waiting,
    )


@blueprint.post("/bookings/<int:booking_id>/answered", endpoint="answered")
def answered(booking_id: int) -> ResponseReturnValue:
    """Notes that she was answered, if she has done nothing since the page was made."""
    if booking_id > LARGEST_ID:
        abort(404)
    became = note_answered(current_service(), booking_id, seen_at(), current_now())
    return redirect(url_for("dashboard.bookings", only=form_text("only") or None, done=f"answered-{became.value}"), 303)


@blueprint.post("/bookings/<int:booking_id>/time", endpoint="agree")
def agree(booking_id: int) -> ResponseReturnValue:
    """Writes down a time, on the practice's clock, as the browser's field has it: 2027-01-12T14:00."""
    if booking_id > LARGEST_ID:
        abort(404)
    service = current_service()
    day_text, _, time_text = form_text("at").partition("T")
    try:
        day, at = date.fromisoformat(day_text), time.fromisoformat(time_text)
        starts_at = wall_time(day, at.replace(second=0, microsecond=0, tzinfo=None), service.library.practice.zone)
    except (ValueError, OverflowError):
        return redirect(url_for("dashboard.bookings", done="unread"), 303)
    became = agree_on(service, booking_id, starts_at, current_now())
    return redirect(url_for("dashboard.bookings", done=became.value), 303)
