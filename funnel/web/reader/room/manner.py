"""The buttons for how letters come: subjects, what is measured, whose clock, and in which language."""

from __future__ import annotations

from flask import abort

from funnel.curriculum.measuring import measured
from funnel.subscription import choices
from funnel.web.context import current_now, current_service
from funnel.web.reader.room.pace import press_slower
from funnel.web.reader.room.pressed import ActionResult, Form, switch
from funnel.web.reader.room.visit import RoomVisit
from funnel.web.site.forms import known_zones

TRACKING = ("full", "clicks", "none")
_DEFAULT = "default"  # the practice's own, where nothing is chosen

press_discreet = switch("discreet", "discreet", choices.choose_discreet, on="discreet", off="open")


def press_tracking(visit: RoomVisit, value: str, form: Form) -> ActionResult:
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


def press_zone(visit: RoomVisit, value: str, form: Form) -> ActionResult:
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


def press_language(visit: RoomVisit, value: str, form: Form) -> ActionResult:
    service = current_service()
    wanted, before = value or form.get("language", ""), service.language_of(visit.lead)
    if wanted not in service.library.practice.spoken:
        abort(400)
    if wanted == before:
        return ActionResult("as-before")
    choices.choose_language(service, visit.delivery_id, wanted, current_now())
    return ActionResult("language", undo=f"language:{before}", values={"language": wanted})


def press_save(visit: RoomVisit, value: str, form: Form) -> ActionResult:
    """The pages of before there was a room had one button for these three."""
    if form.get("tracking", "") not in TRACKING:
        abort(400)
    said = [each(visit, "", form).what for each in (press_slower, press_discreet, press_tracking)]
    return ActionResult("saved" if any(what != "as-before" for what in said) else "as-before")
