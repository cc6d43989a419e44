"""The practice's colours as CSS variables, readable by day and by night whatever was chosen, and its icon in them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from funnel.curriculum.colours import EDGE, TEXT, WHITE, contrast, mix, text_on, three, towards
from funnel.curriculum.palette import palette

_WAVES = (
    '<g fill="none" stroke="{}" stroke-width="2.6" stroke-linecap="round">'
    '<path d="M6 14c3.3-3.4 6.7-3.4 10 0s6.7 3.4 10 0"/>'
    '<path d="M6 21c3.3-3.4 6.7-3.4 10 0s6.7 3.4 10 0" opacity=".6"/></g>'
)
_DISC = '<circle cx="16" cy="16" r="6" fill="{}"/>'


def practice_css(colours: Mapping[str, str]) -> str:
    """The style sheet that sets `--accent`, `--ink`, `--paper` and what goes with them."""
    light, dark = day_and_night(colours)
    return f":root{{color-scheme:light dark;{light}}}\n@media (prefers-color-scheme:dark){{:root{{{dark}}}}}\n"


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
    found = palette({"accent": accent, "ink": ink, "paper": paper})
    light = _variables(found["ink"], found["accent"], found["paper"], lift=0.6)
    return light, _variables(found["night_ink"], found["night_accent"], found["night"], lift=0.04)


def _variables(ink: str, accent: str, paper: str, lift: float) -> str:
    raised, tint = mix(paper, WHITE, lift), mix(paper, accent, 0.07)
    # A ground on which the text could not be read gives way to the plain page.
    raised, tint = (ground if contrast(ink, ground) >= TEXT else paper for ground in (raised, tint))
    accent = towards(ink, accent, (paper, raised, tint))
    values = {
        "accent": accent,
        "on-accent": text_on(accent, (paper, ink)),
        "ink": ink,
        "soft": towards(ink, mix(ink, paper, 0.3), (paper, raised, tint)),
        "paper": paper,
        "raised": raised,
        "line": mix(ink, paper, 0.84),
        "edge": towards(ink, mix(ink, paper, 0.4), (paper, raised), EDGE),
        "tint": tint,
    }
    return "".join(f"--{name}:{value};" for name, value in values.items())
