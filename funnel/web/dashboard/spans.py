"""Which days a page is asked for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from flask import request

from funnel.curriculum import local_date
from funnel.insight.span import DaySpan
from funnel.web.context import current_now, current_service
from funnel.web.dashboard.labels import RANGES
from funnel.web.dashboard.params import asked_date

_USUAL = "90"


@dataclass(frozen=True, slots=True)
class AskedSpan:
    """The days, and how the address says them: `quick` is a key of RANGES, or "" for two dates."""

    span: DaySpan
    quick: str
    query: dict[str, str]

    @property
    def days(self) -> dict[str, str]:
        """The same days as two dates, so that a link goes on to mean them tomorrow."""
        said = {"from": self.span.first, "to": self.span.last}
        return {name: day.isoformat() for name, day in said.items() if day is not None}

    @property
    def words(self) -> str:
        """Such as "1 Mar to 31 Mar 2027"."""
        first, last = self.span
        if first is None and last is None:
            return "so far"
        if first is None or last is None:
            return f"from {_day(first)} on" if first is not None else f"until {_day(last or date.max)}"
        return _day(first) if first == last else f"{_day(first)} to {_day(last)}"


def asked_span() -> AskedSpan:
    """The days of the query: `from` and `to`, or `days`. What cannot be read is the usual ninety days."""
    found, quick = asked_days(), request.args.get("days", _USUAL)
    if found.query or quick == "all":
        return found if found.query else replace(found, quick=quick, query={"days": quick})
    quick = quick if quick in RANGES else _USUAL
    today = local_date(current_now(), current_service().library.practice.zone)
    return AskedSpan(DaySpan(today - timedelta(days=int(quick) - 1), today), quick, {"days": quick})


def asked_days() -> AskedSpan:
    """The days from `from` to `to` of the query; all days where it has neither."""
    first, last = asked_date(request.args.get("from", "")), asked_date(request.args.get("to", ""))
    if first is not None and last is not None and last < first:
        first, last = last, first
    found = AskedSpan(DaySpan(first, last), "", {})
    return replace(found, query=found.days)


def _day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"
