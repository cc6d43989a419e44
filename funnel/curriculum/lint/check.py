"""The whole check of a folder: read it, check every text, then check how its parts fit together."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet

from funnel.curriculum.lint.assets import check_assets
from funnel.curriculum.lint.crossrefs import check_offers, check_sequences, known_in
from funnel.curriculum.lint.dates import check_dates
from funnel.curriculum.lint.discretion import check_discretion
from funnel.curriculum.lint.kept import check_markup_once
from funnel.curriculum.lint.markup import Reading
from funnel.curriculum.lint.merge_tags import check_merge_tags
from funnel.curriculum.lint.pages import check_page_text
from funnel.curriculum.lint.promises import check_promises
from funnel.curriculum.lint.questions import check_questions
from funnel.curriculum.lint.quiz import check_quizzes
from funnel.curriculum.lint.sold import check_sold
from funnel.curriculum.lint.tags import Found
from funnel.curriculum.lint.templates import Known, check_template
from funnel.curriculum.lint.translated import check_translated
from funnel.curriculum.lint.wording import ADVICE, HARDEST_GRADE, HEARD, loud_words, mass_greetings, reading_grade
from funnel.curriculum.markdown.odd import odd_in_line
from funnel.curriculum.model import Library, Problem
from funnel.curriculum.names import IN_FORCE
from funnel.curriculum.parse.library import MOST_FILES, Parts, Source, read_parts
from funnel.curriculum.parse.nodes import Listing, Node, Scalar
from funnel.curriculum.parse.pages import HOME
from funnel.curriculum.parse.report import Report, printable
from funnel.curriculum.parse.source import place, texts_in
from funnel.curriculum.problem import Location
from funnel.curriculum.questions import ANSWERS

LONGEST_SUBJECT = 60
_QUIZ = re.compile(r"\{[{%][^{}]*?(?<!\w)quiz\s*\.")
LONGEST_BODY = 100_000
MOST_TEXT = 4_000_000
# The amount of markup decides how long markdown takes to parse. A long lesson has about 400 such characters.
_MARKUP = "[*_`<{&\\\n"
MOST_MARKUP, MOST_MARKUP_IN_ALL = 6_000, 200_000


def check_library(
    files: Mapping[str, bytes], published_ids: Mapping[str, AbstractSet[str]] | None = None
) -> tuple[Library | None, list[Problem]]:
    """The library in `files` and every error and warning, sorted by file and line.

    `published_ids` has the lesson ids of earlier editions for each sequence; one that is gone gives a warning. Never
    raises, whatever the files hold. The library is None only if part of it cannot be made. Nothing may be published
    while any problem is an error.
    """
    report = Report()
    parts = read_parts(files, report)
    known = known_in(parts)
    for source in _small_enough(parts, report):
        _check_text(source, parts, known, report)
    texts = texts_in(files) if len(files) <= MOST_FILES else {}
    check_merge_tags(texts, report)
    check_offers(parts, known, report)
    check_quizzes(parts, report)
    check_questions(parts)
    check_sequences(parts, published_ids or {}, report)
    check_dates(parts)
    check_promises(parts, report)
    check_sold(parts, report)
    check_discretion(parts, texts, report)
    library = parts.library()
    if library is not None:
        check_assets(library, texts, known, report)
        check_translated(library, report)
    return library, report.sorted()


def _small_enough(parts: Parts, report: Report) -> Iterator[Source]:
    """The files small enough to be checked in good time; the others are reported."""
    text, markup = MOST_TEXT, MOST_MARKUP_IN_ALL
    for source in parts.sources.values():
        weight = sum(source.body.count(char) for char in _MARKUP)
        if len(source.body) > LONGEST_BODY or weight > MOST_MARKUP:
            report.error(
                Location(source.path, source.body_line), "too-large", "the text is too long, or has too much markup",
                "Make several of it: at most 100,000 characters, and 6,000 lines and signs of markup.",
            )  # fmt: skip
            continue
        text, markup = text - len(source.body), markup - weight
        if text < 0 or markup < 0:
            report.error(Location(source.path), "too-large", "the folder holds too much text to check", "Divide it.")
            return
        yield source


def _check_text(source: Source, parts: Parts, known: Known, report: Report) -> None:
    sibling = parts.siblings.get(source.path)
    if (sibling.of if sibling is not None else source.path).endswith("/sequence.md"):
        return  # a note for colleagues; no reader sees it
    own = "en" if parts.practice is None else parts.practice.language
    english = (own if sibling is None else sibling.language).lower().startswith("en")
    found = _teller(source, report)
    keys: tuple[str, ...]
    if source.path.startswith("pages/") or source.path == HOME:
        reading = check_page_text(source.body, known, found, parts.assets, IN_FORCE)
        keys = ("title", "lead")
    elif source.path.startswith("offers/"):
        reading = check_page_text(source.body, known, found, parts.assets)
        keys = ("title", "teaser", "button", "consent", "thanks")
    else:
        spans = check_template(source.body, known, found)
        reading = (
            check_markup_once(source.body, spans, False, found, parts.assets) if spans is not None else Reading(())
        )
        keys = ("subject", "subject_discreet", "preheader", "content_note")
        _check_subjects(source, known, report)
    _check_plain_lines(source, keys, report)
    if english:
        _check_wording(source, keys, reading, found, report)


def _teller(source: Source, report: Report) -> Found:
    """Reports findings at places in the body as lines and columns of the file."""

    def found(offset: int, is_error: bool, code: str, message: str, fix: str) -> None:
        line, column = place(source.body, offset, source.body_line)
        (report.error if is_error else report.warning)(Location(source.path, line, column), code, message, fix)

    return found


def _scalars(node: Node | None) -> list[Scalar]:
    items = node.items if isinstance(node, Listing) else (node,)
    return [item for item in items if isinstance(item, Scalar)]


def _check_subjects(source: Source, known: Known, report: Report) -> None:
    for key in ("subject", "subject_discreet", "preheader", "content_note"):
        for item in _scalars(source.fields.node(key)):
            if key.startswith("subject") and len(item.text) > LONGEST_SUBJECT:
                report.warning(
                    Location(source.path, item.line, item.column), "long-subject",
                    f"the {key} has {len(item.text)} characters", "Keep it to 60: phones cut off the rest.",
                )  # fmt: skip
            found = _QUIZ.search(item.text) if key != "content_note" else None
            if found is not None:
                _key_teller(source, item, report)(
                    found.start(), True, "quiz-in-subject", f"{key} tells the result of a quiz, and others may see it",
                    "Write the same for everybody, and let the text below speak to the result.",
                )  # fmt: skip
            told = _sensitive_in(item.text, known) if key != "content_note" else None
            if told is not None:
                _key_teller(source, item, report)(
                    item.text.find(told), True, "answer-in-subject", f"{key} tells {told}, and others may see it",
                    "Write the same for everybody, and let the text below speak to the answer.",
                )  # fmt: skip
            if "{{" in item.text or "{%" in item.text:
                check_template(item.text, known, _key_teller(source, item, report))


def _sensitive_in(text: str, known: Known) -> str | None:
    """The first sensitive answer that this line hangs on."""
    asked = (f"{ANSWERS}{name}" for name, question in known.questions.items() if question.sensitive)
    return next(
        (name for name in asked if "{" in text and re.search(rf"(?<![\w.]){re.escape(name)}(?!\w)", text)), None
    )


def _check_plain_lines(source: Source, keys: tuple[str, ...], report: Report) -> None:
    """Reports markdown in subjects, titles and the like, which are shown as they are."""
    for item in (item for key in keys for item in _scalars(source.fields.node(key))):
        found = _key_teller(source, item, report)
        for offset, message, fix in odd_in_line(item.text):
            found(offset, False, "markdown-in-line", message, fix)


def _key_teller(source: Source, item: Scalar, report: Report) -> Found:
    def found(offset: int, is_error: bool, code: str, message: str, fix: str) -> None:
        column = item.column + offset + (1 if item.quoted else 0)
        (report.error if is_error else report.warning)(Location(source.path, item.line, column), code, message, fix)

    return found


def _check_wording(source: Source, keys: tuple[str, ...], reading: Reading, found: Found, report: Report) -> None:
    for offset, kind, words in loud_words(source.body):
        found(offset, False, f"{kind}-words", f'"{printable(words)}" may be heard as {HEARD[kind]}', ADVICE[kind])
    for offset, words in mass_greetings(source.body):
        found(
            offset, False, "mass-greeting", f'"{printable(words)}" is how mass mail greets, and spam filters count it',
            'Write Dear {{ lead.first_name or "reader" }}, or any other word of your own.',
        )  # fmt: skip
    for key in keys:
        for item in _scalars(source.fields.node(key)):
            tell = _key_teller(source, item, report)
            for offset, kind, words in loud_words(item.text[:1000]):
                tell(
                    offset, False, f"{kind}-words", f'"{printable(words)}" may be heard as {HEARD[kind]}', ADVICE[kind]
                )
    grade = reading_grade(reading.pieces)
    if grade is not None and grade > HARDEST_GRADE:
        found(
            0, False, "reading-level", f"this reads like school grade {grade:.0f}",
            "Shorter sentences and plainer words help somebody tired.",
        )  # fmt: skip
