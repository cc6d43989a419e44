"""Who comes to the site and signs up for nothing: they look for help, or ask for a session, on no list. Data."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

# One in so many is there besides those who sign up, and at the least so many.
_EACH, _FEWEST = 8, 4


class Afterwards(StrEnum):
    """What somebody does by the link in the receipt."""

    NOTHING = ""
    CANCELS = "cancel"
    CHANGES = "again"


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody on no list. `nth` decides by which page she comes to a session; `helped` that she looks for help.

    `arrives` is story time after the beginning. One without a session to ask for only looks for help.
    """

    email: str
    nth: int
    arrives: timedelta
    browser: str
    helped: bool
    asks: bool
    afterwards: Afterwards = Afterwards.NOTHING


def make_guests(people: int, browsers: Sequence[str], weeks: int, seed: int) -> tuple[Guest, ...]:
    """One to every eight of these people, four or more; the same for the same seed."""
    chance = random.Random(f"guests:{seed}")  # noqa: S311  # nosec B311 # habits, no secrets
    found = []
    for nth in range(max(_FEWEST, people // _EACH)):
        asks = nth % 4 != 3
        found.append(
            Guest(
                email=f"guest-{nth + 1}@example.org",
                nth=nth,
                arrives=timedelta(weeks=weeks) / 2 * chance.random(),
                browser=chance.choice(browsers),
                helped=not asks or chance.random() < 0.3,
                asks=asks,
                afterwards=list(Afterwards)[nth % 4] if asks else Afterwards.NOTHING,
            )
        )
    return tuple(found)
