"""Who plays: the cast by name, then numbered people, each with habits drawn from the seed. Data, no action."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from funnel.curriculum import Offer

FEWEST = 8
# The kinds of offer an audience that reads mail can take up; a quiz wants answers first.
_KINDS = {"ebook": 4, "training": 3, "course": 3}
# Sixty people come in five days, more take longer; but all within an eighth of the time.
_ARRIVALS_OF_SIXTY = timedelta(days=5)

_ZONES = (
    "Europe/Dublin", "Europe/Berlin", "Europe/Lisbon", "America/New_York", "America/Los_Angeles",
    "America/Sao_Paulo", "Africa/Lagos", "Asia/Kolkata", "Asia/Tokyo", "Australia/Sydney", "Pacific/Auckland",
)  # fmt: skip
# Some leave the field empty, and some names are hard on software.
_NAMES = ("Hana", "Ines", "", "Zoë", "Jonas", "O'Neill", "Kemal", "*<b>Bob", "Mara", "Nils", "", "Renée", "{{ Tom }}")
_SOURCES = ("newsletter", "search", "friend", "podcast")
_BROWSERS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.5 Safari/605.1.15",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148",
    "Mozilla/5.0 (Linux; Android 15; Pixel 8) AppleWebKit/537.36 Chrome/142.0.0.0 Mobile Safari/537.36",
)
# A scanner does not say that it is one.
SCANNER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/112.0.0.0 Safari/537.36"


@dataclass(frozen=True, slots=True)
class Person:
    """One person and their habits. `arrives` is story time after the beginning; chances are from 0 to 1.

    `scanned`: a machine in front of the mailbox fetches everything in a mail at once. `leaves_after`: how many lessons
    it takes until this person leaves by one click. `changes_mind`: cancels what was booked, and asks again.
    """

    email: str
    first_name: str
    zone: str
    offer: str
    arrives: timedelta
    browser: str
    source: str
    as_json: bool = False
    confirms: bool = True
    scanned: bool = False
    refuses: bool = False
    signs_up_twice: bool = False
    books: bool = False
    changes_mind: bool = False
    leaves_after: int | None = None
    opens: float = 0.7
    clicks: float = 0.3
    takes_it: bool = True
    watches: int = 0


@dataclass(frozen=True, slots=True)
class Audience:
    """Who plays, and the seed that all chance comes from."""

    people: tuple[Person, ...]
    seed: int


def make_audience(count: int, offers: Sequence[Offer], weeks: int, seed: int) -> Audience:
    """`count` people, FEWEST or more, the same for the same seed. Raises ValueError where no offer is open to them."""
    if count < FEWEST:
        raise ValueError(f"the audience needs at least {FEWEST} people, one for each part")
    slugs = {offer.slug: _KINDS[offer.kind] for offer in offers if offer.open and offer.kind in _KINDS}
    if not slugs:
        raise ValueError("no e-book, training or course is open for sign-up")
    chance = random.Random(f"audience:{seed}")  # noqa: S311  # nosec B311 # habits, no secrets
    latest = min(timedelta(weeks=weeks) / 8, _ARRIVALS_OF_SIXTY * max(1.0, count / 60))
    people = [_anybody(number, slugs, latest, chance) for number in range(1, count + 1)]
    parts = _parts(_course(offers, slugs))
    return Audience(tuple(replace(person, **parts.get(number, {})) for number, person in enumerate(people, 1)), seed)


def _anybody(number: int, slugs: dict[str, int], latest: timedelta, chance: random.Random) -> Person:
    return Person(
        email=f"person-{number}@example.org",
        first_name=chance.choice(_NAMES),
        zone=chance.choice(_ZONES),
        offer=chance.choices(list(slugs), list(slugs.values()))[0],
        arrives=latest * chance.random(),
        browser=chance.choice(_BROWSERS),
        source=chance.choice(_SOURCES),
        as_json=chance.random() < 0.2,
        opens=chance.uniform(0.3, 1.0),
        clicks=chance.uniform(0.0, 0.5),
        takes_it=chance.random() < 0.8,
        watches=chance.randint(0, 4),
    )


def _parts(course: str) -> dict[int, dict[str, Any]]:
    """What is fixed about the first people. Two book: they come at once, by the shortest way to the last letter."""
    at_once = timedelta(0)

    def named(name: str, **habits: Any) -> dict[str, Any]:
        return {"email": f"{name.lower()}@example.org", "first_name": name, "zone": "Europe/Dublin", **habits}

    return {
        1: named("Ada", offer=course, arrives=at_once, as_json=False, books=True, opens=1.0),
        2: named("Ben", confirms=False, scanned=True),
        3: named("Cleo", leaves_after=2, opens=1.0, arrives=at_once),
        4: named("Dan", refuses=True),
        5: named("Eve", scanned=True, arrives=at_once),
        6: named("Fay", zone="Australia/Sydney", signs_up_twice=True, as_json=False),
        7: {"offer": course, "arrives": at_once, "books": True, "changes_mind": True, "as_json": True},
    }


def _course(offers: Sequence[Offer], slugs: dict[str, int]) -> str:
    return next((offer.slug for offer in offers if offer.slug in slugs and offer.kind == "course"), next(iter(slugs)))
