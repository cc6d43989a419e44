"""A practice's three colours, extended to all that mails and pages need, readable by day and by night."""

from __future__ import annotations

from collections.abc import Mapping

from funnel.curriculum.colours import BLACK, EDGE, TEXT, WHITE, contrast, mix, text_on, three, towards

# Used where the ink is too light to make a night background of.
_NIGHT, _MOON = "#131a1a", "#dfdedb"
_DARK_ENOUGH = 12.0  # against white


def palette(colours: Mapping[str, str]) -> dict[str, str]:
    """Every colour of the layout by name, as #rrggbb; names that begin with `night_` are for dark mode.

    A colour that is missing or not #rrggbb comes from the starter. Text keeps a contrast of 4.5 to every background it
    stands on (WCAG 2.2, success criterion 1.4.3): a colour that is too weak is moved away from the background or
    replaced.
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
    """The colours that stand on a background: tint, links, quiet text and lines."""
    tint = mix(accent, ground, 0.93)
    # Where text on the tint could not be read, the plain page is used.
    tint = tint if text_on(tint, (ink,)) == ink else ground
    return {
        "accent_text": towards(ink, accent, (ground, tint)),
        "quiet": towards(ink, mix(ink, ground, 0.3), (ground, tint)),
        "line": mix(ink, ground, 0.84),
        "tint": tint,
    }


def page_colours(colours: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """The same for pages, by the names of the style sheet: by day, and by night."""
    found = palette(colours)
    day = _on_a_page(found["ink"], found["accent"], found["paper"], lift=0.6)
    return day, _on_a_page(found["night_ink"], found["night_accent"], found["night"], lift=0.04)


def _on_a_page(ink: str, accent: str, paper: str, lift: float) -> dict[str, str]:
    raised, tint = mix(paper, WHITE, lift), mix(paper, accent, 0.07)
    # A ground on which the text could not be read gives way to the plain page.
    raised, tint = (ground if contrast(ink, ground) >= TEXT else paper for ground in (raised, tint))
    accent = towards(ink, accent, (paper, raised, tint))
    return {
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
