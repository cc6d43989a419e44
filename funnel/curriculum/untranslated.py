"""What of a folder is not written in a language in which readers are served: they get it in the practice's own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import PurePosixPath

from funnel.curriculum.languages import english_name
from funnel.curriculum.model import Library, Translated
from funnel.curriculum.named_files import downloads, language_of, said_in
from funnel.curriculum.practice import PracticeWords


def untranslated(library: Library) -> dict[str, list[str]]:
    """By language, the paths of the files that have no sibling in it, by folder; a language without any is left out."""
    found = {code: sorted(_missing(library, code), key=_by_folder) for code in library.practice.languages}
    return {code: paths for code, paths in found.items() if paths}


def untranslated_in_words(library: Library) -> str:
    """What readers of another language get in the practice's own, some lines for each; "" where there is nothing."""
    own, lines = english_name(library.practice.language), []
    for code, paths in untranslated(library).items():
        lines.append(f"not in {english_name(code)}, so who reads in it gets these in {own}:")
        for folder, some in groupby(paths, key=lambda path: path.rpartition("/")[0]):
            names = ", ".join(path.rpartition("/")[2] for path in some)
            lines.append(f"  {folder}: {names}" if folder else f"  {names}")
    return "\n".join(lines)


def missing_words(library: Library, code: str) -> list[str]:
    """What practice.toml says to readers and its sibling in this language does not: `replies`, `booking.intro`, …"""
    practice = library.practice
    said = practice.words.get(code, PracticeWords())
    lines = ("replies", "licence", "also")  # letters behind a name are mostly the same in every language
    missing = [key for key in lines if getattr(practice, key) and not getattr(said, key)]
    missing += [f"booking.{name}" for name in practice.bookings if name not in said.bookings]
    hours = dict.fromkeys(line.hours for line in practice.helplines if line.hours)
    return missing + [f'hours "{each}"' for each in hours if each not in said.hours]


def beside(path: str, code: str) -> str:
    """Where the sibling of this file lies: `week-1.de.md`. A PDF is best written as markdown."""
    where = PurePosixPath(path)
    return f"{where.stem}.{code}{'.md' if where.suffix == '.pdf' else where.suffix}"


def _missing(library: Library, code: str) -> Iterator[str]:
    said = library.translated.get(code, Translated())
    if missing_words(library, code):
        yield "practice.toml"
    if library.home is not None and said.home is None:
        yield "home.md"
    if library.night is not None and said.night is None:
        yield "replies.md"
    if library.help is not None and any(text not in said.help for text in library.help.texts()):
        yield "help.toml"
    if library.sessions is not None and any(text not in said.sessions for text in library.sessions.texts()):
        yield "sessions.toml"
    folders: tuple[tuple[str, Mapping[str, object], Mapping[str, object]], ...] = (
        ("offers/{}.md", library.offers, said.offers),
        ("pages/{}.md", library.pages, said.pages),
        ("assets/{}.toml", library.trainings, said.trainings),
    )
    for path, own, there in folders:
        yield from (path.format(name) for name in own if name not in there)
    for sequence in library.sequences.values():
        if code not in dict(sequence.titles):
            yield f"{sequence.slug}/sequence.md"
        yield from (lesson.path for lesson in sequence.lessons if code not in dict(lesson.translations))
    for asset in set(downloads(library).values()):
        alone = not language_of(asset, library.assets)
        if alone and PurePosixPath(asset).suffix in (".md", ".pdf") and said_in(asset, code, library.assets) == asset:
            yield f"assets/{asset}"


def _by_folder(path: str) -> tuple[str, str]:
    folder, _, name = path.rpartition("/")
    return folder, name
