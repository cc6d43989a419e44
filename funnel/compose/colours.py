"""From a practice's three colours to all a mail needs, by day and by night, readable on either."""

from __future__ import annotations

import re
from collections.abc import Mapping

_HEX = re.compile(r"#[0-9a-fA-F]{6}")
_DEFAULTS = {"accent": "#2f6f6b", "ink": "#22302f", "paper": "#fbf9f5"}
_BLACK, _WHITE = "#000000", "#ffffff"


def palette(colours: Mapping[str, str]) -> dict[str, str]:
    """Every colour of the layout by name, as #rrggbb; those beginning with `night_` are for dark mode.

    What is missing or is not #rrggbb is taken from the starter's colours. Text keeps a contrast of 4.5 to its
    ground (WCAG 2.2, success criterion 1.4.3).
    """
    accent, ink, paper = (_hex(colours.get(name, "")) or default for name, default in _DEFAULTS.items())
    night = mix(ink, _BLACK, 0.45)
    night_ink = mix(paper, night, 0.12)
    night_accent = readable(mix(accent, _WHITE, 0.45), night)
    return {
        "accent": accent,
        "accent_text": readable(accent, mix(accent, paper, 0.93)),
        "on_accent": paper if contrast(paper, accent) >= contrast(ink, accent) else ink,
        "ink": ink,
        "paper": paper,
        "quiet": readable(mix(ink, paper, 0.3), paper),
        "line": mix(ink, paper, 0.86),
        "tint": mix(accent, paper, 0.93),
        "night": night,
        "night_ink": night_ink,
        "night_quiet": readable(mix(night_ink, night, 0.3), night),
        "night_line": mix(night_ink, night, 0.8),
        "night_tint": mix(night_accent, night, 0.9),
        "night_accent": night_accent,
    }


def mix(one: str, other: str, share: float) -> str:
    """A colour between two: `share` 0 is the first, 1 the other."""
    pairs = zip(_channels(one), _channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, 1 to 21 (WCAG 2.2)."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def readable(colour: str, ground: str) -> str:
    """The colour, or the nearest darker or lighter one that can be read on this ground."""
    goal = _BLACK if _luminance(ground) > 0.18 else _WHITE
    for step in range(21):
        nearer = mix(colour, goal, step / 20)
        if contrast(nearer, ground) >= 4.5:
            return nearer
    return goal


def _hex(colour: str) -> str:
    return colour.lower() if _HEX.fullmatch(colour) else ""


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    parts = [channel / 255 for channel in _channels(colour)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
