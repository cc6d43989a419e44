"""The buttons for when letters come: pauses, pace, dates without mail, and one course alone."""

from __future__ import annotations

from datetime import date

from flask import abort

from funnel.curriculum import local_date
from funnel.curriculum.schedule.quiet_dates import DateSpan, read_span
from funnel.models import Lead
from funnel.subscription import choices
from funnel.subscription.preferences import next_now, pause
from funnel.web.context import current_now, current_service
from funnel.web.reader.room.pressed import ActionResult, Form, switch
from funnel.web.reader.room.visit import RoomVisit


def press_pause(visit: RoomVisit, value: str, form: Form) -> ActionResult:
    weeks = value or form.get("weeks", "")
    if weeks not in ("1", "2", "4"):
        abort(400)
    done = pause(current_service(), visit.delivery_id, int(weeks), current_now())
    return ActionResult("paused", undo="resume") if done else ActionResult("nothing-to-pause")


def press_resume(visit: RoomVisit, value: str, form: Form) -> ActionResult:
    if visit.lead.paused_until is None or visit.lead.paused_until <= current_now():
        return ActionResult("not-paused")
    pause(current_service(), visit.delivery_id, 0, current_now())
    return ActionResult("resumed")


def press_next(visit: RoomVisit, value: str, form: Form) -> ActionResult:
    return ActionResult("next" if next_now(current_service(), visit.delivery_id, current_now()) else "no-next")


press_slower = switch("pace", "slower", choices.choose_slower, on="slower", off="own-pace")


def press_quiet(visit: RoomVisit, value: str, form: Form) -> ActionResult:
    first, _, last = value.partition("..")
    if not value:
        first, last = form.get("quiet-first", ""), form.get("quiet-last", "")
    span = read_span(first, last, _today(visit.lead))
    if span is None:
        return ActionResult("no-such-dates", wrong="quiet")
    if not choices.add_quiet_dates(current_service(), visit.delivery_id, span, current_now()):
        return ActionResult("too-many-dates", wrong="quiet")
    return ActionResult("quiet", undo=f"not-quiet:{span.key}", values={"span": span})


def press_not_quiet(visit: RoomVisit, value: str, form: Form) -> ActionResult:
    first, _, last = value.partition("..")
    span: DateSpan | None = read_span(first, last, _today(visit.lead))
    if span is None or not choices.drop_quiet_dates(current_service(), visit.delivery_id, span, current_now()):
        return ActionResult("as-before")
    return ActionResult("not-quiet", undo=f"quiet:{span.key}", values={"span": span})


def press_stop_one(visit: RoomVisit, value: str, form: Form) -> ActionResult:
    if not choices.stop_sequence(current_service(), visit.delivery_id, value, current_now()):
        return ActionResult("as-before")
    return ActionResult("stopped-one", undo=f"go-on:{value}", values={"slug": value})


def press_go_on(visit: RoomVisit, value: str, form: Form) -> ActionResult:
    if not choices.take_up_sequence(current_service(), visit.delivery_id, value, current_now()):
        return ActionResult("cannot-go-on")
    return ActionResult("goes-on", undo=f"stop-one:{value}", values={"slug": value})


def _today(lead: Lead) -> date:
    return local_date(current_now(), current_service().zone_of(lead))
