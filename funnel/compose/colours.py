"""From a practice's three colours to all that mails and pages need, by day and by night, readable on either."""

from __future__ import annotations

from collections.abc import Mapping

from funnel.curriculum.colours import BLACK, WHITE, contrast, mix, text_on, three, towards

# Where the ink is too light to make a night of, there is this one.
_NIGHT, _MOON = "#131a1a", "#dfdedb"
_DARK_ENOUGH = 12.0  # against white


def palette(colours: Mapping[str, str]) -> dict[str, str]:
    """Every colour of the layout by name, as #rrggbb; those beginning with `night_` are for dark mode.

    What is missing or is not #rrggbb is taken from the starter's colours. Text keeps a contrast of 4.5 to every ground
    that it stands on (WCAG 2.2, success criterion 1.4.3): what is too weak moves away from the ground, or gives way.
    """
    accent, ink, paper = three(colours).values()
    ink = text_on(paper, (ink,))
    night = mix(ink, BLACK, 0.45)
    night_ink = mix(paper, night, 0.12)
    if contrast(night, WHITE) < _DARK_ENOUGH or contrast(night, night_ink) < _DARK_ENOUGH / 2:
        night, night_ink = _NIGHT, _MOON
    day = _on(accent, ink, paper)
    night_accent = towards(WHITE, mix(accent, WHITE, 0.45), (night,))
    by_night = _on(night_accent, night_ink, night)
    return {
        "accent": accent,
        "on_accent": text_on(accent, (paper, ink)),
        "ink": ink,
        "paper": paper,
        **day,
        "night": night,
        "night_ink": night_ink,
        "night_accent": by_night.pop("accent_text"),
        **{f"night_{name}": value for name, value in by_night.items()},
    }


def _on(accent: str, ink: str, ground: str) -> dict[str, str]:
    """What stands on a ground: a tint, links, quiet words and lines."""
    tint = mix(accent, ground, 0.93)
    # A tint on which the text could not be read gives way to the plain page.
    tint = tint if text_on(tint, (ink,)) == ink else ground
    return {
        "accent_text": towards(ink, accent, (ground, tint)),
        "quiet": towards(ink, mix(ink, ground, 0.3), (ground, tint)),
        "line": mix(ink, ground, 0.84),
        "tint": tint,
    }
