"""The dates on which a reader asked for no mail: what may be added to them, and how they are shown."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, timedelta
from typing import NamedTuple

MOST = 62  # dates that are still to come; two months in all
FURTHEST = timedelta(days=400)
_ONE_DAY = timedelta(days=1)


class DateSpan(NamedTuple):
    """Dates in a row, both ends included."""

    first: date
    last: date

    @property
    def key(self) -> str:
        """As `read_span` reads it."""
        return f"{self.first.isoformat()}..{self.last.isoformat()}"

    @property
    def days(self) -> list[date]:
        return [self.first + n * _ONE_DAY for n in range((self.last - self.first).days + 1)]


def read_span(first: str, last: str, today: date) -> DateSpan | None:
    """The span that two ISO dates name, the second may be empty; None if it is none, or not from today to a year on."""
    try:
        begin = date.fromisoformat(first.strip())
        end = date.fromisoformat(last.strip()) if last.strip() else begin
    except ValueError:
        return None
    return DateSpan(begin, end) if today <= begin <= end <= today + FURTHEST else None


def with_span(kept: Collection[date], span: DateSpan, today: date) -> list[date] | None:
    """These dates and the span's, sorted, without what is over; None if they are too many."""
    if (span.last - span.first).days >= MOST:
        return None
    days = sorted({day for day in kept if day >= today} | set(span.days))
    return days if len(days) <= MOST else None


def without_span(kept: Collection[date], span: DateSpan, today: date) -> list[date]:
    """These dates without the span's and without what is over, sorted."""
    return sorted(day for day in kept if day >= today and not span.first <= day <= span.last)


def spans(kept: Iterable[date], today: date) -> list[DateSpan]:
    """What is still to come of these dates, those in a row together."""
    found: list[DateSpan] = []
    for day in sorted({day for day in kept if day >= today}):
        if found and day - found[-1].last == _ONE_DAY:
            found[-1] = DateSpan(found[-1].first, day)
        else:
            found.append(DateSpan(day, day))
    return found
