"""A stretch of days that figures are asked for."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement
from sqlalchemy.orm import InstrumentedAttribute

from funnel.curriculum import wall_time


class DaySpan(NamedTuple):
    """Days of the practice, both included; None: from the beginning, or until now."""

    first: date | None = None
    last: date | None = None

    def before(self) -> DaySpan | None:
        """As many days, just before these; None where these have no beginning or no end."""
        if self.first is None or self.last is None:
            return None
        days = (self.last - self.first).days + 1
        return DaySpan(self.first - timedelta(days=days), self.first - timedelta(days=1))

    def holds(self, column: InstrumentedAttribute[date]) -> list[ColumnElement[bool]]:
        """That a day lies in it, as conditions of a query."""
        first = [] if self.first is None else [column >= self.first]
        return first if self.last is None else [*first, column <= self.last]

    def holds_time(
        self, column: InstrumentedAttribute[datetime] | InstrumentedAttribute[datetime | None], zone: str
    ) -> list[ColumnElement[bool]]:
        """That a time lies in it, on the wall of `zone`."""
        found: list[ColumnElement[bool]] = []
        if self.first is not None:
            found.append(column >= wall_time(self.first, time(), zone))
        if self.last is not None:
            found.append(column < wall_time(self.last + timedelta(days=1), time(), zone))
        return found


EVER = DaySpan()
