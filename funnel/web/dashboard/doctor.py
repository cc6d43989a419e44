"""The page that looks whether everything around the service is right, when somebody presses its button."""

from __future__ import annotations

import threading

from flask import abort, render_template
from flask.typing import ResponseReturnValue

from funnel.adapters import AdapterUrlError
from funnel.adapters.dkim import DkimKeyError
from funnel.operations.doctor import Finding, Health, look_around, send_to_me, worst
from funnel.web.context import current_service
from funnel.web.dashboard.blueprint import blueprint
from funnel.web.dashboard.guard import signed_in

_SECONDS = 12.0  # a page is waited for less patiently than a command
# One look at a time in each process: many at once would keep it from serving readers, and ask others too often.
_looking = threading.Lock()
WORDS = {Health.OK: "Right", Health.WARN: "Could be better", Health.BAD: "Wrong", Health.NOT_TRIED: "Not tried"}


@blueprint.get("/doctor", endpoint="doctor")
def doctor() -> ResponseReturnValue:
    """The button; nothing is asked before it is pressed."""
    return _page(None)


@blueprint.post("/doctor", endpoint="look_around")
def look() -> ResponseReturnValue:
    """What was found. Nothing is changed, and nobody is written to."""
    if not _looking.acquire(blocking=False):
        return _page(None, busy=True)
    try:
        return _page(look_around(current_service(), seconds=_SECONDS))
    finally:
        _looking.release()


@blueprint.post("/doctor/mail", endpoint="doctor_mail")
def mail_to_me() -> ResponseReturnValue:
    """One lesson, marked as a test, to the address of whoever is signed in, and to no other."""
    user = signed_in() or abort(401)
    if not _looking.acquire(blocking=False):
        return _page(None, busy=True)
    try:
        found = send_to_me(current_service(), user.email)
    except (AdapterUrlError, DkimKeyError) as error:
        found = Finding("Mail to me", Health.BAD, str(error), "Mend this setting first.")
    finally:
        _looking.release()
    return _page([found])


def _page(found: list[Finding] | None, *, busy: bool = False) -> ResponseReturnValue:
    user = signed_in() or abort(401)
    groups = [(health, [each for each in found or [] if each.health is health]) for health in _ORDER]
    return render_template(
        "dashboard/doctor.html",
        groups=[(health, WORDS[health], each) for health, each in groups if each],
        looked=found is not None,
        all_right=found is not None and worst(found) is Health.OK,
        busy=busy,
        own_address=user.email,
    )


_ORDER = (Health.BAD, Health.WARN, Health.NOT_TRIED, Health.OK)
