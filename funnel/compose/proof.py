"""Makes everything that would be sent or served once, for every kind of reader, to find what cannot be made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from funnel.compose import MailHead
from funnel.compose.cast import CAST
from funnel.compose.compiler import Compiler
from funnel.compose.errors import CompileError, FillError
from funnel.compose.fill import fill_lesson, render_web_copy
from funnel.compose.lesson import CompiledLesson
from funnel.compose.page import PageText
from funnel.compose.reader import nameless
from funnel.compose.site import Site
from funnel.compose.transactional import VALUES, Transactional
from funnel.curriculum.agreeing import agreed_text
from funnel.curriculum.model import Library, Problem
from funnel.curriculum.transcript import below_title
from funnel.language import speaking
from funnel.links import Links

_AT = datetime(2027, 1, 4, 8, 0, tzinfo=UTC)
_KEY = "nothing that is made here is sent to anybody, so nothing signed with this opens anything"


def prove(library: Library, texts: Mapping[str, bytes], templates_dir: Path, site_url: str) -> list[Problem]:
    """Makes every mail and page of a library whose files are made. Returns each problem once.

    1. Each lesson for each sample reader, with tracking and without, and its web copy.
    2. Each other mail, for each offer.
    3. Each page, the front page, and the pages of offers and trainings.

    `texts` are the folder's, by path.
    """
    errors = [*_lessons(library, templates_dir, site_url)]
    for code in library.practice.spoken:
        with speaking(code):
            here = library.in_language(code)
            errors += _other_mails(here, templates_dir)
            errors += _night_answer(here, templates_dir)
            errors += _pages(here, texts, urlsplit(site_url).path)
    return list(dict.fromkeys(map(_problem, errors)))


def _lessons(library: Library, templates_dir: Path, site_url: str) -> Iterator[CompileError | FillError]:
    compiler = Compiler(
        library.practice,
        library.pages,
        library.files,
        templates_dir,
        site_url,
        library.help_addresses,
        library.sensitive,
    )
    links = Links(site_url, (_KEY,))
    for sequence in library.sequences.values():
        for lesson in sequence.lessons:
            try:
                compiled = compiler.compile(sequence, lesson)
                for said in (compiled, *compiled.translations.values()):
                    _fill(said, links)
            except (CompileError, FillError) as error:
                yield error


def _fill(compiled: CompiledLesson, links: Links) -> None:
    for subject in compiled.subjects:
        alone = replace(compiled, subjects=(subject,))
        for who in CAST.values():
            fill_lesson(alone, who.reader("full"), links, _AT)
    render_web_copy(compiled, CAST["ada"].reader(), links, _AT)
    render_web_copy(compiled, nameless(CAST["ada"].reader()), links, _AT)
    fill_lesson(compiled, CAST["ben"].reader("none"), links, _AT)


def _other_mails(library: Library, templates_dir: Path) -> Iterator[CompileError | FillError]:
    """Each mail that is not a lesson, for each offer."""
    transactional = Transactional(templates_dir, library.practice)
    head = MailHead("1", "ada@example.org", "<1@example.org>", _AT)
    for offer in library.offers.values():
        for name, needed in VALUES.items():
            values = dict.fromkeys(needed, "https://letters.example.org/")
            given = {"first_name": "Ada", "offer_title": offer.title, "kind": offer.kind}
            given["consent_text"] = agreed_text(offer, library.practice, library.sequences)
            values |= {key: value for key, value in given.items() if key in needed}
            try:
                transactional.fill(name, values, head)
            except (CompileError, FillError) as error:
                yield error


def _night_answer(library: Library, templates_dir: Path) -> Iterator[CompileError | FillError]:
    """The answer in the night, as one who is on a course gets it, and one who has left."""
    if library.night is None:
        return
    said = {"answer_subject": library.night.subject, "words": library.night.body, "kind": "dated", "read_at": "then"}
    head = MailHead("1", "ada@example.org", "<1@example.org>", _AT, answers="<2@example.org>")
    for links in ({}, dict.fromkeys(("preferences_url", "unsubscribe_url"), "https://letters.example.org/")):
        try:
            Transactional(templates_dir, library.practice).fill("night-answer", said | links, head)
        except (CompileError, FillError) as error:
            yield error


def _pages(library: Library, texts: Mapping[str, bytes], base: str) -> Iterator[CompileError | FillError]:
    site = Site.of(library, base)
    written = [PageText(page.body, page.path, page.body_line) for page in library.pages.values()]
    if library.home is not None:
        written.append(PageText(library.home.body, "home.md", library.home.body_line))
    written += [PageText(offer.body, f"offers/{offer.slug}.md") for offer in library.offers.values()]
    for training in library.trainings.values():
        path = f"assets/{training.transcript}"
        if training.transcript and path in texts:
            below, first_line = below_title(texts[path].decode("utf-8-sig"))
            written.append(PageText(below, path, first_line))
    for page in written:
        try:
            site.html(page)
        except (CompileError, FillError) as error:
            yield error


def _problem(error: CompileError | FillError) -> Problem:
    fix = "Put it right: this is how it would be sent or shown."
    return Problem(error.path or ".", error.line or 1, 1, "error", "cannot-make", error.message, fix)
