"""A course that begins together: which round somebody joins, and what becomes of her when its date is moved."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

from funnel.curriculum.model import Sequence

NO_ROUNDS: frozenset[date] = frozenset()


def first_day(sequence: Sequence, today: date) -> date | None:
    """Day 0 of whoever begins on `today`, a date on her wall.

    Where the course begins together, that is the first day of the first round that has not closed; None where no
    date is set for one.
    """
    if not sequence.rounds:
        return today
    return next((day for day in sequence.rounds if today <= day + timedelta(days=sequence.closes)), None)


def moved_round(old: Sequence, new: Sequence, waited_for: date, today: date) -> date | None:
    """The first day of somebody who waits for a round of `old`, once `new` is published.

    1. Her date stays where it is still listed.
    2. A course that does not begin together any more begins today.
    3. Else she goes to the nearest of the dates that are new, or of all; never to one that has closed. None where
       there is none: she waits until a date is set.
    """
    if waited_for in new.rounds:
        return waited_for
    if not new.rounds:
        return today
    open_ones = [day for day in new.rounds if today <= day + timedelta(days=new.closes)]
    return _nearest(waited_for, [day for day in open_ones if day not in old.rounds] or open_ones)


def _nearest(wanted: date, days: Collection[date]) -> date | None:
    return min(days, key=lambda day: (abs(day - wanted), day), default=None)
