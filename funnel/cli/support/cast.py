"""Readers to try a sequence on: one of the cast, or one made from given facts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

import click

from funnel.cli.support.naming import unknown
from funnel.compose.cast import CAST, Character
from funnel.curriculum.languages import likely_language
from funnel.curriculum.parse.report import printable
from funnel.curriculum.practice import Practice
from funnel.curriculum.questions import AnswersError, Question, given_answers
from funnel.curriculum.quiz import REGIONS, told_to_lessons


def _facts(**changes: object) -> Callable[[Character], Character]:
    return lambda character: replace(character, facts=replace(character.facts, **changes))  # type: ignore[arg-type]


_FLAGS: dict[str, Callable[[Character], Character]] = {
    "booked": _facts(booked=True),
    "replied": _facts(replied=True),
    "slower": lambda character: replace(character, slower=True),
    "discreet": lambda character: replace(character, discreet=True),
}
_KEYS = ("quiz", "watched", "tag", "opened", "clicked", "name")


def read_character(text: str) -> Character:
    """The reader given as `fay`, `quiz=anxious,watched=3,booked` or `fay,booked`. Raises UsageError.

    tag, opened and clicked may be given several times.
    """
    parts = [part.strip() for part in text.split(",") if part.strip()]
    character = CAST["ada"]
    if parts and parts[0].lower() in CAST:
        character = CAST[parts.pop(0).lower()]
    for part in parts:
        character = _with(character, part)
    return character


def in_language(character: Character, practice: Practice, language: str | None) -> Character:
    """The same reader, who reads in this language. Raises UsageError where nobody is served in it."""
    return character if language is None else replace(character, language=language_given(language, practice))


def language_given(text: str, practice: Practice) -> str:
    """One of the languages in which readers are served, as it is written there. Raises UsageError for any other."""
    spoken = {code.lower(): code for code in practice.spoken}
    if text.lower() in spoken:
        return spoken[text.lower()]
    likely = likely_language(text).lower()
    if likely in spoken:
        raise click.UsageError(f"'{printable(text)}' is no language. Did you mean {spoken[likely]}?")
    raise click.UsageError(
        f"Nobody is served in '{printable(text)}'. Readers get: {', '.join(practice.spoken)}; "
        "languages in practice.toml names others."
    )


def with_result(character: Character, region: str) -> Character:
    """The same reader with this result of her quiz; lessons hear nothing of some. Raises UsageError."""
    if region not in REGIONS:
        raise unknown("quiz result", region, REGIONS)
    return replace(character, facts=replace(character.facts, quiz_result=told_to_lessons(region)))


def with_answers(character: Character, given: Iterable[str], questions: Mapping[str, Question]) -> Character:
    """The same reader who answered `where=ended`; several to `choices` with one each. Raises UsageError."""
    said: dict[str, list[str]] = {}
    for name, _, value in (part.partition("=") for part in given):
        if name not in questions:
            raise unknown("question", name, questions)
        said.setdefault(name, []).append(value)
    try:
        found = given_answers((questions[name] for name in said), said)
    except AnswersError as error:
        raise click.UsageError(str(error)) from None
    return replace(character, facts=replace(character.facts, answers=tuple(sorted(found.items()))))


def _with(character: Character, part: str) -> Character:
    key, equals, value = (piece.strip() for piece in part.partition("="))
    if not equals:
        if key not in _FLAGS:
            raise unknown("reader", part, (*CAST, *_FLAGS, *(f"{known}=" for known in _KEYS)))
        return _FLAGS[key](character)
    facts = character.facts
    if key == "quiz":
        return with_result(character, value)
    if key == "watched":
        if value not in ("0", "1", "2", "3", "4"):
            raise click.UsageError("watched is quarters of the training, from 0 to 4: write watched=3.")
        return replace(character, facts=replace(facts, watched=int(value)))
    if key == "name":
        return replace(character, first_name=value)
    sets = {"tag": "tags", "opened": "opened", "clicked": "clicked"}
    if key not in sets:
        raise unknown("thing to know of a reader", key, (*_KEYS, *_FLAGS))
    known = getattr(facts, sets[key])
    return _facts(**{sets[key]: known | {value}})(character)
