"""Compiles the lessons of one folder. Check, plan, publish, preview and test mails all call this, so they all agree."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from funnel.compose.errors import CompileError
from funnel.compose.lesson import CompiledLesson, HouseStyle, compile_lesson
from funnel.compose.picture import Picture
from funnel.curriculum.model import File, Lesson, Page, Sequence
from funnel.curriculum.practice import Practice

_KEPT = 1024
# Keyed by everything a compiled lesson depends on. Compiling takes milliseconds, and most of a folder stays as it is.
_known: dict[str, CompiledLesson | CompileError] = {}


@dataclass(frozen=True)
class Compiler:
    """Compiles lessons with what they share. `site_url` is the base of picture addresses.

    `help_addresses` are those of help.toml: a link there is not tracked.
    """

    practice: Practice
    pages: Mapping[str, Page]
    files: Mapping[str, File]
    templates_dir: Path
    site_url: str
    help_addresses: tuple[str, ...] = ()
    sensitive: frozenset[str] = frozenset()  # names of questions, see `MarkdownSource`

    def compile(self, sequence: Sequence, lesson: Lesson) -> CompiledLesson:
        """The lesson, ready to be filled. Raises CompileError with file, line and what to do."""
        key = self._key(sequence, lesson)
        made = _known.get(key)
        if made is None:
            made = self._compiled(sequence, lesson)
            while len(_known) >= _KEPT:
                _known.pop(next(iter(_known)), None)
            _known[key] = made
        if isinstance(made, CompileError):
            raise made
        return made

    def _compiled(self, sequence: Sequence, lesson: Lesson) -> CompiledLesson | CompileError:
        host = urlsplit(self.site_url).hostname or "localhost"
        pictures = pictures_of(self.files, self.site_url)
        style = HouseStyle(
            self.practice, self.templates_dir, host, self.pages, pictures, self.help_addresses, self.sensitive
        )
        try:
            return compile_lesson(sequence, lesson, style)
        except CompileError as error:
            return error

    def _key(self, sequence: Sequence, lesson: Lesson) -> str:
        pages = sorted((page.slug, page.untracked) for page in self.pages.values())
        pictures = sorted((name, file.digest) for name, file in self.files.items() if file.width)
        with_it = (
            sequence.slug, sequence.title, sequence.titles, lesson, self.practice, pages, pictures,
            layouts_mark(self.templates_dir), self.site_url, self.help_addresses, sorted(self.sensitive),
        )  # fmt: skip
        return hashlib.sha256(repr(with_it).encode()).hexdigest()


def pictures_of(files: Mapping[str, File], site_url: str) -> dict[str, Picture]:
    """The picture to show for each name as written, such as `assets/me.jpg`."""
    return {
        f"assets/{name}": Picture(f"{site_url}/media/{file.name}", file.width, file.height)
        for name, file in files.items()
        if file.width
    }


def layouts_mark(templates_dir: Path) -> str:
    """A mark that changes whenever a mail's layout does."""
    paths = sorted((templates_dir / "email").rglob("*.*"))
    return _layouts_mark(tuple((str(path), path.stat().st_mtime_ns, path.stat().st_size) for path in paths))


@lru_cache(maxsize=4)
def _layouts_mark(states: tuple[tuple[str, int, int], ...]) -> str:
    mark = hashlib.sha256()
    for path, _, _ in states:
        mark.update(Path(path).name.encode() + Path(path).read_bytes())
    return mark.hexdigest()
