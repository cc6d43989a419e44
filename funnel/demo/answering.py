"""What people answer to the questions of an offer, and the letters that have to speak to it."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator, Mapping

from funnel.curriculum import Library
from funnel.curriculum.questions import Question
from funnel.demo.evidence import ACCEPTED, CaughtFile, Disagreement, Evidence, Fault, SeenRow

# A branch of a lesson for one answer, up to its first full stop.
_BRANCH = re.compile(r"\{%-?\s*(?:el)?if\s+answers\.(\w+)\s*==\s*[\"']([^\"']+)[\"']\s*-?%\}\s*([^.{]+)")
_ANSWER_EACH = 0.7

Answered = tuple[str, str]
"""The name of a question and the value that was chosen."""


def drawn_answers(questions: Iterable[Question], chance: random.Random) -> tuple[Answered, ...]:
    """What somebody chooses where one of several can be; most answer, and some leave it."""
    return tuple(
        (question.name, chance.choice(question.values))
        for question in questions
        if question.kind == "choice" and (question.required or chance.random() < _ANSWER_EACH)
    )


def spoken_answers(library: Library) -> dict[tuple[str, str], dict[Answered, str]]:
    """By sequence and lesson, the words by which it speaks to each answer, in the practice's own language."""
    found: dict[tuple[str, str], dict[Answered, str]] = {}
    for sequence in library.sequences.values():
        for lesson in sequence.lessons:
            for name, value, words in _BRANCH.findall(lesson.body):
                found.setdefault((sequence.slug, lesson.id), {})[name, value] = " ".join(words.split())
    return found


def answers_as_given(evidence: Evidence) -> Iterator[Disagreement]:
    """A letter that asks for answers speaks to those of its reader, and to no other."""
    for row, mail, words in _letters_that_ask(evidence):
        person = evidence.people.get(row.email.casefold())
        given = set() if person is None else set(person.answers) & set(words)
        heard = _heard(mail, words)
        if heard != given:
            yield Disagreement(
                Fault.ANSWER,
                f"{row.name} speaks to {_named(heard)} in the mail to {row.email}, who answered {_named(given)}",
            )


def letters_to_answers(evidence: Evidence) -> int:
    """How many letters spoke to what their readers had answered."""
    return sum(bool(_heard(mail, words)) for _, mail, words in _letters_that_ask(evidence))


def _letters_that_ask(evidence: Evidence) -> Iterator[tuple[SeenRow, CaughtFile, Mapping[Answered, str]]]:
    """Those that came in the practice's own language, in which the words are known."""
    caught = {mail.key: mail for mail in evidence.caught}
    for row in evidence.rows:
        words = evidence.speaking.get((row.sequence or "", row.lesson_id or ""))
        mail = caught.get(row.key)
        if words and mail is not None and row.state == ACCEPTED and mail.language in ("", *evidence.written_in[:1]):
            yield row, mail, words


def _heard(mail: CaughtFile, words: Mapping[Answered, str]) -> set[Answered]:
    return {answered for answered, said in words.items() if any(said in text for text in mail.texts)}


def _named(answers: Iterable[Answered]) -> str:
    return ", ".join(f"{name} = {value}" for name, value in sorted(answers)) or "nothing"
