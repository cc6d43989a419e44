"""The small log of erasures beside the database, so that a restored backup does not bring anybody back.

One line for each: when (story time) and the keyed digest of the address. It only ever grows, and holds no address.
"""

from __future__ import annotations

import errno
import fcntl
import os
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from funnel.kept_files import sync_folder

NAME = "erasures.log"


class Erased(NamedTuple):
    """One erasure: when (aware, story time), and the digest `Links.address_digest` gives for the address."""

    at: datetime
    digest: str

    def __str__(self) -> str:
        return f"{self.at.isoformat()} {self.digest}"


def note_erased(data_dir: Path, erased: Erased) -> None:
    """Adds a line; it would survive a power cut once this returns. Raises OSError."""
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(data_dir / NAME, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        # What a power cut left of a line must not swallow the next one.
        size = os.fstat(handle).st_size
        broken = size > 0 and os.pread(handle, 1, size - 1) != b"\n"
        line = (b"\n" if broken else b"") + str(erased).encode("ascii") + b"\n"
        if os.write(handle, line) < len(line):
            raise OSError(errno.ENOSPC, "The disk is full, so nothing was erased", str(data_dir / NAME))
        os.fsync(handle)
    finally:
        os.close(handle)
    if size == 0:
        sync_folder(data_dir)


def log_written_at(data_dir: Path) -> float | None:
    """When the log was last written, in seconds since 1970; None where there is none."""
    try:
        return (data_dir / NAME).stat().st_mtime
    except FileNotFoundError:
        return None


def read_log(data_dir: Path) -> list[Erased]:
    """Every whole line, in order; empty where nobody was erased on this machine. A line that is none is passed over."""
    try:
        lines = (data_dir / NAME).read_text(encoding="ascii", errors="replace").splitlines()
    except FileNotFoundError:
        return []
    return [erased for line in lines if (erased := _read(line)) is not None]


def _read(line: str) -> Erased | None:
    at, _, digest = line.partition(" ")
    try:
        when = datetime.fromisoformat(at)
    except ValueError:
        return None
    return Erased(when, digest) if when.tzinfo is not None and len(digest) == 64 and digest.isalnum() else None
