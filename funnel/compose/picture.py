"""A picture as a mail or page needs it. Kept apart from how one is made, which only publishing has to load."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

from funnel.curriculum.links import link_kind
from funnel.curriculum.names import nearest

COLUMN = 552  # CSS pixels: the mail's 600 less its padding
_PUT: Final = "put it into assets/ and write ![what it shows](assets/name.jpg)"
T = TypeVar("T", "Picture", "MadePicture")


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture's address, and its natural size in CSS pixels."""

    url: str
    width: int
    height: int

    def within(self, most: int) -> tuple[int, int]:
        """Width and height in CSS pixels in a column `most` pixels wide; never larger than the picture is."""
        if self.width <= most:
            return self.width, self.height
        return most, max(1, round(self.height * most / self.width))


@dataclass(frozen=True, slots=True)
class MadePicture:
    """A picture to serve: its bytes, its suffix (`.jpg`, `.png` or `.gif`) and its size in pixels."""

    content: bytes
    suffix: str
    width: int
    height: int


def find_picture(source: str, pictures: Mapping[str, T]) -> T | str:
    """The picture that `![…](source)` names, or what is wrong with it and what to do."""
    if source in pictures:
        return pictures[source]
    if link_kind(source) == "web":
        return f"The picture {source!r} lies elsewhere, and whoever owns that place would see who reads: {_PUT}"
    near = nearest(source, pictures) or next((name for name in pictures if name.rsplit("/")[-1] == source), None)
    hint = f"did you mean {near}?" if near else _PUT
    return f"There is no picture {source!r}: {hint}"
