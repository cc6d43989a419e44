"""A training with all that belongs to it, as files on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from funnel.context import Context
from funnel.curriculum.model import Training
from funnel.curriculum.parse.webvtt import SpokenLine, as_clock, plain, read_cues, spoken_lines


@dataclass(frozen=True)
class Chapter:
    """Where a part of the video begins, in whole seconds."""

    start: int
    title: str

    @property
    def clock(self) -> str:
        """As a player shows it: 4:30."""
        return as_clock(self.start)


@dataclass(frozen=True)
class SpokenPart:
    """What is said in one chapter; without a chapter what is said before the first, or where there are none."""

    chapter: Chapter | None
    lines: tuple[SpokenLine, ...]


@dataclass(frozen=True)
class TrainingFiles:
    """A training with its files. Paths are None where there is no such file.

    `seconds` is its length, to the second where a file of ours says it, else of the minutes that were written; 0 where
    nobody knows. `spoken` is what its captions say, by chapter; `language` is what its texts are in.
    """

    said: Training
    video: Path | None
    captions: Path | None
    chapters: Path | None
    poster: Path | None
    chapter_list: tuple[Chapter, ...]
    spoken: tuple[SpokenPart, ...]
    transcript: str
    seconds: int
    language: str


def training_files(context: Context, name: str) -> TrainingFiles | None:
    """The training of that name as it was published, or None where there is none."""
    said, files = context.library.trainings.get(name), context.library.files
    own = context.in_force.library
    if said is None:
        return None

    def file(asset: str) -> Path | None:
        return context.files.path(files[asset]) if asset in files else None

    def text(path: Path | None) -> str:
        return path.read_text(encoding="utf-8-sig") if path else ""

    captions, chapters = file(said.captions), file(said.chapters)
    chapter_list = read_chapters(text(chapters)) if chapters else ()
    return TrainingFiles(
        said=said,
        video=file(said.video),
        captions=captions,
        chapters=chapters,
        poster=file(said.poster),
        chapter_list=chapter_list,
        spoken=_by_chapter(chapter_list, spoken_lines(read_cues(text(captions)))) if captions else (),
        transcript=text(file(said.transcript)),
        seconds=files[said.video].seconds if said.video in files else 60 * said.minutes,
        language=(context.library if said is not own.trainings.get(name) else own).practice.language,
    )


def read_chapters(text: str) -> tuple[Chapter, ...]:
    """The cues of a WebVTT chapters file, each with its title."""
    return tuple(Chapter(cue.start // 1000, plain(cue.text)) for cue in read_cues(text))


def _by_chapter(chapters: tuple[Chapter, ...], lines: tuple[SpokenLine, ...]) -> tuple[SpokenPart, ...]:
    """The lines below the chapter in which each begins; a chapter in which nothing is said is left out."""
    parts: list[SpokenPart] = []
    for chapter, after in zip((None, *chapters), (*chapters, None), strict=True):
        begins = -1 if chapter is None else chapter.start
        within = tuple(
            line
            for line in lines
            if begins <= line.start // 1000 and (after is None or line.start // 1000 < after.start)
        )
        if within:
            parts.append(SpokenPart(chapter, within))
    return tuple(parts)
