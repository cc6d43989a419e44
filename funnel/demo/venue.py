"""Where it is played: what the audience may find on the site, as the practice wrote it."""

from __future__ import annotations

import re

from funnel.curriculum import Library
from funnel.curriculum.countries import country_code
from funnel.demo.doors import host_pages
from funnel.demo.player import Venue

_BOOKING = re.compile(r"\[([^\[\]]+)\]\(\s*\{\{\s*book\(")
_BEGIN = re.compile(r"\[([^\[\]]+)\]\(\s*\{\{\s*begin\(")
_SESSION = re.compile(r"\[([^\[\]]+)\]\(\s*\{\{\s*session\(\s*[\"']([^\"']+)")
_SESSIONS = "in_force.sessions"


def make_venue(site_url: str, library: Library, rate: float) -> Venue:
    """The site of this practice; `rate` is story seconds per machine second."""
    sessions = sessions_by_form(library)
    return Venue(
        site_url,
        _words(_BOOKING, library),
        host_pages(site_url, library),
        rate,
        library.practice.spoken,
        _words(_BEGIN, library),
        _session_words(library, sessions),
        sessions,
        _ways_to_sessions(library, sessions),
        _countries_with_help(library),
    )


def sessions_by_form(library: Library) -> frozenset[str]:
    """The sessions that are asked for by our form, not in a calendar elsewhere."""
    offered = library.sessions.sessions if library.sessions is not None else ()
    return frozenset(each.slug for each in offered if not each.url)


def _words(link: re.Pattern[str], library: Library) -> frozenset[str]:
    """The words of such links in lessons."""
    bodies = (lesson.body for sequence in library.sequences.values() for lesson in sequence.lessons)
    return frozenset(words for body in bodies for words in link.findall(body))


def _session_words(library: Library, sessions: frozenset[str]) -> dict[str, str]:
    """The words of the links in lessons that lead to one of these sessions, and the lesson they stand in."""
    return {
        " ".join(words.split()): f"{sequence.slug}/{lesson.id}"
        for sequence in library.sequences.values()
        for lesson in sequence.lessons
        for words, slug in _SESSION.findall(lesson.body)
        if slug in sessions
    }


def _ways_to_sessions(library: Library, sessions: frozenset[str]) -> tuple[str, ...]:
    """The paths of the pages on which there is a link to one of these."""
    if not sessions:
        return ()
    leading = (
        f"/pages/{slug}"
        for slug, page in library.pages.items()
        if _SESSIONS in page.body or any(each in sessions for _, each in _SESSION.findall(page.body))
    )
    return ("/sessions", *leading)


def _countries_with_help(library: Library) -> tuple[str, ...]:
    """The codes of the countries in which a place of help is, where there is a page that lists them."""
    if library.help is None:
        return ()
    named = {line.country for line in library.practice.helplines} | {place.country for place in library.help.places}
    codes = {country_code(each, *library.practice.spoken) for each in named}
    return tuple(sorted(filter(None, codes)))
