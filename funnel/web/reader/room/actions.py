"""What the buttons of the room do: one thing each, and what was done is said in `pages/room/_said.html`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask import abort
from werkzeug.datastructures import MultiDict

from funnel.curriculum import local_date
from funnel.curriculum.measuring import measured
from funnel.curriculum.schedule.quiet_dates import DateSpan, read_span
from funnel.enrolment.standing import NOT_WRITTEN_TO, State
from funnel.models import Lead
from funnel.privacy.erase_later import erase_later, keep_after_all
from funnel.privacy.new_address import AddressWish, ask_new_address
from funnel.privacy.own_data import mail_own_data_link
from funnel.privacy.quiz_result import delete_result
from funnel.subscription import choices
from funnel.subscription.preferences import next_now, pause, rename
from funnel.web.context import current_now, current_service
from funnel.web.reader.room.visit import RoomVisit
from funnel.web.site.forms import known_zones

Form = MultiDict[str, str]
TRACKING = ("full", "clicks", "none")
_YES = {"on": True, "off": False}
_DEFAULT = "default"  # the practice's own, where nothing is chosen
_UNWRITTEN = (State.LEFT, *NOT_WRITTEN_TO)  # who is not written to


@dataclass(frozen=True, slots=True)
class ActionResult:
    """What a button did. `what` is the sentence, `undo` the button that takes it back (a value of `do`), "" if none.

    With `wrong` nothing was changed, and that is the section where it is said.
    """

    what: str
    undo: str = ""
    wrong: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)


_Press = Callable[[RoomVisit, str, Form], ActionResult]


@dataclass(frozen=True, slots=True)
class Action:
    """One button. `section` is what it saves; `fresh` means that only a fresh mailed link may press it.

    `also` are the states in which it works besides those of who is written to.
    """

    do: _Press
    section: str = ""
    fresh: bool = False
    also: tuple[State, ...] = ()


def act(visit: RoomVisit, state: State, form: Form) -> tuple[ActionResult, str]:
    """Does what the pressed button names: what is to be said of it, and the section it saved, "" for none.

    Answers 400 for a button that there is not, 403 where it takes a fresh link.
    """
    name, _, value = form.get("do", "").partition(":")
    action = ACTIONS.get(name)
    if action is None:
        abort(400)
    if action.fresh and not visit.full:
        abort(403)
    if state in _UNWRITTEN and state not in action.also:
        return ActionResult("nothing"), ""
    said = action.do(visit, value, form)
    return said, "" if said.wrong else action.section


def _pause(visit: RoomVisit, value: str, form: Form) -> ActionResult:
    weeks = value or form.get("weeks", "")
    if weeks not in ("1", "2", "4"):
        abort(400)
    done = pause(current_service(), visit.delivery_id, int(weeks), current_now())
    return ActionResult("paused", undo="resume") if done else ActionResult("nothing-to-pause")


def _resume(visit: RoomVisit, value: str, form: Form) -> ActionResult:
    if visit.lead.paused_until is None or visit.lead.paused_until <= current_now():
        return ActionResult("not-paused")
    pause(current_service(), visit.delivery_id, 0, current_now())
    return ActionResult("resumed")


def _next(visit: RoomVisit, value: str, form: Form) -> ActionResult:
    return ActionResult("next" if next_now(current_service(), visit.delivery_id, current_now()) else "no-next")


def _switch(section: str, name: str, choose: Callable[..., bool], on: str, off: str) -> _Press:
    """A box that is ticked or not: the lead's field of this name, and what is said of either."""

    def press(visit: RoomVisit, value: str, form: Form) -> ActionResult:
        wanted = _YES.get(value, name in form)
        if wanted == getattr(visit.lead, name):
            return ActionResult("as-before")
        choose(current_service(), visit.delivery_id, wanted, current_now())
        return ActionResult(on if wanted else off, undo=f"{section}:{'off' if wanted else 'on'}")

    return press


_slower = _switch("pace", "slower", choices.choose_slower, on="slower", off="own-pace")
_discreet = _switch("discreet", "discreet", choices.choose_discreet, on="discreet", off="open")


def _tracking(visit: RoomVisit, value: str, form: Form) -> ActionResult:
    practice, before = current_service().library.practice, visit.lead.tracking
    wanted = None if value == _DEFAULT else value or form.get("tracking", "")
    if wanted is not None and wanted not in TRACKING:
        abort(400)
    # Who leaves the ticked choice as it is has chosen nothing: then the practice's default goes on to count.
    if wanted == measured(before, practice.tracking):
        return ActionResult("as-before")
    choices.choose_tracking(current_service(), visit.delivery_id, wanted, current_now())
    now = measured(wanted, practice.tracking)
    return ActionResult("tracking", undo=f"tracking:{before or _DEFAULT}", values={"tracking": now})


def _zone(visit: RoomVisit, value: str, form: Form) -> ActionResult:
    service, before = current_service(), visit.lead.zone
    zone = None if value == _DEFAULT else value or form.get("timezone", "")
    if zone is not None and zone not in known_zones():
        abort(400)
    if zone == service.zone_of(visit.lead):
        return ActionResult("as-before")
    choices.choose_zone(service, visit.delivery_id, zone, current_now())
    return ActionResult(
        "zone", undo=f"zone:{before or _DEFAULT}", values={"zone": zone or service.library.practice.zone}
    )


def _language(visit: RoomVisit, value: str, form: Form) -> ActionResult:
    service = current_service()
    wanted, before = value or form.get("language", ""), service.language_of(visit.lead)
    if wanted not in service.library.practice.spoken:
        abort(400)
    if wanted == before:
        return ActionResult("as-before")
    choices.choose_language(service, visit.delivery_id, wanted, current_now())
    return ActionResult("language", undo=f"language:{before}", values={"language": wanted})


def _save(visit: RoomVisit, value: str, form: Form) -> ActionResult:
    """The pages of before there was a room had one button for these three."""
    if form.get("tracking", "") not in TRACKING:
        abort(400)
    said = [each(visit, "", form).what for each in (_slower, _discreet, _tracking)]
    return ActionResult("saved" if any(what != "as-before" for what in said) else "as-before")


def _quiet(visit: RoomVisit, value: str, form: Form) -> ActionResult:
    first, _, last = value.partition("..")
    if not value:
        first, last = form.get("quiet-first", ""), form.get("quiet-last", "")
    span = read_span(first, last, _today(visit.lead))
    if span is None:
        return ActionResult("no-such-dates", wrong="quiet")
    if not choices.add_quiet_dates(current_service(), visit.delivery_id, span, current_now()):
        return ActionResult("too-many-dates", wrong="quiet")
    return ActionResult("quiet", undo=f"not-quiet:{span.key}", values={"span": span})


def _not_quiet(visit: RoomVisit, value: str, form: Form) -> ActionResult:
    first, _, last = value.partition("..")
    span: DateSpan | None = read_span(first, last, _today(visit.lead))
    if span is None or not choices.drop_quiet_dates(current_service(), visit.delivery_id, span, current_now()):
        return ActionResult("as-before")
    return ActionResult("not-quiet", undo=f"quiet:{span.key}", values={"span": span})


def _stop_one(visit: RoomVisit, value: str, form: Form) -> ActionResult:
    if not choices.stop_sequence(current_service(), visit.delivery_id, value, current_now()):
        return ActionResult("as-before")
    return ActionResult("stopped-one", undo=f"go-on:{value}", values={"slug": value})


def _go_on(visit: RoomVisit, value: str, form: Form) -> ActionResult:
    if not choices.take_up_sequence(current_service(), visit.delivery_id, value, current_now()):
        return ActionResult("cannot-go-on")
    return ActionResult("goes-on", undo=f"stop-one:{value}", values={"slug": value})


def _own_link(visit: RoomVisit, value: str, form: Form) -> ActionResult:
    mailed = mail_own_data_link(current_service(), visit.delivery_id, current_now())
    return ActionResult("own-data" if mailed else "no-own-data")


def _name(visit: RoomVisit, value: str, form: Form) -> ActionResult:
    name = rename(current_service(), visit.lead.id, form.get("name", ""))
    return ActionResult("named", values={"name": name})


def _forget_result(visit: RoomVisit, value: str, form: Form) -> ActionResult:
    return ActionResult("forgotten" if delete_result(current_service(), visit.lead.id) else "no-result")


def _address(visit: RoomVisit, value: str, form: Form) -> ActionResult:
    typed = form.get("email", "").strip()
    asked = ask_new_address(current_service(), visit.lead.id, typed, current_now())
    if asked is AddressWish.ASKED:
        return ActionResult("address", values={"email": typed})
    return ActionResult(f"address-{asked.value}", wrong="address")


def _erase_later(visit: RoomVisit, value: str, form: Form) -> ActionResult:
    """Erasing at once leaves no room to say it in: the view does that."""
    if value != "later":
        abort(400)
    at = erase_later(current_service(), visit.lead.id, current_now())
    return ActionResult("erase-later", undo="keep", values={"at": at})


def _keep(visit: RoomVisit, value: str, form: Form) -> ActionResult:
    return ActionResult(
        "kept" if keep_after_all(current_service(), visit.lead.id, current_now()) else "nothing-to-keep"
    )


def _nothing(visit: RoomVisit, value: str, form: Form) -> ActionResult:
    """Return was pressed in a field: no button says what is meant."""
    return ActionResult("press-a-button")


def _today(lead: Lead) -> date:
    return local_date(current_now(), current_service().zone_of(lead))


ACTIONS: dict[str, Action] = {
    "pause": Action(_pause),
    "resume": Action(_resume),
    "next": Action(_next),
    "pace": Action(_slower, "pace"),
    "discreet": Action(_discreet, "discreet"),
    "tracking": Action(_tracking, "tracking"),
    "zone": Action(_zone, "zone"),
    "language": Action(_language, "language"),
    "about": Action(_zone, "zone"),
    "save": Action(_save),
    "quiet": Action(_quiet, "quiet"),
    "not-quiet": Action(_not_quiet),
    "stop-one": Action(_stop_one),
    "go-on": Action(_go_on),
    "own-data": Action(_own_link, also=(State.LEFT,)),
    "name": Action(_name, "name", fresh=True, also=_UNWRITTEN),
    "forget-result": Action(_forget_result, fresh=True, also=_UNWRITTEN),
    "address": Action(_address, "address", fresh=True, also=_UNWRITTEN),
    "erase": Action(_erase_later, fresh=True, also=_UNWRITTEN),
    "keep": Action(_keep, fresh=True, also=_UNWRITTEN),
    "none": Action(_nothing, also=_UNWRITTEN),
}
