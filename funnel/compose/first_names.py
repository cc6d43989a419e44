"""What counts as a first name: words of any script, and nothing that carries a message or a link.

A stranger can type anything beside an address that is not theirs, and our mail would repeat it in the practice's name.
By Unicode's general categories a name is letters and marks, joined by spaces, apostrophes, hyphens and middle dots,
with full stops after initials, and the emoji that people add (W3C, "Personal names around the world"). An address, a
run of digits or line noise is not a name, nor are letters that show nothing, or piles of accents (after UTS 39, 5.4).
"""

from __future__ import annotations

import re
import unicodedata

from funnel.compose.unseen import seen

NAME_LENGTH = 80
_MOST_WORDS = 6
_JOINING = " '’‘ʼʻ`´-‐‑·・․.\u200c\u200d"
# A full stop belongs to an initial or a short title; between two letters it would make an address.
_ADDRESS = re.compile(r"\w\.\w{2,}|[@/\\:]|www\b", re.IGNORECASE)
_DIGITS = re.compile(r"\d(?:\W*\d)+")
_MOST_MARKS = 6  # in a row; UTS 39 allows four, but a syllable of Burmese may have five
# Letters, marks and symbols that are blank: Unicode's Default_Ignorable_Code_Point, and the empty pattern of Braille.
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")


def clean_name(text: str) -> str:
    """The name on one line, without invisible characters except those a script needs; "" where it is not a name."""
    whole = unicodedata.normalize("NFC", " ".join(seen(text).split())).strip(",;! ")
    if _ADDRESS.search(whole) or _DIGITS.search(whole) or _is_piled(whole) or not all(map(_may_stand, whole)):
        return ""
    kept = seen(whole[:NAME_LENGTH]).strip()  # once more: a joiner may have lost its neighbour
    names_somebody = any(unicodedata.category(each)[0] in "LS" for each in kept)
    return kept if names_somebody and len(kept.split()) <= _MOST_WORDS else ""


def _may_stand(character: str) -> bool:
    """Letters, marks, a digit, emoji (symbols that are neither currencies nor mathematics), and what joins them."""
    if character in _BLANK:
        return False
    category = unicodedata.category(character)
    return category[0] in "LM" or category in ("Nd", "So") or character in _JOINING or _is_skin_tone(character)


def _is_piled(text: str) -> bool:
    marks = 0
    for character in unicodedata.normalize("NFD", text):
        marks = marks + 1 if unicodedata.category(character) in ("Mn", "Me") else 0
        if marks > _MOST_MARKS:
            return True
    return False


def _is_skin_tone(character: str) -> bool:
    return "\U0001f3fb" <= character <= "\U0001f3ff"
