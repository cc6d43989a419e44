"""Whether lessons and practice of different editions fit together: everything a lesson names has to exist."""

from __future__ import annotations

from collections.abc import Iterator

from funnel.curriculum.lint.templates import Known, check_template
from funnel.curriculum.model import Lesson, Library
from funnel.curriculum.named_files import book_names, download_names
from funnel.curriculum.names import PAGES
from funnel.curriculum.parse.source import place
from funnel.curriculum.sessions import SessionList


def unanswered(library: Library) -> Iterator[str]:
    """Each link of a lesson to something that the practice lacks, such as a page or a file: where, and which."""
    known = Known(
        bookings=frozenset(library.practice.bookings),
        downloads=download_names(library.assets),
        books=book_names(library.assets),
        sessions=frozenset(each.slug for each in (library.sessions or SessionList()).sessions),
        trainings=frozenset(library.trainings),
        sequences=frozenset(library.sequences),
        pages=frozenset((*PAGES, *library.pages)),
    )
    for sequence in library.sequences.values():
        for lesson in sequence.lessons:
            yield from _of_lesson(lesson, known)


def _of_lesson(lesson: Lesson, known: Known) -> Iterator[str]:
    told: list[str] = []

    def found(offset: int, is_error: bool, code: str, message: str, fix: str) -> None:
        if code == "unknown-argument":
            told.append(f"{lesson.path}:{place(lesson.body, offset, lesson.body_line)[0]}  {message}")

    check_template(lesson.body, known, found)
    yield from told
