"""The practice's colours as CSS variables: those of its mails, readable by day and by night whatever was chosen."""

from __future__ import annotations

from collections.abc import Mapping

from funnel.compose.colours import contrast, mix, palette

# WCAG 2.2: text (success criterion 1.4.3), and the edges of fields (1.4.11).
_TEXT, _EDGE = 4.5, 3.0
_BLACK, _WHITE = "#000000", "#ffffff"
_NIGHT, _MOON = "#131a1a", "#dfdedb"
_DARK_ENOUGH = 12.0  # against white


def practice_css(colours: Mapping[str, str]) -> str:
    """The style sheet that sets `--accent`, `--ink`, `--paper` and what goes with them."""
    found = palette(colours)
    light = _variables(found["ink"], found["accent"], found["paper"], lift=0.6)
    night, moon = found["night"], found["night_ink"]
    if contrast(night, _WHITE) < _DARK_ENOUGH:
        night, moon = _NIGHT, _MOON
    dark = _variables(moon, found["night_accent"], night, lift=0.04)
    return f":root{{color-scheme:light dark;{light}}}\n@media (prefers-color-scheme:dark){{:root{{{dark}}}}}\n"


def _variables(ink: str, accent: str, paper: str, lift: float) -> str:
    if contrast(ink, paper) < _TEXT:
        ink = max((_BLACK, _WHITE), key=lambda end: contrast(end, paper))
    raised, tint = mix(paper, _WHITE, lift), mix(paper, accent, 0.07)
    # A ground on which the text could not be read gives way to the plain page.
    raised, tint = (ground if contrast(ink, ground) >= _TEXT else paper for ground in (raised, tint))
    accent = _towards(ink, accent, (paper, raised, tint), _TEXT)
    values = {
        "accent": accent,
        "on-accent": max((paper, ink, _BLACK, _WHITE), key=lambda text: contrast(text, accent) >= _TEXT),
        "ink": ink,
        "soft": _towards(ink, mix(ink, paper, 0.3), (paper, raised, tint), _TEXT),
        "paper": paper,
        "raised": raised,
        "line": mix(ink, paper, 0.84),
        "edge": _towards(ink, mix(ink, paper, 0.4), (paper, raised), _EDGE),
        "tint": tint,
    }
    return "".join(f"--{name}:{value};" for name, value in values.items())


def _towards(ink: str, colour: str, grounds: tuple[str, ...], least: float) -> str:
    """The colour, moved towards the ink just as far as it takes to be seen on all these grounds."""
    steps = (mix(colour, ink, step / 20) for step in range(20))
    return next((found for found in steps if min(contrast(found, ground) for ground in grounds) >= least), ink)
