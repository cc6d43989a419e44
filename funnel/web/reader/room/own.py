"""The buttons for what is hers: her name and address, her data, and having all of it erased."""

from __future__ import annotations

from flask import abort

from funnel.privacy.erase_later import erase_later, keep_after_all
from funnel.privacy.new_address import AddressWish, ask_new_address
from funnel.privacy.own_data import mail_own_data_link
from funnel.privacy.quiz_result import change_answers, delete_answers, delete_result
from funnel.subscription.preferences import rename
from funnel.web.context import current_now, current_service
from funnel.web.reader.room.pressed import ActionResult, Form
from funnel.web.reader.room.visit import RoomVisit
from funnel.web.site.forms import typed_answers


def press_own_link(visit: RoomVisit, value: str, form: Form) -> ActionResult:
    mailed = mail_own_data_link(current_service(), visit.delivery_id, current_now())
    return ActionResult("own-data" if mailed else "no-own-data")


def press_name(visit: RoomVisit, value: str, form: Form) -> ActionResult:
    before = visit.lead.first_name
    name = rename(current_service(), visit.lead.id, form.get("name", ""))
    return ActionResult("named", undo="" if name == before else f"name-back:{before}", values={"name": name})


def press_name_back(visit: RoomVisit, value: str, form: Form) -> ActionResult:
    return ActionResult("named", values={"name": rename(current_service(), visit.lead.id, value)})


def press_forget_result(visit: RoomVisit, value: str, form: Form) -> ActionResult:
    return ActionResult("forgotten" if delete_result(current_service(), visit.lead.id) else "no-result")


def press_answers(visit: RoomVisit, value: str, form: Form) -> ActionResult:
    wrong = change_answers(current_service(), visit.lead.id, typed_answers(form), current_now())
    return (
        ActionResult("answers-wrong", wrong="answers", values={"wrong": wrong}) if wrong else ActionResult("answered")
    )


def press_forget_answers(visit: RoomVisit, value: str, form: Form) -> ActionResult:
    return ActionResult("no-answers-kept" if delete_answers(current_service(), visit.lead.id) else "no-answers")


def press_address(visit: RoomVisit, value: str, form: Form) -> ActionResult:
    typed = form.get("email", "").strip()
    asked = ask_new_address(current_service(), visit.lead.id, typed, current_now())
    if asked is AddressWish.ASKED:
        return ActionResult("address", values={"email": typed})
    return ActionResult(f"address-{asked.value}", wrong="address")


def press_erase_later(visit: RoomVisit, value: str, form: Form) -> ActionResult:
    """Erasing at once leaves no room to say it in: the view does that."""
    if value != "later":
        abort(400)
    at = erase_later(current_service(), visit.lead.id, current_now())
    return ActionResult("erase-later", undo="keep", values={"at": at})


def press_keep(visit: RoomVisit, value: str, form: Form) -> ActionResult:
    return ActionResult(
        "kept" if keep_after_all(current_service(), visit.lead.id, current_now()) else "nothing-to-keep"
    )
