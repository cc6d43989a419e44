"""By which door somebody comes: our own page, a program, or a form on another site of the practice's.

On that site stands exactly what `funnel embed` prints for it, and the audience knows nothing else of how to get in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from funnel.curriculum import Library, Offer
from funnel.web.embed.snippets import LADDER, FormPlace


class Door(StrEnum):
    """The four of other sites are named as `funnel embed` names them."""

    PAGE = "page"
    PROGRAM = "program"
    LINK = "link"
    FORM = "form"
    FRAME = "iframe"
    SCRIPT = "script"


# The word that is kept with each sign-up from there: one for each door, so that the dashboard tells them apart.
SOURCES: Mapping[Door, str] = {
    Door.PROGRAM: "shop",
    Door.LINK: "profile",
    Door.FORM: "about-us",
    Door.FRAME: "sidebar",
    Door.SCRIPT: "journal",
}
# What the practice of the demonstration lists where its own lists none.
OTHER_SITE = "https://www.harbour.example.org"


@dataclass(frozen=True, slots=True)
class HostPages:
    """The pages of the practice's other site: `site` is its origin, `pages` what stands on it, by offer and door."""

    site: str = OTHER_SITE
    pages: Mapping[tuple[str, Door], str] = field(default_factory=dict)


def with_a_site(library: Library) -> Library:
    """The same practice, with a site on which its forms may stand."""
    practice = library.practice
    return library if practice.sites else replace(library, practice=replace(practice, sites=(OTHER_SITE,)))


def host_pages(site_url: str, library: Library) -> HostPages:
    """What stands on the first of the sites that the practice lists."""
    site = library.practice.sites[0]

    def place(offer: Offer, door: Door) -> FormPlace:
        return FormPlace(f"{site_url}/", offer, library.practice.colours, site, SOURCES[door])

    pages = {
        (offer.slug, door): LADDER[door].make(place(offer, door))
        for offer in library.offers.values()
        for door in Door
        if door in LADDER
    }
    return HostPages(site, pages)
