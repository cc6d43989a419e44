"""What stands in practice.toml alone, put where other texts name it: {{ practice.name }} and its like.

For texts that have no reader: sign-up pages, pages, the front page, the e-book. They are the same for everybody, so
they are filled once, when they are read.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from funnel.curriculum.names import PRACTICE_VARIABLES, nearest
from funnel.curriculum.practice import Practice

_BRACES = re.compile(r"\{\{(?P<name>[^{}\n]*)\}\}|\{[%#]|\{\{")
_READS: dict[str, Callable[[Practice], str]] = {
    "practice.name": lambda practice: practice.name,
    "practice.sender": lambda practice: practice.sender,
    "practice.reply_to": lambda practice: practice.reply_to,
}

# Told of each that is wrong: where it begins (from 0), what is wrong, what to do.
Wrong = Callable[[int, str, str], None]


def with_practice_words(text: str, practice: Practice, wrong: Wrong) -> str:
    """The text with every `{{ practice.… }}` in place. Whatever else stands in braces is told of, and stays."""

    def word(match: re.Match[str]) -> str:
        name = (match["name"] or "").strip()
        if name in _READS:
            return _READS[name](practice)
        if match["name"] is None:
            wrong(match.start(), f"{match[0]} is not used here", "Write {{ practice.name }} and the like only.")
        else:
            near = nearest(name, PRACTICE_VARIABLES)
            fix = f"Did you mean {near}?" if near else f"Known here: {', '.join(PRACTICE_VARIABLES)}."
            wrong(match.start("name"), f"there is no variable {name[:60] or 'without a name'} here", fix)
        return match[0]

    return _BRACES.sub(word, text)
