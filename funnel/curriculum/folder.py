"""Reads a practice's folder from disk, and nothing outside it."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from funnel.curriculum.model import Problem
from funnel.curriculum.parse.library import MOST_FILES
from funnel.curriculum.parse.report import Report
from funnel.curriculum.parse.source import LARGEST_TEXT, TEXT_SUFFIXES
from funnel.curriculum.problem import Location

DEEPEST_FOLDER = 6
# What other programs put into a folder: a lock of Word's, an editor's copy, an icon's place.
_NOT_OURS = (".*", "~$*", "*~", "Thumbs.db", "desktop.ini")
LARGEST_FOLDER = 32_000_000


def read_folder(root: Path) -> tuple[dict[str, bytes], list[Problem]]:
    """Every file below `root` as (path below it, with slashes → content), and what could not be read.

    Only texts are read, up to 1 MB each; media are listed with empty content. Hidden files and what other
    programs leave there are left out. Links that
    leave the folder, linked folders, and things that are no files are refused, not followed. Raises nothing for what
    the folder holds; a `root` that cannot be opened is a problem too.
    """
    report = Report()
    files: dict[str, bytes] = {}
    try:
        home = root.resolve(strict=True)
    except (OSError, RuntimeError):
        report.error(
            Location("."), "no-folder", f"{root} cannot be opened", "Name the folder that holds practice.toml."
        )
        return files, report.problems
    left = LARGEST_FOLDER
    for number, path in enumerate(_enrolment(home, home, 1, report)):
        name = path.relative_to(home).as_posix()
        if number >= MOST_FILES:
            report.error(
                Location("."), "too-many-files", f"the folder holds more than {MOST_FILES} files",
                "Keep lessons and assets only.",
            )  # fmt: skip
            break
        content = _read(path, name, home, report) if path.suffix.lower() in TEXT_SUFFIXES else b""
        if content is None:
            continue
        left -= len(content)
        if left < 0:
            report.error(Location("."), "too-large", "the texts of the folder exceed 32 MB together", "Remove some.")
            break
        files[name] = content
    return files, report.sorted()


def _enrolment(folder: Path, home: Path, depth: int, report: Report) -> Iterator[Path]:
    """Files in a stable order. A link to a folder is refused wherever it leads: it could lead round in a circle."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        report.error(
            Location(folder.relative_to(home).as_posix()), "unreadable",
            f"the folder cannot be read ({error.strerror})", "Change its permissions.",
        )  # fmt: skip
        return
    for entry in entries:
        path = Path(entry.path)
        name = path.relative_to(home).as_posix()
        if any(fnmatchcase(entry.name, pattern) for pattern in _NOT_OURS):
            continue
        if not entry.name.isprintable():
            report.error(Location(name), "bad-name", "the file has a name that cannot be printed", "Rename it.")
        elif entry.is_symlink() and not _stays_inside(path, home):
            report.error(
                Location(name), "link-outside", "this link leads out of the folder", "Put the file itself here."
            )
        elif entry.is_symlink() and path.is_dir():
            report.error(Location(name), "linked-folder", "this is a link to a folder", "Put the folder itself here.")
        elif entry.is_dir(follow_symlinks=False):
            if depth >= DEEPEST_FOLDER:
                report.error(Location(name), "too-deep", "folders lie too deep inside one another", "Move it up.")
            else:
                yield from _enrolment(path, home, depth + 1, report)
        else:
            yield path


def _stays_inside(path: Path, home: Path) -> bool:
    try:
        return path.resolve(strict=True).is_relative_to(home)
    except (OSError, RuntimeError):
        return False


def _read(path: Path, name: str, home: Path, report: Report) -> bytes | None:
    try:
        # The target is opened without following a link, so that one put there meanwhile is not followed either; and
        # without blocking, because opening a pipe would wait for ever.
        handle = os.open(path.resolve(strict=True), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except (OSError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or "a circle of links"
        report.error(Location(name), "unreadable", f"the file cannot be read ({reason})", "Change its permissions.")
        return None
    with os.fdopen(handle, "rb") as file:
        facts = os.fstat(file.fileno())
        if not stat.S_ISREG(facts.st_mode):
            report.error(Location(name), "not-a-file", "this is no file", "Remove it.")
            return None
        if facts.st_size > LARGEST_TEXT:
            report.error(Location(name), "too-large", "the file is larger than 1 MB", "Keep texts short.")
            return None
        return file.read(LARGEST_TEXT + 1)
