"""Where the links of a lesson lead, for one reader."""

from __future__ import annotations

from datetime import datetime

from funnel.compose.untracked import STRAIGHT
from funnel.links import Links, Purpose, RowRef, number_of


def direct(entry: str, delivery: RowRef, links: Links, at: datetime) -> str:
    """Where an entry of a lesson's link table leads; `at` dates a link that expires."""
    entry = entry.removeprefix(STRAIGHT)
    kind, _, name = entry.partition(":")
    if kind in ("book", "begin"):
        return links.to(Purpose(kind), delivery, number_of(name))
    if kind in ("download", "watch"):
        return links.named_to(Purpose(kind), delivery, name, at)
    return practice_page(name, links) if kind == "page" else entry


def practice_page(slug: str, links: Links) -> str:
    """The address of one of the practice's own pages."""
    return links.url(f"pages/{slug}")
