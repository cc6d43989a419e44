"""A table as CSV holds what it held, and runs nothing in a spreadsheet."""

from __future__ import annotations

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from funnel.insight.csv_text import BOM, csv_lines

CELLS = st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=2, max_size=2)


def parsed(*lines: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO("".join(lines), newline="")))


def test_what_a_stranger_typed_is_never_a_formula() -> None:
    bad = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"]
    (row,) = parsed(*csv_lines(["a"] * 6, [bad]))[1:]
    assert row == [f"'{each}" for each in bad]


@given(st.lists(CELLS, max_size=5))
def test_every_cell_comes_back_but_for_its_apostrophe(rows: list[list[str]]) -> None:
    head, *found = parsed(*csv_lines(["one", "two"], rows))
    assert head == ["one", "two"]
    assert [[each.removeprefix("'") for each in row] for row in found] == [
        [each.removeprefix("'") for each in row] for row in rows
    ]
    assert not any(each.startswith(("=", "+", "-", "@")) for row in found for each in row)


def test_excel_is_told_the_encoding_where_that_is_wanted() -> None:
    assert "".join(csv_lines(["Ä"], [], bom=True)) == f"{BOM}Ä\r\n"
    assert "".join(csv_lines(["Ä"], [])) == "Ä\r\n"
