"""The files of a folder as they will be served: pictures fit for a mail, e-books as PDF, everything else as it is."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from funnel import __version__
from funnel.compose.errors import CompileError
from funnel.compose.pdf import make_ebook
from funnel.curriculum.model import File, Library, Practice, Problem
from funnel.curriculum.named_files import downloads

_AT_ONCE = 1 << 20
_KEPT = 16
# Making a PDF takes a processor for half a second, and most folders are read again and again with the same e-book.
_made: dict[str, bytes] = {}


def make_files(root: Path, library: Library, into: Path | None) -> tuple[dict[str, File], list[Problem]]:
    """What each asset of the folder `root` is served as, by its name, and why the others cannot be.

    What is made is written `into` a folder, under its digest; with None it is only made, to see that it can be.
    """
    files: dict[str, File] = {}
    problems: list[Problem] = []
    ebooks = set(downloads(library).values())
    for name in sorted(library.assets):
        suffix = PurePosixPath(name).suffix.lower()
        if suffix == ".toml":
            continue  # what a training says is part of the library
        try:
            if name in ebooks and suffix == ".md":
                files[name] = _written(_ebook(root / "assets" / name, library.practice, f"assets/{name}"), ".pdf", into)
            else:
                files[name] = _as_it_is(root / "assets" / name)
        except CompileError as error:
            problems.append(_problem(error.path, error.line, error.message))
        except OSError as error:
            problems.append(_problem(f"assets/{name}", 1, f"the file cannot be read ({error.strerror or error})"))
    return files, problems


def _ebook(path: Path, practice: Practice, name: str) -> bytes:
    text = path.read_bytes()
    words = (practice.name, practice.sender, practice.reply_to, practice.postal_address)
    what = (words, practice.language, sorted(practice.colours.items()))
    key = hashlib.sha256(f"{__version__} {name} {what!r}\n".encode() + text).hexdigest()
    known = _made.get(key)
    if known is None:
        known = make_ebook(text, practice, name)
        if len(_made) >= _KEPT:
            _made.pop(next(iter(_made)))
        _made[key] = known
    return known


def _written(content: bytes, suffix: str, into: Path | None, width: int = 0, height: int = 0) -> File:
    digest = hashlib.sha256(content).hexdigest()
    path = None if into is None else into / f"{digest}{suffix}"
    if path is not None and not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as draft:
            draft.write(content)
        os.replace(draft.name, path)
    return File(digest, suffix, len(content), width, height, "" if path is None else str(path))


def _as_it_is(path: Path) -> File:
    hashed, size = hashlib.sha256(), 0
    for part in _parts(path):
        hashed.update(part)
        size += len(part)
    return File(hashed.hexdigest(), path.suffix.lower(), size, path=str(path))


def _parts(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while part := file.read(_AT_ONCE):
            yield part


def _problem(path: str, line: int, message: str) -> Problem:
    return Problem(path, line, 1, "error", "cannot-make", message, "Put it right; what is made of it is for readers.")
