"""Which mails the address of the list asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time, timedelta

from flask import request
from werkzeug.datastructures import MultiDict

from funnel.curriculum.walltime import wall_time
from funnel.insight import MailFilter
from funnel.models import DeliveryKind, DeliveryState
from funnel.web.context import current_service
from funnel.web.dashboard.params import asked_date, clean
from funnel.web.dashboard.reasons import reason_in_address

_ON_ITS_WAY = (DeliveryState.WAITING, DeliveryState.CLAIMED, DeliveryState.HANDING_OVER)
# What stands in the query, and the states it means. Three states are one thing to a reader of the page.
CHOICES: Mapping[str, tuple[DeliveryState, ...]] = {
    "": (),
    "waiting": _ON_ITS_WAY,
    "held": (DeliveryState.HELD,),
    "unknown": (DeliveryState.UNKNOWN,),
    "failed": (DeliveryState.FAILED,),
    "accepted": (DeliveryState.ACCEPTED,),
    "skipped": (DeliveryState.SKIPPED,),
}
UNDECIDED = ("held", "unknown")
"""The choices about which somebody has to decide."""


@dataclass(frozen=True, slots=True)
class AskedMails:
    """What is looked for; `state` is a key of CHOICES, and `query` what the address says of it, to be said again."""

    wanted: MailFilter
    state: str
    query: Mapping[str, str]

    @property
    def narrowed(self) -> bool:
        """Whether more than a state was chosen."""
        return bool(set(self.query) - {"state"})


def asked_mails(values: MultiDict[str, str] | None = None) -> AskedMails:
    """What the query asks for, or the fields of a form that repeats it. What cannot be read is left out."""
    said = request.args if values is None else values
    state = said.get("state", "")
    state = state if state in CHOICES else ""
    text = {name: clean(said.get(name, "")) for name in ("sequence", "lesson", "channel", "kind")}
    text["kind"] = text["kind"] if text["kind"] in set(DeliveryKind) else ""
    reason = reason_in_address(said.get("reason", ""))
    first, last = asked_date(said.get("from", "")), asked_date(said.get("to", ""))
    zone = current_service().library.practice.zone
    wanted = MailFilter(
        CHOICES[state],
        text["sequence"] or None,
        text["lesson"] or None,
        reason or None,
        text["channel"] or None,
        text["kind"] or None,
        None if first is None else wall_time(first, time(), zone),
        None if last is None else wall_time(last + timedelta(days=1), time(), zone),
    )
    days = {name: day.isoformat() for name, day in (("from", first), ("to", last)) if day is not None}
    query = {name: value for name, value in {"state": state, **text, "reason": reason}.items() if value} | days
    return AskedMails(wanted, state, query)
