"""The practice's colours as CSS variables: those of its mails, readable by day and by night whatever was chosen."""

from __future__ import annotations

from collections.abc import Mapping

from funnel.compose.colours import palette
from funnel.curriculum.colours import EDGE, TEXT, WHITE, contrast, mix, text_on, towards


def practice_css(colours: Mapping[str, str]) -> str:
    """The style sheet that sets `--accent`, `--ink`, `--paper` and what goes with them."""
    found = palette(colours)
    light = _variables(found["ink"], found["accent"], found["paper"], lift=0.6)
    dark = _variables(found["night_ink"], found["night_accent"], found["night"], lift=0.04)
    return f":root{{color-scheme:light dark;{light}}}\n@media (prefers-color-scheme:dark){{:root{{{dark}}}}}\n"


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
