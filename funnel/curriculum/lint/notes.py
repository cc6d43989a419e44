"""Things that are right as they are and still good to know."""

from __future__ import annotations

from collections.abc import Collection

from funnel.curriculum.model import Library
from funnel.curriculum.quiz import census


def notes_on(library: Library, wrong: Collection[str] = ()) -> list[str]:
    """A sentence for each thing that was proved; of the files that are `wrong` nothing is, they were read in part."""
    return [
        f"offers/{offer.slug}.md: each of the {found.possible:,} possible sets of answers has exactly one result."
        for offer in library.offers.values()
        if offer.quiz is not None and f"offers/{offer.slug}.md" not in wrong and (found := census(offer.quiz)).is_proof
    ]
