"""Invisible characters in a text, and which of them have to stay."""

from __future__ import annotations

import unicodedata

# Characters that change the direction of what follows: in a name, one would mirror the rest of a line (UAX 9).
_TURNING = frozenset((0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)))
_REMOVED = dict.fromkeys(_TURNING)
_JOINERS = "\u200c\u200d"
_VIRAMA = 9  # the canonical combining class of a virama, the sign that removes a consonant's vowel


def turned_back(text: str) -> str:
    """The text without direction characters."""
    return text.translate(_REMOVED)


def seen(text: str) -> str:
    """The text without invisible characters; line breaks and other controls become spaces.

    Joiners (U+200C, U+200D) stay where they belong: between two letters or pictures, as in Persian and in composed
    emoji, and after a virama, as at the end of names in Malayalam (after RFC 5892, A.1 and A.2).
    """
    if text.isascii() and text.isprintable():
        return text
    kept: list[str] = []
    for place, char in enumerate(text):
        if char in _JOINERS:
            if _joins(text[place - 1 : place], text[place + 1 : place + 2]):
                kept.append(char)
        elif unicodedata.category(char) not in ("Cf", "Cs"):
            kept.append(" " if unicodedata.category(char)[0] == "C" else char)
    return "".join(kept)


def _joins(before: str, after: str) -> bool:
    if not before:
        return False
    if unicodedata.combining(before) == _VIRAMA:
        return True
    return _is_letter(before) and bool(after) and _is_letter(after)


def _is_letter(char: str) -> bool:
    """A letter with its marks, or a picture with its colour."""
    return unicodedata.category(char) in ("So", "Sk") or unicodedata.category(char)[0] in "LM"
