"""The names that `[words](#name)` leads to: made of the words of a heading."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from markdown_it.token import Token


def named_headings(tokens: Sequence[Token]) -> dict[str, Token]:
    """Each heading's opening token by its name: small letters, digits, and hyphens for blanks."""
    found: dict[str, Token] = {}
    for heading, inline in pairwise(tokens):
        if heading.type == "heading_open":
            words = "".join(child.content for child in inline.children or () if child.type in ("text", "code_inline"))
            name = re.sub(r"\s+", "-", re.sub(r"[^\w\s-]", "", words.lower()).strip()) or "part"
            number, free = 1, name
            while free in found:
                number += 1
                free = f"{name}-{number}"
            found[free] = heading
    return found
