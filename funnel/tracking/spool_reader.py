"""A file of hits that nobody writes to any more, read a batch at a time; how far it was taken in stands beside it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from itertools import islice
from pathlib import Path


def line_batches(path: Path, lines: int) -> Iterator[list[bytes]]:
    """The lines of a file, so many at once, from where whoever died over it had got to.

    That the caller asks for more says that it is done with those before. Where that cannot be noted, for the disk is
    full, some lines come twice to whoever goes on after a kill, which changes nothing.
    """
    note = _note(path)
    with path.open("rb") as file:
        file.seek(_noted(note))
        while batch := list(islice(file, lines)):
            yield batch
            with contextlib.suppress(OSError):
                fresh = note.with_suffix(".noting")
                fresh.write_bytes(str(file.tell()).encode())
                fresh.replace(note)


def remove(path: Path) -> None:
    """The file is in the database, all of it."""
    for note in (_note(path), path.with_suffix(".noting")):
        note.unlink(missing_ok=True)
    path.unlink()


def _note(path: Path) -> Path:
    return path.with_suffix(".taken")


def _noted(note: Path) -> int:
    try:
        said = note.read_bytes()
    except OSError:
        return 0
    return int(said) if said.isdigit() else 0
