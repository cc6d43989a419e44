"""What the buttons of the room do: one thing each, and what was done is said in `pages/room/_said.html`."""

from __future__ import annotations

from dataclasses import dataclass

from flask import abort

from funnel.enrolment.standing import NOT_WRITTEN_TO, State
from funnel.web.reader.room.manner import press_discreet, press_language, press_save, press_tracking, press_zone
from funnel.web.reader.room.own import (
    press_address,
    press_answers,
    press_erase_later,
    press_forget_answers,
    press_forget_result,
    press_keep,
    press_name,
    press_name_back,
    press_own_link,
)
from funnel.web.reader.room.pace import (
    press_go_on,
    press_next,
    press_not_quiet,
    press_pause,
    press_quiet,
    press_resume,
    press_slower,
    press_stop_one,
)
from funnel.web.reader.room.pressed import ActionResult, Form, Press
from funnel.web.reader.room.visit import RoomVisit

_UNWRITTEN = (State.LEFT, *NOT_WRITTEN_TO)  # who is not written to


@dataclass(frozen=True, slots=True)
class Action:
    """One button. `section` is what it saves; `fresh` means that only a fresh mailed link may press it.

    `also` are the states in which it works besides those of who is written to.
    """

    do: Press
    section: str = ""
    fresh: bool = False
    also: tuple[State, ...] = ()


def act(visit: RoomVisit, state: State, form: Form) -> tuple[ActionResult, str]:
    """Does what the pressed button names: what is to be said of it, and the section it saved, "" for none.

    Answers 400 for a button that there is not, 403 where it takes a fresh link.
    """
    pressed = form.get("do", "")
    name, _, value = pressed.partition(":")
    action = ACTIONS.get(name)
    if action is None or not pressed.isprintable():  # what no button says, and not every database takes
        abort(400)
    if action.fresh and not visit.full:
        abort(403)
    if state in _UNWRITTEN and state not in action.also:
        return ActionResult("nothing"), ""
    said = action.do(visit, value, form)
    return said, "" if said.wrong else action.section


def _nothing(visit: RoomVisit, value: str, form: Form) -> ActionResult:
    """Return was pressed in a field: no button says what is meant."""
    return ActionResult("press-a-button")


ACTIONS: dict[str, Action] = {
    "pause": Action(press_pause),
    "resume": Action(press_resume),
    "next": Action(press_next),
    "pace": Action(press_slower, "pace"),
    "discreet": Action(press_discreet, "discreet"),
    "tracking": Action(press_tracking, "tracking"),
    "zone": Action(press_zone, "zone"),
    "language": Action(press_language, "language"),
    "about": Action(press_zone, "zone"),
    "save": Action(press_save),
    "quiet": Action(press_quiet, "quiet"),
    "not-quiet": Action(press_not_quiet),
    "stop-one": Action(press_stop_one),
    "go-on": Action(press_go_on),
    "own-data": Action(press_own_link, also=(State.LEFT,)),
    "name": Action(press_name, "name", fresh=True, also=_UNWRITTEN),
    "name-back": Action(press_name_back, "name", fresh=True, also=_UNWRITTEN),
    "forget-result": Action(press_forget_result, fresh=True, also=_UNWRITTEN),
    "answers": Action(press_answers, "answers", fresh=True),
    "forget-answers": Action(press_forget_answers, fresh=True, also=_UNWRITTEN),
    "address": Action(press_address, "address", fresh=True, also=_UNWRITTEN),
    "erase": Action(press_erase_later, fresh=True, also=_UNWRITTEN),
    "keep": Action(press_keep, fresh=True, also=_UNWRITTEN),
    "none": Action(_nothing, also=_UNWRITTEN),
}
