"""Whether a line that ends inside a paragraph was ended on purpose, as in a verse, a greeting or a signature.

CommonMark joins all such lines, since many editors end a line where its next word would not fit. Such an editor leaves
no line to which that word could have been added. So a line ends on purpose where there was room for the next word.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

# Editors that end lines by themselves do so at 72 columns or more; a list's or a quotation's indent takes some of them.
NARROWEST = 60
_ENDS = ".,:;!?…—–”\"’')*_»"
# A link is often kept on one line.
_LINK = re.compile(r"\s*!?\[[^\]]*\]\([^)]*\)\S*")
_FREE_OF_SPACES = ("CJK", "HIRAGANA", "KATAKANA", "IDEOGRAPHIC", "FULLWIDTH")


def meant_breaks(lines: list[str]) -> list[bool]:
    """For each line but the last: whether the line end after it is meant. Lines are as typed, `{{ … }}` and all."""
    full = [columns(line.strip()) + 1 + _first_word(after) > NARROWEST for line, after in pairwise(lines)]
    wrapped = any(full)
    return [
        _begins_with_sign(after)
        or (not is_full and not _is_tag(line, after) and not (wrapped and _goes_on(line, after)))
        for is_full, (line, after) in zip(full, pairwise(lines), strict=True)
    ]


def joined_without_space(before: str, after: str) -> bool:
    """Whether two lines belong together with nothing between, as in Chinese and Japanese."""
    return all(unicodedata.name(char, "").startswith(_FREE_OF_SPACES) for char in (before[-1:], after[:1]))


def columns(text: str) -> int:
    """How wide a text is in a terminal or an editor; signs of Chinese and the like take two columns."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )


def _first_word(line: str) -> int:
    link = _LINK.match(line)
    word = link[0] if link else line.split(None, 1)[0] if line.strip() else ""
    return 2 if word and columns(word[0]) == 2 else columns(word)


def _begins_with_sign(line: str) -> bool:
    """A bullet or a symbol typed by hand begins a point of its own."""
    start = line.lstrip()[:1]
    return bool(start) and (start in "•‣▪●○◦·" or unicodedata.category(start) == "So")


def _is_tag(line: str, after: str) -> bool:
    return line.rstrip().endswith(("%}", "#}")) or after.lstrip().startswith(("{%", "{#"))


def _goes_on(line: str, after: str) -> bool:
    """In wrapped text a short line may be left over from an edit: it ends in mid-sentence."""
    return not line.rstrip().endswith(tuple(_ENDS)) and after.lstrip()[:1].islower()
