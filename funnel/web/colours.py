"""The practice's colours as CSS variables, readable by day and by night whatever was chosen, and its icon in them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from funnel.curriculum.colours import three
from funnel.curriculum.palette import page_colours, palette

_WAVES = (
    '<g fill="none" stroke="{}" stroke-width="2.6" stroke-linecap="round">'
    '<path d="M6 14c3.3-3.4 6.7-3.4 10 0s6.7 3.4 10 0"/>'
    '<path d="M6 21c3.3-3.4 6.7-3.4 10 0s6.7 3.4 10 0" opacity=".6"/></g>'
)
_DISC = '<circle cx="16" cy="16" r="6" fill="{}"/>'


def practice_css(colours: Mapping[str, str]) -> str:
    """The style sheet that sets `--accent`, `--ink`, `--paper` and what goes with them."""
    light, dark = day_and_night(colours)
    return (
        f":root{{color-scheme:light dark;{light}}}\n@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}\n"
    )


def icon(colours: Mapping[str, str], *, wave: bool) -> str:
    """The SVG that stands in the tab of every page: the wave on the accent, or a disc without one."""
    found = palette(colours)
    drawn = (_WAVES if wave else _DISC).format(found["on_accent"])
    ground = f'<rect width="32" height="32" rx="9" fill="{found["accent"]}"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">{ground}{drawn}</svg>\n'


def day_and_night(colours: Mapping[str, str]) -> tuple[str, str]:
    """The declarations of these variables, by day and by night."""
    return _day_and_night(**three(colours))


@lru_cache(maxsize=8)
def _day_and_night(accent: str, ink: str, paper: str) -> tuple[str, str]:
    day, night = page_colours({"accent": accent, "ink": ink, "paper": paper})
    return _declared(day), _declared(night)


def _declared(colours: Mapping[str, str]) -> str:
    return "".join(f"--{name}:{value};" for name, value in colours.items())
