"""A training with all that belongs to it, as files on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from funnel.context import Context
from funnel.curriculum.model import Training
from funnel.curriculum.parse.webvtt import read_cues


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


def training_files(context: Context, name: str) -> TrainingFiles | None:
    """The training of that name as it was published, or None where there is none."""
    said, files = context.library.trainings.get(name), context.library.files
    if said is None:
        return None

    def file(asset: str) -> Path | None:
        return context.files.path(files[asset]) if asset in files else None

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
