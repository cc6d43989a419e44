"""What a lesson asks of its reader's answers, so that each branch can be looked at."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from funnel.compose.cast import Character
from funnel.curriculum.questions import AnswersError, Question, asked_questions, given_answers
from funnel.web.preview.contents import ListedMail
from funnel.web.preview.workshop import Snapshot

FIELD = "answer-"
"""Before a question's name in a page's address."""
_NAME = re.compile(r"\banswers\.([a-z][a-z0-9_]*)")
_YES_NO = (("yes", "Yes"), ("no", "No"))
_WRITTEN = (("something", "Something is written"),)


class AskedHere(NamedTuple):
    """A question that a lesson asks about, and what can be chosen: pairs of a value and its words."""

    name: str
    label: str
    choices: tuple[tuple[str, str], ...]


def answers_asked_by(snapshot: Snapshot, entry: ListedMail | None) -> tuple[AskedHere, ...]:
    """The questions whose answers the lesson speaks to or is sent by, in the order in which it asks."""
    lesson = None if entry is None else entry.lesson
    if lesson is None:
        return ()
    known = _known(snapshot)
    names = dict.fromkeys(_NAME.findall("\n".join((lesson.only_if or "", *lesson.subjects, lesson.body))))
    return tuple(AskedHere(name, known[name].label, _choices(known[name])) for name in names if name in known)


def with_answers_of(who: Character, snapshot: Snapshot, query: Mapping[str, str]) -> tuple[Character, dict[str, str]]:
    """The same reader who answered what the page's address says, and those words of it that are an answer."""
    known, said = _known(snapshot), {}
    answers = dict(who.facts.answers)
    for name, question in known.items():
        value = query.get(f"{FIELD}{name}", "")
        try:
            found = given_answers([question], {name: [value]}, may_be_missing=True)
        except AnswersError:
            continue  # an address of before the file was saved
        if found:
            answers |= found
            said[f"{FIELD}{name}"] = value
    return replace(who, facts=replace(who.facts, answers=tuple(sorted(answers.items())))), said


def _known(snapshot: Snapshot) -> dict[str, Question]:
    return asked_questions(offer.questions for offer in snapshot.parts.offers.values())


def _choices(question: Question) -> tuple[tuple[str, str], ...]:
    return question.options or (_YES_NO if question.kind == "yes_no" else _WRITTEN)
