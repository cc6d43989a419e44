"""Wraps lines that can only be wrapped once they are filled: a name may be long, a condition may remove words.

A line with a placeholder is left whole when a text is compiled, with a mark in front that says how its lines begin.
What all readers share is wrapped once for all; a line with a reader's own name is cut out and wrapped per name, which
many readers share.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

COLUMNS = 76
_MARKED = re.compile(r"\x01([^\x01\x02\n]*)\x02([^\x01\x02\n]*)\x02([^\n]*)")
_MARK = re.compile(r"\x01[^\x01\x02\n]*\x02[^\x01\x02\n]*\x02")
_PLACEHOLDER = re.compile(r"\0([a-z0-9_]+)\0")
_EMPTY_LINES = re.compile(r"\n{3,}")


def to_be_wrapped(line: str, first: str, then: str) -> str:
    """The line marked for `wrapped`; `first` and `then` are the prefixes of its lines."""
    return f"\x01{first}\x02{then}\x02{line}"


def wrapped(text: str) -> str:
    """A filled text with its marked lines wrapped at 76 columns, where their words allow."""
    if "\x01" not in text:
        return text
    return _EMPTY_LINES.sub("\n\n", _MARKED.sub(lambda found: _broken(found[3], found[1], found[2]), text))


def cut_out(text: str, own: Collection[str]) -> tuple[str, dict[str, str]]:
    """A text with placeholders (`\\0name\\0`), wrapped except for lines that hold one of `own`; and those lines.

    The lines are still marked, by the name of the placeholder that takes their place.
    """
    lines: dict[str, str] = {}

    def line(found: re.Match[str]) -> str:
        if not any(placeholder in own for placeholder in _PLACEHOLDER.findall(found[3])):
            return _broken(found[3], found[1], found[2])
        name = f"line_{len(lines)}"
        lines[name] = found[0]
        return f"\0{name}\0"

    return _EMPTY_LINES.sub("\n\n", _MARKED.sub(line, text)), lines


def filled(line: str, own: Mapping[str, str]) -> str:
    """A marked line with these placeholders filled, and wrapped; other placeholders stay."""
    return wrapped(_PLACEHOLDER.sub(lambda found: own.get(found[1], found[0]), line))


def _broken(text: str, first: str, then: str) -> str:
    lines: list[str] = []
    line, begin = "", first
    # A later mark began a line whose line end a condition removed.
    for word in _MARK.sub(" ", text).split():
        longer = f"{line} {word}" if line else word
        if line and len(begin) + _width(longer) > COLUMNS:
            lines.append(begin + line)
            line, begin = word, then
        else:
            line = longer
    lines.append((begin + line).rstrip())
    return "\n".join(lines)


def _width(text: str) -> int:
    """Columns. A placeholder that is left is for an address, which takes a whole line."""
    return len(_PLACEHOLDER.sub("x" * COLUMNS, text)) if "\0" in text else len(text)
