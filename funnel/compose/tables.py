"""A table in the text part: in columns where they fit, otherwise each row as a short list."""

from __future__ import annotations

from collections.abc import Sequence

from markdown_it.token import Token

from funnel.compose.placeholders import Placeholders

_GAP = 3


class TextTable:
    """A table's `rows` of cells, the headings first, and the `sides` its columns are aligned to."""

    def __init__(self, noted: int) -> None:
        self.rows: list[list[str]] = []
        self.sides: list[str] = []
        self.noted = noted

    def take(self, token: Token) -> None:
        if token.type == "tr_open":
            self.rows.append([])
        elif token.type == "th_open":
            self.sides.append(str(token.attrs.get("style", "text-align:left")).rpartition(":")[2])

    def cell(self, words: str) -> None:
        self.rows[-1].append(words)


def text_table(
    rows: Sequence[Sequence[str]], sides: Sequence[str], room: int, placeholders: Placeholders
) -> list[str] | None:
    """The lines of a table, its first row underlined. None if it needs more than `room` columns or has placeholders.

    `sides` gives left, right or center for each column.
    """
    if any(placeholders.pattern.search(cell) or "\n" in cell for row in rows for cell in row):
        return None
    widths = [max(placeholders.width(row[n]) for row in rows) for n in range(len(rows[0]))]
    if sum(widths) + _GAP * (len(widths) - 1) > room:
        return None

    def line(row: Sequence[str]) -> str:
        cells = [_padded(cell, width, side, placeholders) for cell, width, side in zip(row, widths, sides, strict=True)]
        return (" " * _GAP).join(cells).rstrip()

    rule = (" " * _GAP).join("-" * width for width in widths)
    return [line(rows[0]), rule, *map(line, rows[1:])]


def as_list(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    """The cells of each row as lines: the first cell alone, the others with their column's heading."""
    headings, *below = rows
    return [
        [
            row[0],
            *[f"{name}: {cell}" if name else cell for name, cell in zip(headings[1:], row[1:], strict=True) if cell],
        ]
        for row in below
    ]


def _padded(cell: str, width: int, side: str, placeholders: Placeholders) -> str:
    left = width - placeholders.width(cell)
    before = left if side == "right" else left // 2 if side == "center" else 0
    return " " * before + cell + " " * (left - before)
