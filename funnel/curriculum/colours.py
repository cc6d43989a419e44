"""The practice's three colours: what can be read on what, and the nearest that can."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

# WCAG 2.2: text (success criterion 1.4.3), and the edges of fields (1.4.11).
TEXT, EDGE = 4.5, 3.0
BLACK, WHITE = "#000000", "#ffffff"
_HEX = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")
_USUAL = {"accent": "#2f6f6b", "ink": "#22302f", "paper": "#fbf9f5"}


@dataclass(frozen=True, slots=True)
class WeakPair:
    """Two colours of a practice that are too alike: `text` cannot be read on `ground`; `ratio` is below 4.5."""

    text: str
    ground: str
    ratio: float


def three(colours: Mapping[str, str]) -> dict[str, str]:
    """Accent, ink and paper as #rrggbb, #rgb written out; what is missing or is none is the starter's."""
    given = {name: colours.get(name, "") for name in _USUAL}
    return {name: _whole(value) or _USUAL[name] for name, value in given.items()}


def weak_pairs(colours: Mapping[str, str]) -> list[WeakPair]:
    """Which of a practice's colours mails and pages have to change so that text on them can be read."""
    found = three(colours)
    pairs = (("ink", "paper"), ("accent", "paper"))
    ratios = ((text, ground, contrast(found[text], found[ground])) for text, ground in pairs)
    return [WeakPair(text, ground, ratio) for text, ground, ratio in ratios if ratio < TEXT]


def mix(one: str, other: str, share: float) -> str:
    """A colour between two: `share` 0 is the first, 1 the other."""
    pairs = zip(_channels(one), _channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, 1 to 21 (WCAG 2.2)."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def towards(goal: str, colour: str, grounds: Iterable[str], least: float = TEXT) -> str:
    """The colour, moved towards `goal` just as far as it takes to be seen on all these grounds; else `goal`."""
    grounds = tuple(grounds)
    steps = (mix(colour, goal, step / 20) for step in range(20))
    return next((found for found in steps if min(contrast(found, ground) for ground in grounds) >= least), goal)


def text_on(ground: str, wished: Iterable[str]) -> str:
    """The first of the wished colours that can be read on this ground, else black or white: one of them always can."""
    return max((*wished, BLACK, WHITE), key=lambda text: contrast(text, ground) >= TEXT)


def _whole(colour: str) -> str:
    if not _HEX.fullmatch(colour):
        return ""
    return (colour if len(colour) == 7 else "#" + "".join(digit * 2 for digit in colour[1:])).lower()


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    parts = [channel / 255 for channel in _channels(colour)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
