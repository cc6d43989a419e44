"""Where the links of a lesson lead, for one reader."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import quote

from funnel.compose.untracked import STRAIGHT
from funnel.links import Links, Purpose, RowRef, number_of


def direct(entry: str, delivery: RowRef, links: Links, at: datetime, lesson: str = "") -> str:
    """Where an entry of a lesson's link table leads; `at` dates a link that expires.

    `lesson` is which one it stands in, as `session_page` takes it: not said by a link that is never tracked.
    """
    lesson = "" if entry.startswith(STRAIGHT) else lesson
    entry = entry.removeprefix(STRAIGHT)
    kind, _, name = entry.partition(":")
    if kind in ("book", "begin"):
        return links.to(Purpose(kind), delivery, number_of(name))
    if kind in ("download", "watch"):
        return links.named_to(Purpose(kind), delivery, name, at)
    if kind == "read":
        return f"{links.named_to(Purpose.DOWNLOAD, delivery, name, at)}/read"
    return everybodys(entry, links, lesson) or entry


def everybodys(entry: str, links: Links, lesson: str) -> str | None:
    """Where an entry leads that is the same in everybody's mail; None for one to a page of the reader's own."""
    kind, _, name = entry.partition(":")
    if kind.lower() in ("http", "https"):
        return entry
    if kind == "session":
        return links.url(session_page(name, lesson))
    return practice_page(name, links) if kind == "page" else None


def practice_page(slug: str, links: Links) -> str:
    """The address of one of the practice's own pages."""
    return links.url(f"pages/{slug}")


def session_page(slug: str, source: str) -> str:
    """The path of the page to ask for a session, below the site's address.

    `source` is the page, offer or lesson that leads there, such as `pages/about`, or "".
    """
    return f"sessions/{slug}" + (f"?from={quote(source)}" if source else "")
