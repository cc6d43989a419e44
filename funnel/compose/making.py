"""Makes the files of a folder as they will be served: pictures fit for mail, e-books as PDF, all else unchanged."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TypeVar
from urllib.parse import quote

from funnel import __version__
from funnel.compose.errors import CompileError
from funnel.compose.films import FilmFault, film_seconds
from funnel.compose.media import HEAD, fault_of
from funnel.compose.pdf import make_ebook
from funnel.compose.picture import MadePicture
from funnel.compose.pictures import LARGEST_PICTURE, make_picture, narrower
from funnel.curriculum.model import File, Library, Problem
from funnel.curriculum.named_files import downloads, language_of
from funnel.curriculum.names import PICTURES, VIDEO_TYPES
from funnel.curriculum.practice import Practice

_AT_ONCE = 1 << 20
_KEPT = 32
# Making a file takes a processor for a moment, and most folders are read over and over with the same files.
_ebooks: dict[str, bytes] = {}
_pictures: dict[str, MadePicture] = {}
_narrow: dict[str, list[MadePicture]] = {}
T = TypeVar("T")


def make_files(root: Path, library: Library, into: Path | None) -> tuple[dict[str, File], list[Problem]]:
    """The file to serve for each asset of the folder `root`, by name, and a problem for each that cannot be made.

    Files are written to the folder `into`, named by their digest; with None they are only made, to see that they can
    be.
    """
    ebooks = set(downloads(library).values())
    opened = ebooks | {training.video for training in library.every_training}

    shown = set(library.home.pictures) if library.home is not None else set()

    def make(name: str) -> File:
        path, suffix = root / "assets" / name, PurePosixPath(name).suffix.lower()
        if suffix in PICTURES:
            return _picture(path, f"assets/{name}", into, several=name in shown)
        if name in ebooks and suffix == ".md":
            practice = library.practice.in_language(language_of(name, library.assets))
            return _written(_ebook(path, practice, f"assets/{name}", _Lying(root, library)), ".pdf", into)
        if name in opened:
            return replace(_as_it_is(path), seconds=_try_to_open(path, f"assets/{name}"))
        return _as_it_is(path)

    # A training's transcript is part of the library.
    return _make_each((name for name in library.assets if not name.endswith(".toml")), make)


def make_pictures(root: Path, names: Iterable[str], into: Path | None) -> tuple[dict[str, File], list[Problem]]:
    """As `make_files`, but only the pictures among these names: for previewing a folder while it is being written."""
    pictures = (name for name in names if PurePosixPath(name).suffix.lower() in PICTURES)
    return _make_each(pictures, lambda name: _picture(root / "assets" / name, f"assets/{name}", into))


def _make_each(names: Iterable[str], make: Callable[[str], File]) -> tuple[dict[str, File], list[Problem]]:
    files: dict[str, File] = {}
    problems: list[Problem] = []
    for name in sorted(names):
        try:
            files[name] = make(name)
        except CompileError as error:
            problems.append(_problem(error.path, error.line, error.message))
        except OSError as error:
            problems.append(_problem(f"assets/{name}", 1, f"the file cannot be read ({error.strerror or error})"))
    return files, problems


class _Lying(Mapping[str, MadePicture]):
    """A folder's pictures by their names in texts, such as `assets/me.jpg`. Each is made when it is first looked up."""

    def __init__(self, root: Path, library: Library) -> None:
        self._root = root
        self._names = {f"assets/{name}" for name in library.assets if PurePosixPath(name).suffix.lower() in PICTURES}

    def __getitem__(self, name: str) -> MadePicture:
        if name not in self._names:
            raise KeyError(name)
        return _made(self._root / name, name)

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._names))

    def __len__(self) -> int:
        return len(self._names)

    def seen_in(self, text: bytes) -> Iterator[bytes]:
        """Name and content of the pictures that a text names."""
        for name in self:
            if name.encode() in text or quote(name).encode() in text:
                yield name.encode() + (self._root / name).read_bytes()


def _picture(path: Path, name: str, into: Path | None, *, several: bool = False) -> File:
    """`several` makes it in several widths."""
    made = _made(path, name)
    whole = _written(made.content, made.suffix, into, made.width, made.height)
    if not several:
        return whole
    return replace(
        whole, narrower=tuple(_written(at.content, at.suffix, into, at.width, at.height) for at in _narrower(made))
    )


def _narrower(made: MadePicture) -> list[MadePicture]:
    known = _narrow.get(key := hashlib.sha256(made.content).hexdigest())
    if known is None:
        known = narrower(made)
        _keep(_narrow, key, known)
    return known


def _made(path: Path, name: str) -> MadePicture:
    content = path.read_bytes() if path.stat().st_size <= LARGEST_PICTURE else b""
    if not content:
        raise CompileError(name, 1, "This picture is empty or over 25 MB: save a smaller copy of it")
    made = _pictures.get(key := hashlib.sha256(content).hexdigest())
    if made is None:
        made = make_picture(content, name)
        _keep(_pictures, key, made)
    return made


def _ebook(path: Path, practice: Practice, name: str, pictures: _Lying) -> bytes:
    text = path.read_bytes()
    words = (practice.name, practice.sender, practice.reply_to, practice.postal_address)
    what = (words, practice.language, sorted(practice.colours.items()))
    seen = [hashlib.sha256(content).hexdigest() for content in pictures.seen_in(text)]
    key = hashlib.sha256(f"{__version__} {name} {what!r} {seen!r}\n".encode() + text).hexdigest()
    known = _ebooks.get(key)
    if known is None:
        known = make_ebook(text, practice, name, pictures=pictures)
        _keep(_ebooks, key, known)
    return known


def _keep(kept: dict[str, T], key: str, made: T) -> None:
    while len(kept) >= _KEPT:
        kept.pop(next(iter(kept)), None)
    kept[key] = made


def _written(content: bytes, suffix: str, into: Path | None, width: int = 0, height: int = 0) -> File:
    digest = hashlib.sha256(content).hexdigest()
    path = None if into is None else into / f"{digest}{suffix}"
    if path is not None and not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as draft:
            draft.write(content)
        os.replace(draft.name, path)
    return File(digest, suffix, len(content), width, height, "" if path is None else str(path))


def _try_to_open(path: Path, name: str) -> int:
    """How many seconds it lasts, if it is a film whose header says so, else 0. Raises CompileError for a broken one."""
    suffix = path.suffix.lower()
    with path.open("rb") as file:
        fault = fault_of(suffix, file.read(HEAD))
        if fault:
            raise CompileError(name, 1, fault)
        try:
            return film_seconds(file, suffix) if suffix in VIDEO_TYPES else 0
        except FilmFault as error:
            raise CompileError(name, 1, str(error)) from error


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
