"""A training's transcript: what stands below its title, which the page shows already."""

from __future__ import annotations

import re

_FRONT_MATTER = re.compile(r"---[ \t]*\n(?:.*\n)*?---[ \t]*(?:\n|$)")
# "# Title", and the same underlined with equals signs.
_TITLE = re.compile(r"\s*(?:# .*(?:\n|$)|\S.*\n=+[ \t]*(?:\n|$))")


def below_title(text: str) -> tuple[str, int]:
    """The text without front matter and without the title it begins with, and the line (from 1) on which it begins.

    Where it begins with something else than a title, all of it is to be read.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    start = 0
    for part in (_FRONT_MATTER, _TITLE):
        found = part.match(text, start)
        start = found.end() if found else start
    return text[start:], text.count("\n", 0, start) + 1
