"""Pictures of the front page: files of the practice's own, served by us under names made of their content."""

from __future__ import annotations

from typing import NamedTuple

from flask import url_for

from funnel.web.context import current_service


class Shown(NamedTuple):
    """A picture as a page shows it. `width` and `height` are CSS pixels, 0 where they are not known."""

    url: str
    says: str
    width: int
    height: int


def home_picture(kind: str) -> Shown | None:
    """The front page's `picture`, `portrait` or `logo`; None where home.md names none. AttributeError for others."""
    library = current_service().library
    if library.home is None:
        return None
    file = library.files.get(getattr(library.home, kind))
    if file is None:
        return None
    url = url_for("media.picture", name=file.name)
    return Shown(url, getattr(library.home, f"{kind}_alt"), file.width, file.height)
