"""Fonts for characters that typst's own fonts lack: those of this machine, asked which characters they cover."""

from __future__ import annotations

import shutil
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import typst
from fontTools.ttLib import TTCollection, TTFont, TTLibError

_CJK = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO", "IDEOGRAPHIC", "FULLWIDTH")
_REGIONS = {"zh": "SC", "ja": "JP", "ko": "KR"}
_SCRIPTS = {"Hiragana": "JP", "Katakana": "JP", "Hangul": "KR"}
# Fonts for headlines, terminals and user interfaces come last.
_UNFIT = ("Mono", "Display", "UI", "Condensed", "Unjoined", "Looped", "Rashi", "Kufi", "Nastaliq")


def families_for(characters: Iterable[str], language: str) -> list[Any]:
    """The families of this machine that are needed to cover as many of these characters as possible, one
    `typst.FontInfo` each.
    """
    wanted = {ord(char) for char in characters}
    chosen: list[Any] = []
    for font in _by_fitness("".join(map(chr, sorted(wanted))), language):
        if not wanted:
            break
        covered = wanted & _characters(font.path, font.index)
        if covered:
            chosen.append(font)
            wanted -= covered
    return chosen


def files_of(families: Iterable[str]) -> list[str]:
    """The paths of all fonts of these families, sorted."""
    names = set(families)
    return sorted({font.path for font in typst.Fonts().fonts() if font.path and font.family in names})


def lend_fonts(families: Iterable[str], folder: Path) -> list[Path]:
    """Puts the fonts of these families where only one typesetting sees them; its `font_paths`."""
    for number, file in enumerate(files_of(families)):
        place = folder / "fonts" / f"{number}{Path(file).suffix}"
        place.parent.mkdir(exist_ok=True)
        try:
            place.symlink_to(file)
        except OSError:  # on Windows not every user may make links
            shutil.copyfile(file, place)
    return [folder / "fonts"] if families else []


def package_for(char: str) -> str:
    """The Debian package with a font for this character."""
    if unicodedata.name(char, "").startswith(_CJK):
        return "fonts-noto-cjk"
    if ord(char) >= 0x1F000 or char in "\u2764\ufe0f":
        return "fonts-noto-color-emoji"
    return "fonts-noto-core"


def _by_fitness(characters: str, language: str) -> Iterator[Any]:
    scripts = {unicodedata.name(char, "").partition(" ")[0].title() for char in characters}
    cjk = any(unicodedata.name(char, "").startswith(_CJK) for char in characters)
    region = _REGIONS.get(language) or next((of for script, of in _SCRIPTS.items() if script in scripts), "SC")

    def unfitness(font: Any) -> tuple[object, ...]:
        words = font.family.split()
        return (
            any(word in font.family for word in _UNFIT),
            not (scripts & set(words) or (cjk and "CJK" in words)),
            not (cjk and region in words),
            "Emoji" not in words,
            "Serif" not in words and "Naskh" not in words,
            "Noto" not in words,
            font.family,
            font.path,
            font.index,
        )

    regular = (font for font in typst.Fonts().fonts() if font.path and font.weight == 400 and font.style == "normal")
    return iter(sorted(regular, key=unfitness))


@lru_cache(maxsize=2_000)
def _characters(path: str, index: int) -> frozenset[int]:
    try:
        if path.lower().endswith((".ttc", ".otc")):
            with TTCollection(path, lazy=True) as collection:
                return frozenset(collection.fonts[index].getBestCmap() or ())
        with TTFont(path, lazy=True) as font:
            return frozenset(font.getBestCmap() or ())
    except (TTLibError, OSError, IndexError):
        return frozenset()  # a broken font covers nothing
