"""Which texts among the assets are older than the one they say in another language: e-books, and a training's texts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from funnel.curriculum.files import Training
from funnel.curriculum.model import Library
from funnel.curriculum.named_files import downloads, language_of, said_in
from funnel.curriculum.parse.fields import Fields
from funnel.curriculum.parse.nodes import Entry, Scalar, Table, read_yaml
from funnel.curriculum.parse.report import Report
from funnel.curriculum.parse.siblings import MARK, check_is_current, text_mark
from funnel.curriculum.parse.source import split_front_matter
from funnel.curriculum.parse.webvtt import VttError, read_cues

# A comment, which players pass over (WebVTT 1, section 4.1).
_NOTE = re.compile(rf'^NOTE[ \t]+{MARK}:[ \t]*"?([^"\n]*)"?[ \t]*$', re.MULTILINE)


def check_ages(library: Library, texts: Mapping[str, str], report: Report) -> None:
    """Warns of each that does not bear the mark of its source as it is now."""
    for path, of in sorted({*_ebooks(library), *_of_trainings(library, texts)}):
        if path != of and {of, path} <= texts.keys():
            check_is_current(_head(path, texts[path], report), of, _mark(of, texts[of]))


def _ebooks(library: Library) -> Iterator[tuple[str, str]]:
    """The e-books in another language that hold keys, and what each translates."""
    named = {name for name in downloads(library).values() if not language_of(name, library.assets)}
    for name in named:
        for code in library.practice.languages:
            said = said_in(name, code, library.assets)
            if said.endswith(".md"):
                yield f"assets/{said}", f"assets/{name}"


def _of_trainings(library: Library, texts: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The transcripts, captions and chapters in another language, and what each translates."""
    for translated in library.translated.values():
        for name, said in translated.trainings.items():
            for own, source in zip(_texts_of(said), _texts_of(library.trainings[name]), strict=True):
                path = f"assets/{own}"
                # What is said in another film may be something else, unless its text says that it is not.
                same_film = said.video == library.trainings[name].video
                if own and source and (same_film or _head(path, texts.get(path, ""), Report()).node(MARK)):
                    yield path, f"assets/{source}"


def _texts_of(training: Training) -> tuple[str, str, str]:
    return training.transcript, training.captions, training.chapters


def _head(path: str, text: str, report: Report) -> Fields:
    """The keys above a text, or in the comment of a track; none where they cannot be read, which others report."""
    if path.endswith(".vtt"):
        return Fields(path, _comment(text), report)
    matter = split_front_matter(path, text, Report()) if text.startswith("---") else None
    table = read_yaml(path, matter.head, 2, Report()) if matter is not None else None
    return Fields(path, table or Table({}, 1, 1), report)


def _comment(text: str) -> Table:
    found = _NOTE.search(text)
    if found is None:
        return Table({}, 1, 1)
    written = Scalar(found[1].strip(), True, text.count("\n", 0, found.start()) + 1, 1)
    return Table({MARK: Entry(written, written)}, 1, 1)


def _mark(path: str, text: str) -> str:
    """What a text is known by to its siblings; of a track what is shown and when, whatever its comments say."""
    if not path.endswith(".vtt"):
        return text_mark(text)
    try:
        return text_mark(*(f"{cue.start} {cue.end} {cue.text}" for cue in read_cues(text)))
    except VttError:  # reported where the training is read
        return text_mark(text)
