"""Placeholders: what is filled per reader is kept away from markdown and CSS, and put back afterwards.

Markdown would read `{{ a * b }}` as emphasis, and an HTML parser would break `href="{{ book("intro") }}"`. So each bit
of Jinja is swapped for a plain word that neither of them touches.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from typing import Literal

from funnel.compose.sandbox import TEXT
from funnel.curriculum.markdown.breaks import columns

PlaceholderKind = Literal["expression", "tag", "comment"]
_ENDS: dict[str, PlaceholderKind] = {"variable_end": "expression", "block_end": "tag", "comment_end": "comment"}
# A brace before one of these, or before a placeholder, would begin Jinja once the Jinja is back.
_OPENING_BRACE = re.compile(r"\{(?=[{%#]|\Z)")


class Placeholders:
    """The placeholders of one lesson or mail. `seed` must hold every text that the words must not occur in."""

    def __init__(self, seed: str) -> None:
        self._mark = f"zj{hashlib.sha256(seed.encode()).hexdigest()[:12]}i"
        self._kept: list[tuple[PlaceholderKind, str, int]] = []
        self.pattern = re.compile(rf"{self._mark}(\d+)z")
        self._restorable = re.compile(rf"<!--{self._mark}(\d+)z-->|{self._mark}(\d+)z")

    def keep(self, source: str, kind: PlaceholderKind = "expression", width: int = 8) -> str:
        """The word that stands for this bit of Jinja. `width` is roughly how many columns it will take."""
        self._kept.append((kind, source, width))
        return f"{self._mark}{len(self._kept) - 1}z"

    def source(self, word: str) -> str:
        return self._of(word)[1]

    def kind(self, word: str) -> PlaceholderKind:
        return self._of(word)[0]

    def words(self, text: str) -> Iterator[str]:
        return (found[0] for found in self.pattern.finditer(text))

    def as_typed(self, text: str) -> str:
        """The text as it was in the file, with its Jinja."""
        return self.pattern.sub(lambda found: self._kept[int(found[1])][1], text)

    def width(self, text: str) -> int:
        """Roughly how many columns a text will take once it is filled."""
        return columns(self.pattern.sub(lambda found: "x" * self._kept[int(found[1])][2], text))

    def protect(self, source: str) -> tuple[str, list[int]]:
        """The text with words for its Jinja, and for each of its lines the line of `source` it came from (from 1).

        The source must have been parsed before, so that every opening tag has its end.
        """
        out: list[str] = []
        lines, line, piece = [1], 1, ""
        for _, kind, value in TEXT.lex(source):
            if kind == "data":
                out.append(value)
                lines.extend(range(line + 1, line + value.count("\n") + 1))
            else:
                piece += value
                if kind in _ENDS:
                    out.append(self.keep(piece, _ENDS[kind], 8 if kind == "variable_end" else 0))
                    piece = ""
            line += value.count("\n")
        return "".join(out), lines

    def restore(self, text: str) -> str:
        """A Jinja template: the Jinja is back, and every other brace is printed as it is."""
        out: list[str] = []
        end = 0
        for found in self._restorable.finditer(text):
            out.append(_literal(text[end : found.start()]))
            kind, source, _ = self._kept[int(found[1] or found[2])]
            out.append("" if kind == "comment" else source)
            end = found.end()
        out.append(_literal(text[end:]))
        return "".join(out)

    def _of(self, word: str) -> tuple[PlaceholderKind, str, int]:
        found = self.pattern.fullmatch(word)
        if found is None:
            raise ValueError(f"{word!r} is not a placeholder")
        return self._kept[int(found[1])]


def _literal(text: str) -> str:
    return _OPENING_BRACE.sub("{{ '{' }}", text)
