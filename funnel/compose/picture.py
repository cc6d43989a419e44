"""A picture as a mail or a page needs it. Apart from how one is made, which only publishing has to load."""

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
    """What a mail or a page needs of a picture: its address, and its natural size in CSS pixels."""

    url: str
    width: int
    height: int

    def within(self, most: int) -> tuple[int, int]:
        """Width and height in CSS pixels at which it is shown in a column of `most`: never larger than it is."""
        if self.width <= most:
            return self.width, self.height
        return most, max(1, round(self.height * most / self.width))


@dataclass(frozen=True, slots=True)
class MadePicture:
    """A picture as it is served: its bytes, `.jpg`, `.png` or `.gif`, and its size in pixels."""

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
