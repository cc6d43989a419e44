"""Tables as CSV that a spreadsheet reads as it was meant, and never as a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

BOM = "\ufeff"
"""What Excel needs at the beginning to read UTF-8 as UTF-8."""
# A spreadsheet takes a cell that begins so for a formula, and would run what a stranger typed as a name (OWASP, "CSV
# Injection"). The apostrophe before it is what spreadsheets themselves write to say that a cell is text.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_lines(head: Sequence[str], rows: Iterable[Sequence[object]], *, bom: bool = False) -> Iterator[str]:
    """The lines of the table (RFC 4180), the head first, each as soon as its row is there; `bom` for Excel."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    if bom:
        buffer.write(BOM)
    writer.writerow(head)
    yield _taken(buffer)
    for row in rows:
        writer.writerow([_harmless(each) for each in row])
        yield _taken(buffer)


def _harmless(value: object) -> object:
    text = value if isinstance(value, str) else None
    return f"'{text}" if text is not None and text.startswith(_FORMULA) else value


def _taken(buffer: io.StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text
