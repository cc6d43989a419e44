"""Lines that can only be broken once they are filled: a name may be as long as a line, a condition may take words away.

A line that holds a blank is left whole when a text is compiled, with a mark in front that says how its lines begin.
What is filled for all readers alike is broken once for all; a line with a reader's own name is cut out and broken for
each name, which many readers share.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

COLUMNS = 76
_MARKED = re.compile(r"\x01([^\x01\x02\n]*)\x02([^\x01\x02\n]*)\x02([^\n]*)")
_MARK = re.compile(r"\x01[^\x01\x02\n]*\x02[^\x01\x02\n]*\x02")
_GAP = re.compile(r"\0([a-z0-9_]+)\0")
_EMPTY_LINES = re.compile(r"\n{3,}")


def to_be_wrapped(line: str, first: str, then: str) -> str:
    """The line as it stands in a template, for `wrapped` to break; `first` and `then` are what its lines begin with."""
    return f"\x01{first}\x02{then}\x02{line}"


def wrapped(text: str) -> str:
    """A filled text with its marked lines broken at 76 columns, where their words allow."""
    if "\x01" not in text:
        return text
    return _EMPTY_LINES.sub("\n\n", _MARKED.sub(lambda found: _broken(found[3], found[1], found[2]), text))


def cut_out(text: str, own: Collection[str]) -> tuple[str, dict[str, str]]:
    """A text with gaps (`\\0name\\0`), broken but for the lines with a placeholder for one of `own`; and those lines.

    They are still marked, by the names of the gaps that stand in their places.
    """
    lines: dict[str, str] = {}

    def line(found: re.Match[str]) -> str:
        if not any(placeholder in own for placeholder in _GAP.findall(found[3])):
            return _broken(found[3], found[1], found[2])
        name = f"line_{len(lines)}"
        lines[name] = found[0]
        return f"\0{name}\0"

    return _EMPTY_LINES.sub("\n\n", _MARKED.sub(line, text)), lines


def filled(line: str, own: Mapping[str, str]) -> str:
    """A marked line with these gaps filled, and broken; what other gaps it has stay."""
    return wrapped(_GAP.sub(lambda found: own.get(found[1], found[0]), line))


def _broken(text: str, first: str, then: str) -> str:
    lines: list[str] = []
    line, begin = "", first
    # A mark further on was the beginning of a line whose line end a condition has taken away.
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
    """Columns; a placeholder that is left is for an address, which takes a whole line."""
    return len(_GAP.sub("x" * COLUMNS, text)) if "\0" in text else len(text)
