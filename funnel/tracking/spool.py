"""Hits wait in files, so that no answer depends on Redis or the database.

A web process appends one line per hit with a single write. What is written survives the process, though a power cut may
cost the last second. One process per machine at a time loads the hits into the database: the clock, or where
none runs a thread of a web process. A file left by a dead process is loaded by the next holder of the intake lock.
Loading a line twice changes nothing, because its id is the event's key. The backlog is bounded: `SpoolFull` is raised
before the hits can fill a disk that the database shares.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import structlog

from funnel.tracking.hit import Hit

_MEGABYTE = 1 << 20
LIMIT = 2048 * _MEGABYTE  # some six million hits
RESERVE = 64 * _MEGABYTE  # left free on the disk for everybody else
_LOOK_EVERY = 4 * _MEGABYTE  # written between two checks of the folder
_LOOK_AGAIN_SECONDS = 1.0  # while there is no room
_SEGMENT = 64 * _MEGABYTE  # a larger file is moved aside, so that others can help with it
# A file's name until its lock is held. Names that end in .jsonl are of files that are locked or abandoned.
_UNBORN = ".unborn"
_INTAKE_LOCK = "taking-in.lock"

log = structlog.get_logger(__name__)

__all__ = ["Hit", "HitSpool", "SpoolFull"]


class SpoolFull(OSError):
    """This hit is not kept: too many are waiting, or the disk is nearly full."""


class HitSpool:
    """The files of one data folder. Each process writes to its own, and holds a lock on it while it lives."""

    def __init__(self, folder: Path, limit: int = LIMIT, reserve: int = RESERVE) -> None:
        self._folder = folder
        self._limit = limit
        self._reserve = reserve
        self.written = 0  # hits of this process
        self._lock = threading.Lock()
        self._pid = 0
        self._handle = -1
        self._path: Path | None = None
        self._left: Path | None = None
        self._closed: set[Path] = set()  # files of others that were said to be
        self._size = 0
        self._room = 0
        self._full_until = 0.0

    def write(self, hit: Hit) -> None:
        """Writes the hit; it survives this process once this returns. Raises OSError if it could not be written."""
        line = hit.to_line()
        with self._lock:
            if self._pid != os.getpid():
                self._let_go()  # a forked child must not hold its parent's file: nobody could take it in
                self._room = 0
            if self._room < len(line):
                self._look_for_room()
            if self._path is None or self._size >= _SEGMENT:
                self._let_go()
                self._open()
            self._append(line)

    def files_to_take_in(self) -> Generator[Path, None, None]:
        """Files that nobody writes to any more, each locked while the caller has it and handed to one caller at a time.

        Files left by dead processes or earlier attempts come first, and this process's own comes last. While the
        database is away, one file grows and no others are created.
        """
        yield from self._waiting()
        with self._lock:
            if self._pid != os.getpid() or self._path is None or not self._size:
                return
            path = self._path
            self._let_go()
        yield from self._locked(path)

    def hand_over(self) -> None:
        """Leaves this process's file to the holder of the lock, but only once its previous one has been loaded."""
        with self._lock:
            if self._pid != os.getpid() or self._path is None or not self._size:
                return
            if self._left is None or not self._left.exists():
                self._left = self._path
                self._let_go()

    @contextmanager
    def intake_lock(self) -> Iterator[bool]:
        """Whether this process may load hits. One process at a time is faster than several on one database.

        This is advisory: each file has a lock of its own.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        try:
            handle = os.open(self._folder / _INTAKE_LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        except PermissionError:  # made by another user
            yield True
            return
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
        finally:
            os.close(handle)

    def waiting_bytes(self) -> int:
        """Bytes waiting in the folder, including files still being written but not those that cannot be opened."""
        return sum(_size(path) for path in self._folder.glob("*.jsonl") if path not in self._closed)

    def _waiting(self) -> Iterator[Path]:
        if self._folder.is_dir():
            for path in sorted(self._folder.glob("*.jsonl")):
                if path != self._path:
                    yield from self._locked(path)

    def _locked(self, path: Path) -> Iterator[Path]:
        try:
            handle = os.open(path, os.O_RDWR)
        except FileNotFoundError:
            return  # another process has just loaded it
        except OSError as error:
            # It may belong to another user. It must not hold up the files behind it.
            if path not in self._closed:
                log.warning("a file of hits cannot be opened", file=path.name, error=type(error).__name__)
                self._closed.add(path)
            return
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Its holder may have loaded and removed it between our open and our lock.
            if os.fstat(handle).st_nlink:
                yield path
        except BlockingIOError:
            return  # its writer is alive, or another process is loading it
        finally:
            os.close(handle)

    def _append(self, line: bytes) -> None:
        written = os.write(self._handle, line)
        if written != len(line):
            os.ftruncate(self._handle, self._size)  # half a line would corrupt the next hit as well
            raise SpoolFull("a hit could be written in part only: the disk is full")
        self._size += written
        self._room -= written
        self.written += 1

    def _look_for_room(self) -> None:
        """Sets how much may be written before the next check. Raises SpoolFull if nothing may."""
        if time.monotonic() < self._full_until:
            raise SpoolFull("no room for hits")
        self._folder.mkdir(parents=True, exist_ok=True)
        disk = os.statvfs(self._folder)
        room = min(self._limit - self.waiting_bytes(), disk.f_bavail * disk.f_frsize - self._reserve, _LOOK_EVERY)
        if room <= 0:
            self._full_until = time.monotonic() + _LOOK_AGAIN_SECONDS
            raise SpoolFull("no room for hits: too many wait, or the disk is almost full")
        self._room = room

    def _open(self) -> None:
        """Opens a new file, locked before it gets the name others look for, so that none removes it while empty."""
        path = self._folder / f"{os.getpid()}-{uuid4().hex}.jsonl"
        unborn = path.with_suffix(_UNBORN)
        self._folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(unborn, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            unborn.rename(path)
        except OSError:
            os.close(handle)
            raise
        self._path, self._handle, self._pid, self._size = path, handle, os.getpid(), 0

    def _let_go(self) -> None:
        if self._handle != -1:
            os.close(self._handle)
        self._path, self._handle, self._pid, self._size = None, -1, 0, 0


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0  # loaded in the meantime
