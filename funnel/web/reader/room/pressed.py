"""What a button of the room is, and what it did."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from werkzeug.datastructures import MultiDict

from funnel.web.context import current_now, current_service
from funnel.web.reader.room.visit import RoomVisit

Form = MultiDict[str, str]
_YES = {"on": True, "off": False}


@dataclass(frozen=True, slots=True)
class ActionResult:
    """What a button did. `what` is the sentence, `undo` the button that takes it back (a value of `do`), "" if none.

    With `wrong` nothing was changed, and that is the section where it is said.
    """

    what: str
    undo: str = ""
    wrong: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)


Press = Callable[[RoomVisit, str, Form], ActionResult]
"""What a button does: for whom, with the value behind its name ("" for none), and all that stands in the form."""


def switch(section: str, name: str, choose: Callable[..., bool], on: str, off: str) -> Press:
    """A box that is ticked or not: the lead's field of this name, and what is said of either."""

    def press(visit: RoomVisit, value: str, form: Form) -> ActionResult:
        wanted = _YES.get(value, name in form)
        if wanted == getattr(visit.lead, name):
            return ActionResult("as-before")
        choose(current_service(), visit.delivery_id, wanted, current_now())
        return ActionResult(on if wanted else off, undo=f"{section}:{'off' if wanted else 'on'}")

    return press
