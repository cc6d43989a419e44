"""One person in the play: who it is, where, with which browser, and the diary that everything is written into."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlsplit

from funnel.demo.audience import Person
from funnel.demo.browser import Browser
from funnel.demo.diary import Diary
from funnel.demo.doors import HostPages


@dataclass(frozen=True, slots=True)
class Venue:
    """Where it is played: the site's address, the texts of the links that lead to a first conversation, and what stands
    on the practice's other site. `rate` is story seconds per machine second; `languages` are those that the practice
    serves, its own first; `begin_words` are the texts of the links that begin another sequence.

    `session_words` are the texts of the links in letters that lead to a session, each with the lesson it stands in.
    `sessions` are those that a form asks for, `ways_to_sessions` the paths of the pages that lead to them, `countries`
    the codes of those in which there is help."""

    site_url: str
    booking_words: frozenset[str] = frozenset()
    elsewhere: HostPages = field(default_factory=HostPages)
    rate: float = 1.0
    languages: tuple[str, ...] = ()
    begin_words: frozenset[str] = frozenset()
    session_words: Mapping[str, str] = field(default_factory=dict)
    sessions: frozenset[str] = frozenset()
    ways_to_sessions: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()

    def machine_seconds(self, story: timedelta) -> float:
        """How long a stretch of the story takes."""
        return story.total_seconds() / self.rate


@dataclass(frozen=True, slots=True)
class Player:
    """What every act of a person needs."""

    person: Person
    venue: Venue
    diary: Diary
    browser: Browser


def leads_to(url: str, *paths: str) -> bool:
    """Whether the path of an address begins with one of these."""
    return urlsplit(url).path.startswith(paths)
