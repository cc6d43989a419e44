"""The texts among the assets: an e-book is read as a PDF, a transcript as a page."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

from funnel.curriculum.lint.ages import check_ages
from funnel.curriculum.lint.kept import check_markup_once
from funnel.curriculum.lint.pages import check_page_text
from funnel.curriculum.lint.spans import TemplateError, spans_of
from funnel.curriculum.lint.tags import Found
from funnel.curriculum.lint.templates import Known
from funnel.curriculum.model import Library
from funnel.curriculum.named_files import downloads
from funnel.curriculum.parse.report import Report
from funnel.curriculum.parse.source import place, split_front_matter
from funnel.curriculum.problem import Location
from funnel.curriculum.transcript import below_title

# Making an e-book reports what it cannot hold; its length and its links are its own affair.
_OF_AN_EBOOK = ("markdown", "html")
_LONGEST = 100_000


def check_assets(library: Library, texts: Mapping[str, str], known: Known, report: Report) -> None:
    """Reports what is not understood in the e-books and transcripts that readers are led to."""
    for path in sorted(_transcripts(library) & texts.keys()):
        body, first_line = below_title(texts[path])
        check_page_text(body[:_LONGEST], known, _teller(path, body, first_line, report), library.assets)
    for path in sorted(_ebooks(library) & texts.keys()):
        text = texts[path]
        matter = split_front_matter(path, text, Report()) if text.startswith("---") else None
        body, first_line = (text, 1) if matter is None else (matter.body, matter.body_line)
        _check_ebook(body[:_LONGEST], _teller(path, body, first_line, report), library.assets)
    check_ages(library, texts, report)


def _check_ebook(body: str, found: Found, assets: AbstractSet[str]) -> None:
    def of_an_ebook(offset: int, is_error: bool, code: str, message: str, fix: str) -> None:
        if code in _OF_AN_EBOOK:
            found(offset, is_error, code, message, fix)

    try:
        spans = spans_of(body)
    except TemplateError:
        return  # making it reports that
    check_markup_once(body, spans, True, of_an_ebook, assets)


def _transcripts(library: Library) -> AbstractSet[str]:
    return {f"assets/{training.transcript}" for training in library.every_training if training.transcript}


def _ebooks(library: Library) -> AbstractSet[str]:
    return {f"assets/{name}" for name in downloads(library).values() if name.endswith(".md")}


def _teller(path: str, body: str, first_line: int, report: Report) -> Found:
    def found(offset: int, is_error: bool, code: str, message: str, fix: str) -> None:
        line, column = place(body, offset, first_line)
        (report.error if is_error else report.warning)(Location(path, line, column), code, message, fix)

    return found
