"""What somebody does, and when: the pieces that a person's ways are made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Act:
    """Something a person will do, so many machine seconds from now, and what follows from it, if anything does.

    Doing it raises BrowsingError where the site does not answer as it should. What `may_lapse` is left undone where
    the story ends first.
    """

    delay: float
    do: Callable[[], Act | None]
    may_lapse: bool = False


Arrival = tuple[datetime, str, Callable[[], Act | None]]
"""When somebody comes (story time), by which address they are known, and what they do first."""
