"""Reads the whole folder: decides what each file is, and parses it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from funnel.curriculum.help import FindingHelp
from funnel.curriculum.model import (
    Home,
    Lesson,
    Library,
    NightAnswer,
    Offer,
    Page,
    Problem,
    Sequence,
    Training,
    Translated,
)
from funnel.curriculum.parse.beside import SiblingText, put_beside, put_toml_beside
from funnel.curriculum.parse.fields import SLUG_RULE, Fields, is_slug
from funnel.curriculum.parse.help import HELP, read_help
from funnel.curriculum.parse.kept import check_kept
from funnel.curriculum.parse.lessons import read_lesson
from funnel.curriculum.parse.night import NIGHT, read_night
from funnel.curriculum.parse.nodes import read_yaml
from funnel.curriculum.parse.offers import read_offer
from funnel.curriculum.parse.pages import HOME, read_home, read_page
from funnel.curriculum.parse.practice import PATH as PRACTICE
from funnel.curriculum.parse.practice import read_practice
from funnel.curriculum.parse.report import Report, printable
from funnel.curriculum.parse.sequences import file_order, in_due_order, read_sequence
from funnel.curriculum.parse.sessions import SESSIONS, read_sessions
from funnel.curriculum.parse.siblings import Sibling, check_offered, siblings_in, with_source
from funnel.curriculum.parse.slips import where_it_belongs
from funnel.curriculum.parse.source import FrontMatter, decode, split_front_matter, texts_in
from funnel.curriculum.parse.training import read_training
from funnel.curriculum.practice import Practice
from funnel.curriculum.problem import Location
from funnel.curriculum.sessions import SessionList

MOST_FILES = 5_000
MOST_LESSONS = 1_000
RESERVED = ("offers", "assets", "letters", "pages", "practice")
"""Folders that hold no lessons, and so no sequence can be called."""
_STANDS_FOR = {"practice": "the practice itself", "letters": "letters outside of any sequence"}


@dataclass(frozen=True, slots=True)
class Source:
    """A file that was read: its keys with their places, and its text from line `body_line` on."""

    path: str
    fields: Fields
    body: str
    body_line: int


@dataclass(slots=True)
class Parts:
    """Whatever could be read, even if other parts could not; `broken` says that something is missing."""

    practice: Practice | None = None
    offers: dict[str, Offer] = field(default_factory=dict)
    sequences: dict[str, Sequence] = field(default_factory=dict)
    assets: frozenset[str] = frozenset()
    pages: dict[str, Page] = field(default_factory=dict)
    home: Home | None = None
    trainings: dict[str, Training] = field(default_factory=dict)
    night: NightAnswer | None = None
    help: FindingHelp | None = None
    sessions: SessionList | None = None
    texts: dict[str, str] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)
    translated: dict[str, Translated] = field(default_factory=dict)
    siblings: dict[str, Sibling] = field(default_factory=dict)
    broken: bool = False

    def library(self) -> Library | None:
        """The library, or None when part of it could not be made."""
        if self.practice is None or self.broken:
            return None
        return Library(
            practice=self.practice,
            offers=self.offers,
            sequences=self.sequences,
            assets=self.assets,
            pages=self.pages,
            home=self.home,
            trainings=self.trainings,
            night=self.night,
            texts=self.texts,
            translated=self.translated,
            help=self.help,
            sessions=self.sessions,
        )


def parse_library(files: Mapping[str, bytes]) -> tuple[Library | None, list[Problem]]:
    """The library in `files` (path below the folder → content) and every problem found, by file and line.

    Never raises, whatever the files hold. The library is None only if part of it cannot be made. A library may come
    with errors, such as an unknown key; nothing with an error may be published.
    """
    report = Report()
    parts = read_parts(files, report)
    return parts.library(), report.sorted()


def read_parts(files: Mapping[str, bytes], report: Report) -> Parts:
    """As `parse_library`, but with everything that could be read and its place, for the checks that follow."""
    parts = Parts()
    if len(files) > MOST_FILES:
        report.error(
            Location("."),
            "too-many-files",
            f"the folder holds more than {MOST_FILES} files",
            "Keep lessons and assets.",
        )
        parts.broken = True
        return parts
    parts.practice = read_practice(files.get(PRACTICE), report)
    parts.assets = frozenset(path.removeprefix("assets/") for path in files if path.startswith("assets/"))
    parts.siblings = siblings_in(files)
    for asset in sorted(parts.assets):
        if asset.endswith(".toml") and "/" not in asset and f"assets/{asset}" not in parts.siblings:
            _read_training_file(asset.removesuffix(".toml"), files, parts, report)
    check_offered(parts.siblings, parts.practice, report)
    folders: dict[str, list[str]] = {}
    for path in sorted(set(files) - set(parts.siblings), key=file_order):
        _sort_out(path, files, folders, parts, report)
    lessons = {path for paths in folders.values() for path in paths}
    lessons |= {path for path, sibling in parts.siblings.items() if sibling.of in lessons}
    parts.texts = texts_in({path: data for path, data in files.items() if path not in lessons})
    for slug, paths in folders.items():
        _read_folder_of_lessons(slug, paths, files, parts, report)
    for path in sorted(parts.siblings):
        _read_sibling(parts.siblings[path], files, parts, report)
    return parts


def _read_sibling(sibling: Sibling, files: Mapping[str, bytes], parts: Parts, report: Report) -> None:
    """Reads a text in another language and puts it beside its source; where that cannot be read, it is left alone."""
    if sibling.path.startswith("assets/") or sibling.path.endswith(".toml"):
        parts.broken |= not put_toml_beside(sibling, files, parts, report)
        return
    data = files[sibling.path]
    source, own = parts.sources.get(sibling.of), _source(sibling.path, data, parts, report)
    if own is None:
        parts.broken = True
    if own is None or source is None:
        return
    fields = with_source(sibling, own.fields, source.fields, (own.body, source.body), report)
    if not put_beside(SiblingText(sibling, fields, own.body, own.body_line), parts):
        parts.broken = True


def _sort_out(
    path: str, files: Mapping[str, bytes], folders: dict[str, list[str]], parts: Parts, report: Report
) -> None:
    where = PurePosixPath(path)
    folder = where.parts[0] if len(where.parts) > 1 else ""
    if path == PRACTICE or folder == "assets" or where.name == "README.md":
        return
    if folder == "offers" and len(where.parts) == 2 and where.suffix == ".md":
        _read_offer_file(path, where.stem, files[path], parts, report)
    elif folder == "pages" and len(where.parts) == 2 and where.suffix == ".md":
        _read_page_file(path, where.stem, files[path], parts, report)
    elif path == HOME:
        source = _source(path, files[path], parts, report)
        parts.broken |= source is None
        if source is not None:
            parts.home = read_home(source.fields, parts.assets, source.body, source.body_line, parts.practice)
    elif path == NIGHT:
        source = _source(path, files[path], parts, report)
        parts.night = (
            None if source is None else read_night(source.fields, source.body, source.body_line, parts.practice)
        )
        parts.broken |= parts.night is None
    elif path == HELP:
        parts.help = read_help(files[path], parts.practice, report)
        parts.broken |= parts.help is None
    elif path == SESSIONS:
        parts.sessions = read_sessions(files[path], parts.practice, report)
        parts.broken |= parts.sessions is None
    elif folder == "practice" or (folder == "letters" and where.name == "sequence.md"):
        report.error(
            Location(path), "reserved-name", f"no sequence can be called {folder}",
            f"Rename the folder: the name stands for {_STANDS_FOR[folder]}.",
        )  # fmt: skip
        parts.broken = True
    elif folder and folder not in RESERVED and len(where.parts) == 2 and where.suffix == ".md":
        folders.setdefault(folder, []).append(path)
    else:
        report.warning(Location(path), "not-used", "this file is not used", where_it_belongs(where))


def _source(path: str, data: bytes, parts: Parts, report: Report) -> Source | None:
    text = decode(path, data, report)
    matter: FrontMatter | None = split_front_matter(path, text, report) if text is not None else None
    table = read_yaml(path, matter.head, 2, report) if matter is not None else None
    if matter is None or table is None:
        return None
    source = Source(path, Fields(path, table, report), matter.body, matter.body_line)
    check_kept(source.fields)
    parts.sources[path] = source
    return source


def _read_training_file(name: str, files: Mapping[str, bytes], parts: Parts, report: Report) -> None:
    if not is_slug(name):
        report.error(
            Location(f"assets/{name}.toml"), "bad-id", "this cannot name a training", f"Rename it. {SLUG_RULE}"
        )
    elif (training := read_training(name, files, report)) is not None:
        parts.trainings[name] = training
        return
    parts.broken = True


def _read_offer_file(path: str, slug: str, data: bytes, parts: Parts, report: Report) -> None:
    source = _source(path, data, parts, report)
    if not is_slug(slug):
        report.error(
            Location(path), "bad-id", f"{printable(slug)} cannot name an offer", f"Rename the file. {SLUG_RULE}"
        )
    elif source is not None:
        offer = read_offer(slug, source.fields, source.body, parts.practice)
        if offer.kind:
            parts.offers[slug] = offer
            return
    parts.broken = True


def _read_page_file(path: str, slug: str, data: bytes, parts: Parts, report: Report) -> None:
    source = _source(path, data, parts, report)
    if not is_slug(slug):
        report.error(Location(path), "bad-id", f"{printable(slug)} cannot name a page", f"Rename the file. {SLUG_RULE}")
    elif source is not None:
        parts.pages[slug] = read_page(slug, source.fields, source.body, source.body_line, parts.practice)
        return
    parts.broken = True


def _read_folder_of_lessons(
    slug: str, paths: list[str], files: Mapping[str, bytes], parts: Parts, report: Report
) -> None:
    own = f"{slug}/sequence.md"
    if own not in paths:
        report.error(
            Location(own), "missing-file", f"the folder {printable(slug)} has no sequence.md",
            "Make it, with title and start_on, or move the folder away.",
        )  # fmt: skip
    lessons, before = [], report.count_errors()
    for path in [path for path in paths if path != own][:MOST_LESSONS]:
        source = _source(path, files[path], parts, report)
        lesson = read_lesson(source.fields, source.body, source.body_line) if source is not None else None
        if lesson is None:
            parts.broken = True
        else:
            lessons.append(lesson)
    unique = _unique(lessons, parts, report)
    everything_read = report.count_errors() == before
    ordered = in_due_order(slug, unique, report if everything_read else Report())
    source = _source(own, files[own], parts, report) if own in paths else None
    if not is_slug(slug):
        report.error(Location(own), "bad-id", f"{printable(slug)} cannot name a sequence", f"Rename it. {SLUG_RULE}")
    elif source is not None:
        parts.sequences[slug] = read_sequence(slug, source.fields, source.body, ordered)
        if not paths[1:]:
            report.error(
                Location(own), "empty-sequence", "the sequence has no lessons", "Add a lesson beside sequence.md."
            )
        return
    parts.broken = True


def _unique(lessons: list[Lesson], parts: Parts, report: Report) -> list[Lesson]:
    seen: dict[str, Lesson] = {}
    for lesson in lessons:
        first = seen.setdefault(lesson.id, lesson)
        if first is not lesson:
            parts.sources[lesson.path].fields.error(
                parts.sources[lesson.path].fields.node("id"), "duplicate-id",
                f"the id {lesson.id} is used in {printable(first.path)} too", "Give this lesson an id of its own.",
            )  # fmt: skip
            parts.broken = True
    return list(seen.values())
