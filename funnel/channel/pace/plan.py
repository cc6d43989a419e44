"""The limits of a channel, read from one line of settings."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from funnel.curriculum.mailbox_providers import GROUPS

EXAMPLE = "14/s, 50000/day, google 5/s, other 2/s, 20 connections, from 2027-01-04"
OTHER = "other"
WARM_UP_FIRST, WARM_UP_GROWTH = 50, 1.5
_WARM_UP_DAYS = 40  # by then 50 mails a day have grown to more than anybody sends
_FIELDS = frozenset({"rate", "per_day", "warm_up_from", "connections"})
_UNITS = {"s": 1, "min": 60, "h": 3600}
_RATE = re.compile(r"(\d{1,9}(?:\.\d{1,3})?)\s*/\s*(s|min|h|day)")
_CONNECTIONS = re.compile(r"(\d{1,4}) connections?")
_DOMAIN = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")


class PaceError(ValueError):
    """A sentence that says what is wrong with the line and shows a right one."""

    def __init__(self, wrong: str) -> None:
        super().__init__(f"{wrong}. A right one: {EXAMPLE}")


@dataclass(frozen=True, slots=True)
class Rate:
    """Mails per second, and how many may go at once after a rest."""

    per_second: float

    @property
    def burst(self) -> float:
        return max(1.0, self.per_second)

    def part(self, of: int) -> Rate:
        return Rate(self.per_second / of)


@dataclass(frozen=True, slots=True)
class PacePlan:
    """Limits of one channel; None and empty mean none. Days are days of UTC.

    `groups` names mailbox providers (`groups.py`) and domains; `other` is for each domain that is not named.
    """

    rate: Rate | None = None
    per_day: int | None = None
    warm_up_from: date | None = None
    groups: Mapping[str, Rate] = field(default_factory=dict)
    other: Rate | None = None
    connections: int | None = None

    @property
    def counts_days(self) -> bool:
        return self.per_day is not None or self.warm_up_from is not None

    @property
    def by_group(self) -> bool:
        return bool(self.groups) or self.other is not None

    @property
    def unlimited(self) -> bool:
        return self.rate is None and not self.counts_days and not self.by_group

    def rate_of(self, group: str) -> Rate | None:
        return self.groups.get(group, self.other)

    def lessons_on(self, day: date) -> int | None:
        """Up to how many mails sent that day a lesson may still go: a tenth is reserved for urgent mail."""
        caps = [self.warm_up_on(day), None if self.per_day is None else self.per_day - self._kept]
        return min((cap for cap in caps if cap is not None), default=None)

    def warm_up_on(self, day: date) -> int | None:
        """50 on the first day and half as many more on each further day; None once above the daily limit."""
        if self.warm_up_from is None:
            return None
        n = max(0, (day - self.warm_up_from).days)
        if n > _WARM_UP_DAYS:
            return None
        allowed = math.floor(WARM_UP_FIRST * WARM_UP_GROWTH**n)
        return None if self.per_day is not None and allowed >= self.per_day else allowed

    @property
    def _kept(self) -> int:
        return 0 if self.per_day is None else min(self.per_day - 1, math.ceil(self.per_day / 10))

    def part(self, of: int) -> PacePlan:
        """The share of one of so many workers without contact; at least one mail a day."""
        return replace(
            self,
            rate=None if self.rate is None else self.rate.part(of),
            per_day=None if self.per_day is None else max(1, self.per_day // of),
            groups={name: rate.part(of) for name, rate in self.groups.items()},
            other=None if self.other is None else self.other.part(of),
        )


def parse_pace(text: str) -> PacePlan:
    """The plan of a line such as `14/s, 50000/day, google 5/s`; an empty one allows everything. Raises PaceError."""
    said: dict[str, Any] = {}
    groups: dict[str, Any] = {}
    for part in (part.strip().lower() for part in text.split(",")):
        if not part:
            continue
        name, value = _term(part)
        known = said if name in _FIELDS else groups
        if name in known:
            raise PaceError(f"it says {part[:40]!r} and another value for the same")
        known[name] = value
    return PacePlan(**said, other=groups.pop(OTHER, None), groups=groups)


def _term(part: str) -> tuple[str, Any]:
    """One part of the line: the field of `PacePlan` it sets, or the group, and its value."""
    if found := _CONNECTIONS.fullmatch(part):
        return "connections", max(1, int(found[1]))
    if part.startswith("from "):
        try:
            return "warm_up_from", date.fromisoformat(part[5:].strip())
        except ValueError:
            raise PaceError(f"{part[5:].strip()[:20]!r} is not a day such as 2027-01-04") from None
    name, _, amount = part.rpartition(" ") if not _RATE.fullmatch(part) else ("", "", part)
    found = _RATE.fullmatch(amount.strip())
    if not found or float(found[1]) <= 0:
        raise PaceError(f"{part[:40]!r} is not understood")
    if found[2] == "day":
        if name or "." in found[1]:
            raise PaceError(f"{part[:40]!r} is not understood: a whole number a day, and for the whole channel only")
        return "per_day", int(found[1])
    rate = Rate(float(found[1]) / _UNITS[found[2]])
    return (_group(name.strip()), rate) if name else ("rate", rate)


def _group(name: str) -> str:
    if name in GROUPS or name == OTHER or _DOMAIN.fullmatch(name):
        return name
    near = difflib.get_close_matches(name, [*GROUPS, OTHER], n=1, cutoff=0.5)
    raise PaceError(f"{name[:40]!r} is no mailbox provider known here" + (f"; did you mean {near[0]}?" if near else ""))
