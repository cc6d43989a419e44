"""Things that are right as they are and still good to know."""

from __future__ import annotations

from funnel.curriculum.model import Library


def notes_on(library: Library) -> list[str]:
    """A sentence for each thing in a folder that has no effect yet."""
    return [
        f"offers/{offer.slug}.md: a quiz cannot be taken yet. It is on no page, nobody has a result, and lessons say "
        "to everybody what they say without one."
        for offer in library.offers.values()
        if offer.kind == "quiz"
    ]
