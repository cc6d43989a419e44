"""The folder while somebody writes in it: its content now, whether it has changed, and what last worked."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from funnel.compose import CompiledLesson
from funnel.compose.making import make_pictures
from funnel.curriculum import File, Lesson, Practice, Problem, Sequence, check_library, read_folder
from funnel.curriculum.folder import DEEPEST_FOLDER
from funnel.curriculum.parse import Parts, read_parts
from funnel.curriculum.parse.library import MOST_FILES
from funnel.curriculum.parse.report import Report, printable

# How often the folder is checked while a page waits. A check costs a few microseconds a file.
_LOOK_SECONDS = 0.1
# Editors write a file in several steps, and save several files one after the other: one reload is enough for all.
_SETTLE_SECONDS, _MOST_SETTLING = 0.05, 5


@dataclass(frozen=True)
class Snapshot:
    """The folder's content at one moment. `mark` changes whenever one of its files, or a mail's template, does."""

    mark: str
    files: Mapping[str, bytes]
    parts: Parts
    problems: tuple[Problem, ...]
    pictures: Mapping[str, File] = field(default_factory=dict)

    def problems_of(self, path: str) -> list[Problem]:
        """The errors first, then the warnings, each in line order."""
        found = [problem for problem in self.problems if problem.path == printable(path, 200)]
        return sorted(found, key=lambda problem: problem.severity)

    def errors_of(self, path: str) -> list[Problem]:
        return [problem for problem in self.problems_of(path) if problem.severity == "error"]

    def line(self, problem: Problem) -> str:
        """The text of the line a problem names; empty where there is no such line."""
        content = self.files.get(problem.path, b"")
        lines = content.decode("utf-8", "replace").replace("\r\n", "\n").split("\n")
        return lines[problem.line - 1].strip()[:200] if problem.line <= len(lines) else ""


@dataclass(frozen=True, slots=True)
class LessonSource:
    """A lesson as it was read, with what it is compiled from."""

    sequence: Sequence
    lesson: Lesson
    practice: Practice


class Workshop:
    """One folder of sequences and the templates beside it. Thread-safe."""

    def __init__(self, sequences_dir: Path, templates_dir: Path, media: Path | None = None) -> None:
        self.sequences_dir, self.templates_dir = sequences_dir, templates_dir
        self.media = media  # where pictures are written as they are made for mail
        # The last working version by the lesson's path: shown while the current one cannot be.
        self.good: dict[str, CompiledLesson] = {}
        self.last_good: dict[str, LessonSource] = {}
        self._practice: Practice | None = None
        self._lock = threading.Lock()
        self._snapshot: Snapshot | None = None
        self._closed = threading.Event()

    def look(self) -> Snapshot:
        """The folder's content now; it is read again only where something has changed."""
        with self._lock:
            # The mark is taken first: what changes while the files are read gives another mark, so they are read again.
            mark = self.mark()
            if self._snapshot is None or self._snapshot.mark != mark:
                self._snapshot = self._read(mark)
            return self._snapshot

    def mark(self) -> str:
        """A short text that identifies the state of all files."""
        found = [*_states(self.sequences_dir), *_states(self.templates_dir / "email")]
        return hashlib.sha256(repr(found).encode()).hexdigest()[:16]

    def wait_for_change(self, since: str, seconds: float) -> str:
        """The mark as soon as it differs from `since`, or after so many machine seconds, or when closed."""
        deadline = time.monotonic() + seconds
        mark = self.mark()
        while mark == since and time.monotonic() < deadline and not self._closed.wait(_LOOK_SECONDS):
            mark = self.mark()
        for _ in range(_MOST_SETTLING if mark != since else 0):
            if self._closed.wait(_SETTLE_SECONDS):
                break
            before, mark = mark, self.mark()
            if mark == before:
                break
        return mark

    def close(self) -> None:
        """Wakes everybody who waits."""
        self._closed.set()

    def _read(self, mark: str) -> Snapshot:
        files, unread = read_folder(self.sequences_dir)
        _, found = check_library(files)
        # Read once more by itself: a library is all or nothing, and one faulty lesson must not hide the others.
        parts = read_parts(files, Report())
        if parts.practice is None:
            parts.practice = self._practice
        self._practice = parts.practice
        pictures, unmade = make_pictures(self.sequences_dir, parts.assets, self.media)
        snapshot = Snapshot(mark, files, parts, (*unread, *found, *unmade), pictures)
        self._remember(snapshot)
        return snapshot

    def _remember(self, snapshot: Snapshot) -> None:
        wrong = {problem.path for problem in snapshot.problems if problem.severity == "error"}
        practice = snapshot.parts.practice
        for sequence in snapshot.parts.sequences.values():
            for lesson in sequence.lessons:
                if practice is not None and printable(lesson.path, 200) not in wrong:
                    self.last_good[lesson.path] = LessonSource(sequence, lesson, practice)


def _states(root: Path) -> Iterator[tuple[str, int, int, int]]:
    """(path, time of change in ns, size, inode) of each file, in a stable order; hidden files are left out."""
    left = MOST_FILES
    waiting = [(root, 1)]
    while waiting:
        folder, depth = waiting.pop()
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError:
            yield str(folder), 0, 0, 0
            continue
        for entry in entries:
            left -= 1
            if left < 0:
                return
            if entry.name.startswith("."):
                continue
            if entry.is_dir(follow_symlinks=False):
                if depth < DEEPEST_FOLDER:
                    waiting.append((Path(entry.path), depth + 1))
                continue
            try:
                state = entry.stat()
            except OSError:  # a broken link, or a file just deleted: that is a state too
                yield entry.path, 0, 0, 0
                continue
            yield entry.path, state.st_mtime_ns, state.st_size, state.st_ino
