"""Puts what a sibling says beside its source, so that a library holds both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Protocol

from funnel.curriculum.help import FindingHelp
from funnel.curriculum.model import Offer, Page, Sequence, Training, Translated
from funnel.curriculum.parse.fields import Fields
from funnel.curriculum.parse.help import HELP, read_help_words
from funnel.curriculum.parse.lessons import read_lesson
from funnel.curriculum.parse.night import NIGHT, read_night
from funnel.curriculum.parse.offers import read_offer
from funnel.curriculum.parse.pages import HOME, read_home, read_page
from funnel.curriculum.parse.practice import PATH as PRACTICE
from funnel.curriculum.parse.practice import toml_fields
from funnel.curriculum.parse.practice_words import read_practice_words
from funnel.curriculum.parse.questions import asks_the_same
from funnel.curriculum.parse.report import Report
from funnel.curriculum.parse.sessions import SESSIONS, read_session_words
from funnel.curriculum.parse.siblings import Sibling, with_source
from funnel.curriculum.parse.training import training_from
from funnel.curriculum.practice import Practice
from funnel.curriculum.sessions import SessionList


class Beside(Protocol):
    """What was read of a folder so far."""

    practice: Practice | None
    offers: dict[str, Offer]
    sequences: dict[str, Sequence]
    pages: dict[str, Page]
    assets: frozenset[str]
    translated: dict[str, Translated]
    trainings: dict[str, Training]
    help: FindingHelp | None
    sessions: SessionList | None


@dataclass(frozen=True, slots=True)
class SiblingText:
    """A sibling with all its keys, its own and its source's, and its own text from line `body_line` on."""

    sibling: Sibling
    fields: Fields
    body: str
    body_line: int


def put_beside(said: SiblingText, parts: Beside) -> bool:
    """Adds it to what its source belongs to. False where it cannot be made, with the reason reported."""
    where = PurePosixPath(said.sibling.of)
    folder = where.parts[0] if len(where.parts) > 1 else ""
    if folder and folder in parts.sequences:
        return _in_sequence(said, folder, parts)
    code, slug = said.sibling.language, where.stem
    known = parts.translated.get(code, Translated())
    if folder == "offers" and slug in parts.offers:
        offer = read_offer(slug, said.fields, said.body, parts.practice)
        if not _has_the_same_quiz(offer, parts.offers[slug], said):
            return False
        source = parts.offers[slug].questions
        if not asks_the_same(said.fields, offer.questions, source, said.sibling.of):
            return False
        known = replace(known, offers={**known.offers, slug: offer})
    elif folder == "pages" and slug in parts.pages:
        page = read_page(slug, said.fields, said.body, said.body_line, parts.practice)
        known = replace(known, pages={**known.pages, slug: page})
    elif said.sibling.of == HOME:
        home = read_home(said.fields, parts.assets, said.body, said.body_line, parts.practice)
        known = replace(known, home=home)
    elif said.sibling.of == NIGHT:
        known = replace(known, night=read_night(said.fields, said.body, said.body_line, parts.practice))
    else:
        return True
    parts.translated[code] = known
    return True


def put_toml_beside(sibling: Sibling, files: Mapping[str, bytes], parts: Beside, report: Report) -> bool:
    """The same for practice.de.toml, help.de.toml, sessions.de.toml and a training's file.

    What else lies in assets is no text of its own here.
    """
    before, code = report.count_errors(), sibling.language
    if sibling.of == PRACTICE and parts.practice is not None:
        words = read_practice_words(sibling, files[sibling.path], parts.practice, report)
        if words is not None:
            parts.practice = replace(parts.practice, words={**parts.practice.words, code: words})
    elif sibling.of == HELP and parts.help is not None:
        said = read_help_words(sibling, files[sibling.path], parts.help, report)
        if said is not None:
            parts.translated[code] = replace(parts.translated.get(code, Translated()), help=said)
    elif sibling.of == SESSIONS and parts.sessions is not None:
        called = read_session_words(sibling, files[sibling.path], parts.sessions, report)
        if called is not None:
            parts.translated[code] = replace(parts.translated.get(code, Translated()), sessions=called)
    elif sibling.of.endswith(".toml") and (name := PurePosixPath(sibling.of).stem) in parts.trainings:
        own = toml_fields(sibling.path, files[sibling.path], report)
        source = toml_fields(sibling.of, files[sibling.of], Report())
        if own is not None and source is not None:
            training = training_from(name, with_source(sibling, own, source, ("", ""), report), files)
            known = parts.translated.get(code, Translated())
            parts.translated[code] = replace(known, trainings={**known.trainings, name: training})
    return report.count_errors() == before


def _in_sequence(said: SiblingText, slug: str, parts: Beside) -> bool:
    sequence, code = parts.sequences[slug], said.sibling.language
    if said.sibling.of == f"{slug}/sequence.md":
        parts.sequences[slug] = replace(sequence, titles=(*sequence.titles, (code, said.fields.text("title"))))
        return True
    lesson = read_lesson(said.fields, said.body, said.body_line)
    if lesson is None:
        return False
    lessons = (
        replace(each, translations=(*each.translations, (code, lesson))) if each.path == said.sibling.of else each
        for each in sequence.lessons
    )
    parts.sequences[slug] = replace(sequence, lessons=tuple(lessons))
    return True


def _has_the_same_quiz(offer: Offer, source: Offer, said: SiblingText) -> bool:
    """Whether a quiz has the same statements and scoring as its source: the result must not hang on the language."""
    if offer.quiz is None or source.quiz is None:
        return True
    here, there = offer.quiz, source.quiz
    same_scoring = replace(here.scoring, labels=there.scoring.labels) == there.scoring
    as_many = len(here.scoring.labels) == len(there.scoring.labels)
    same = [replace(each, text="") for each in here.statements] == [replace(each, text="") for each in there.statements]
    if same_scoring and as_many and same:
        return True
    said.fields.error(
        said.fields.node("statements"), "other-quiz", f"its statements or its scoring differ from {said.sibling.of}",
        "Keep ids, lines, order and numbers as they are there; translate text and labels alone.",
    )  # fmt: skip
    return False
