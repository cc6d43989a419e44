"""A table of the dashboard as a file for a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from flask import Response, request

from funnel.insight.csv_text import csv_lines


def as_csv(head: Sequence[str], rows: Iterable[Sequence[object]], name: str) -> Response:
    """The file `name`.csv, sent line by line; with `bom=0` in the address without the mark that Excel needs."""
    answer = Response(csv_lines(head, rows, bom=request.args.get("bom") != "0"), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    answer.headers["Cache-Control"] = "no-store"
    return answer
