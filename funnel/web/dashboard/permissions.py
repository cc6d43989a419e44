"""Who may see and do what: one decision for every page and every button of the dashboard.

What is not named here nobody may do, and a test names it.
"""

from __future__ import annotations

from collections.abc import Mapping

from funnel.models import AdminRole

_EVERYBODY = frozenset({AdminRole.ADMIN, AdminRole.PRACTITIONER, AdminRole.VIEWER})
_STAFF = frozenset({AdminRole.ADMIN, AdminRole.PRACTITIONER})
_ADMINS = frozenset({AdminRole.ADMIN})

VIEWER_HOME = "dashboard.numbers"

PERMISSIONS: Mapping[str, frozenset[AdminRole]] = {
    # What is about people, mails or the practice's work. Every figure there may be of one person.
    "dashboard.act": _STAFF,
    "dashboard.agree": _STAFF,
    "dashboard.answered": _STAFF,
    "dashboard.ask_about_mails": _STAFF,
    "dashboard.ask_to_erase": _STAFF,
    "dashboard.bookings": _STAFF,
    "dashboard.decide_mails": _STAFF,
    "dashboard.decide_provider": _STAFF,
    "dashboard.doctor": _STAFF,
    "dashboard.doctor_mail": _STAFF,
    "dashboard.embedding": _STAFF,
    "dashboard.erase": _STAFF,
    "dashboard.find_people": _STAFF,
    "dashboard.funnel": _STAFF,
    "dashboard.funnel_table": _STAFF,
    "dashboard.health": _STAFF,
    "dashboard.look_around": _STAFF,
    "dashboard.mails": _STAFF,
    "dashboard.overview": _STAFF,
    "dashboard.people": _STAFF,
    "dashboard.person": _STAFF,
    "dashboard.privacy": _STAFF,
    "dashboard.resume_channel": _STAFF,
    "dashboard.sequence": _STAFF,
    "dashboard.tag": _STAFF,
    # One's own sign-in, and figures in which nobody can be recognised.
    "dashboard.account": _EVERYBODY,
    "dashboard.numbers": _EVERYBODY,
    "dashboard.set_password": _EVERYBODY,
    # Who gets in.
    "dashboard.audit": _ADMINS,
    "dashboard.change_user": _ADMINS,
    "dashboard.users": _ADMINS,
}


def may(role: str, endpoint: str) -> bool:
    """Whether somebody with this role may use this page or button."""
    return role in PERMISSIONS.get(endpoint, frozenset())
