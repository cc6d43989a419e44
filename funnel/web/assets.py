"""What was promised, as files: the e-book made into a PDF once, and the training with all that belongs to it."""

from __future__ import annotations

import hashlib
import os
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path

from funnel import __version__
from funnel.compose.pdf import make_ebook
from funnel.curriculum.model import Library, Training
from funnel.curriculum.parse.webvtt import read_cues
from funnel.settings import Settings

# Making a PDF takes a processor for half a second: the threads of one process make it once.
_MAKING = threading.Lock()


def ebook_file(settings: Settings, library: Library, name: str) -> Path | None:
    """The PDF of `assets/<name>.md`; made when first asked for, and again when its text or the practice has changed.

    None where there is no such text. Two processes may make it at once: each writes beside it and moves it into
    place whole, so nobody ever reads half a file.
    """
    if f"{name}.md" not in library.assets:
        return None
    text = (settings.sequences_dir / "assets" / f"{name}.md").read_bytes()
    practice = library.practice
    what = (practice.name, practice.language, practice.postal_address, sorted(practice.colours.items()))
    mark = hashlib.sha256(f"{__version__} {what!r}\n".encode() + text).hexdigest()[:16]
    path = settings.data_dir / "assets" / f"{name}-{mark}.pdf"
    with _MAKING:
        if path.exists():
            return path
        path.parent.mkdir(parents=True, exist_ok=True)
        pdf = make_ebook(text, practice, f"assets/{name}.md")
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as draft:
            draft.write(pdf)
        os.replace(draft.name, path)
    return path


@dataclass(frozen=True)
class Chapter:
    """Where a part of the video begins, in whole seconds."""

    start: int
    title: str

    @property
    def clock(self) -> str:
        """As a player shows it: 4:30."""
        return f"{self.start // 60}:{self.start % 60:02d}"


@dataclass(frozen=True)
class TrainingFiles:
    """A training with its files. Paths are None where there is no such file."""

    said: Training
    video: Path | None
    captions: Path | None
    chapters: Path | None
    poster: Path | None
    chapter_list: tuple[Chapter, ...]
    transcript: str


def read_training(settings: Settings, library: Library, name: str) -> TrainingFiles | None:
    """The training of that name, or None where there is none."""
    said = library.trainings.get(name)
    if said is None:
        return None
    folder = settings.sequences_dir / "assets"

    def file(asset: str) -> Path | None:
        return folder / asset if asset in library.assets else None

    chapters, transcript = file(said.chapters), file(said.transcript)
    return TrainingFiles(
        said=said,
        video=file(said.video),
        captions=file(said.captions),
        chapters=chapters,
        poster=file(said.poster),
        chapter_list=read_chapters(chapters.read_text(encoding="utf-8-sig")) if chapters else (),
        transcript=transcript.read_text(encoding="utf-8-sig") if transcript else "",
    )


def read_chapters(text: str) -> tuple[Chapter, ...]:
    """The cues of a WebVTT chapters file, each with its title."""
    return tuple(Chapter(cue.start // 1000, cue.text) for cue in read_cues(text))
