"""Pictures of the front page: files of the practice's own, served by us under names made of their content."""

from __future__ import annotations

from typing import NamedTuple

from flask import url_for

from funnel.web.context import current_service


class Shown(NamedTuple):
    """A picture as a page shows it. `width` and `height` are CSS pixels, 0 where they are not known.

    `widths` is what `srcset` says of its versions, "" where there is one alone.
    """

    url: str
    says: str
    width: int
    height: int
    widths: str


def home_picture(kind: str) -> Shown | None:
    """The front page's `picture`, `portrait`, `signature` or `logo`; None where home.md names none.

    Raises AttributeError for any other kind.
    """
    library = current_service().library
    if library.home is None:
        return None
    file = library.files.get(getattr(library.home, kind))
    if file is None:
        return None
    versions = [(url_for("media.picture", name=each.name), each.width) for each in (*file.narrower, file)]
    widths = ", ".join(f"{url} {width}w" for url, width in versions) if file.narrower else ""
    return Shown(versions[-1][0], getattr(library.home, f"{kind}_alt"), file.width, file.height, widths)
