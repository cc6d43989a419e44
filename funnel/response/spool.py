"""Hits wait in files, so that neither Redis nor the database is on the way of an answer.

A web process appends one line for each hit with a single write; what is written survives the process. A thread of the
same process moves the file aside and takes it into the database. A file left by a dead process is taken in by whoever
finds it next. A line taken in twice changes nothing: its id is the event's key.
"""

from __future__ import annotations

import fcntl
import json
import os
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4


@dataclass(frozen=True, slots=True)
class Hit:
    """One request for a pixel or a link, as it came in. `at` is story time, UTC; `network` a /24 or /48."""

    kind: str  # open, click
    delivery_id: int
    at: datetime
    edition_lesson_id: int | None = None
    link: int | None = None
    method: str = "GET"
    network: str = ""
    user_agent: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    id: str = field(default_factory=lambda: uuid4().hex)

    def to_line(self) -> bytes:
        data = asdict(self) | {"at": self.at.isoformat()}
        return json.dumps(data, separators=(",", ":")).encode() + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> Hit:
        """Raises ValueError for a line that is not a whole hit."""
        try:
            data: dict[str, Any] = json.loads(line)
            return cls(**(data | {"at": datetime.fromisoformat(data["at"])}))
        except (KeyError, TypeError) as error:
            raise ValueError("not a hit") from error


class HitSpool:
    """The files of one data folder. Each process writes to its own, and holds a lock on it while it lives."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._pid = 0
        self._handle = -1
        self._path: Path | None = None

    def write(self, hit: Hit) -> None:
        """On disk, as far as the process is concerned, when this returns. Raises OSError where that is not so."""
        line = hit.to_line()
        with self._lock:
            if self._pid != os.getpid():
                self._open()
            if os.write(self._handle, line) != len(line):
                raise OSError("a hit was written in part only")

    def segments(self) -> Iterator[Path]:
        """Files that nobody writes to any more: this process's own, moved aside, and those of dead processes."""
        with self._lock:
            if self._pid == os.getpid() and self._path is not None and os.fstat(self._handle).st_size:
                self._close()
        if not self._folder.is_dir():
            return
        for path in sorted(self._folder.glob("*.jsonl")):
            if path == self._path:
                continue
            try:
                handle = os.open(path, os.O_RDWR)
            except FileNotFoundError:
                continue  # somebody else has just taken it in
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue  # its writer lives, or somebody is taking it in
            else:
                yield path
            finally:
                os.close(handle)

    def _open(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{os.getpid()}-{uuid4().hex}.jsonl"
        handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL, 0o600)
        fcntl.flock(handle, fcntl.LOCK_EX)
        self._path, self._handle, self._pid = path, handle, os.getpid()

    def _close(self) -> None:
        os.close(self._handle)
        self._path, self._handle, self._pid = None, -1, 0
