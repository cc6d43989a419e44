"""The keys of a quiz, in the front matter of its offer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from funnel.curriculum.names import QUIZ_LINE_KEYS, QUIZ_RESULT_KEYS, SCORING_KEYS, STATEMENT_KEYS
from funnel.curriculum.parse.fields import Fields
from funnel.curriculum.parse.filled import filled_text
from funnel.curriculum.parse.nodes import Listing, Node, Scalar, Table
from funnel.curriculum.parse.report import printable
from funnel.curriculum.practice import Practice
from funnel.curriculum.quiz import LINES, REGIONS, Line, Quiz, QuizStatement, Scoring, Words

FEWEST_LABELS, MOST_LABELS = 2, 9
MOST_STATEMENTS = 60
LONGEST_STATEMENT = 300
_STEPS = re.compile(r"[0-9](?:\.[0-9]{1,2})?")
# What it was called while a quiz could not be taken, and had a hard cut.
_OF_BEFORE = {
    "lowest": "Leave it out: an answer counts from 1 on, in the order of the labels.",
    "highest": "Leave it out: the last label counts as many as there are labels.",
    "high_above": "Write middle: 3.0, and in_between: 0.35 for how far around it nobody can say more.",
    "scale": "Write line: in its place.",
}


def read_quiz(fields: Fields, practice: Practice | None) -> Quiz:
    """The quiz in an offer's front matter, with the practice's variables filled.

    What is missing is reported; the quiz is made anyway, of what could be read.
    """
    statements = tuple(_statements(fields))
    return Quiz(
        scoring=_scoring(fields, statements),
        lines={name: _line(found, practice) for name, found in _each(fields, "lines", LINES)},
        statements=statements,
        results={name: _words(found, practice) for name, found in _each(fields, "results", REGIONS)},
        cannot_see=filled_text(fields, "cannot_see", practice, "Write a sentence or two on what this quiz cannot see."),
    )


def _each(fields: Fields, key: str, names: tuple[str, ...]) -> Iterator[tuple[str, Fields]]:
    """The table of each of `names` below a key; those that are missing are reported."""
    outer = _table(fields, key, f"A quiz needs its {key}: {', '.join(names)}.")
    if outer is None:
        return
    _only(outer, names)
    for name in names:
        inner = _table(outer, name, f"Write what is said of {name}, below {key}.")
        if inner is not None:
            yield name, inner


def _table(fields: Fields, key: str, fix: str) -> Fields | None:
    node = fields.node(key)
    if node is None:
        fields.missing(key, fix)
    elif not isinstance(node, Table):
        fields.error(node, "not-a-table", f"{key} is not a list of keys", f"Write {key}: and its keys below, indented.")
    else:
        return Fields(fields.path, node, fields.report)
    return None


def _only(fields: Fields, known: Iterable[str]) -> None:
    """As `Fields.only`, with a word of its own for each key of before."""
    names = [*known]
    for name, entry in fields.table.entries.items():
        if name in _OF_BEFORE and name not in names:
            fields.error(entry.key, "unknown-key", f"the key {name} is not used any more", _OF_BEFORE[name])
    fields.only([*names, *(name for name in _OF_BEFORE if name in fields.table.entries)])


def _line(fields: Fields, practice: Practice | None) -> Line:
    _only(fields, QUIZ_LINE_KEYS)
    said = {key: filled_text(fields, key, practice, f"Write {says}") for key, says in QUIZ_LINE_KEYS.items()}
    return Line(**said)


def _words(fields: Fields, practice: Practice | None) -> Words:
    _only(fields, QUIZ_RESULT_KEYS)
    said = {key: filled_text(fields, key, practice, f"Write {says}") for key, says in QUIZ_RESULT_KEYS.items()}
    return Words(**said)


def _statements(fields: Fields) -> Iterator[QuizStatement]:
    node = fields.node("statements")
    if node is None:
        fields.missing("statements", "A quiz needs its statements, each {id: …, line: …, text: …}.")
        return
    if not isinstance(node, Listing):
        fields.error(node, "not-a-list", "statements is not a list", "Begin each with a hyphen, on a line of its own.")
        return
    if len(node.items) > MOST_STATEMENTS:
        fields.error(
            node, "too-many", f"there are {len(node.items)} statements",
            f"Keep it to {MOST_STATEMENTS}: people are tired.",
        )  # fmt: skip
    seen: dict[str, Node] = {}
    for item in node.items[:MOST_STATEMENTS]:
        found = _statement(fields, item, seen)
        if found is not None:
            yield found


def _statement(fields: Fields, item: Node, seen: dict[str, Node]) -> QuizStatement | None:
    """One statement; None where it cannot be counted, which is reported. `seen` has ids and texts so far."""
    if not isinstance(item, Table):
        fields.error(item, "not-a-table", "a statement is not a list of keys", "Write {id: …, line: …, text: …}.")
        return None
    inner = Fields(fields.path, item, fields.report)
    _only(inner, STATEMENT_KEYS)
    name = inner.slug("id", "Every statement needs an id that stays the same.")
    line = inner.choice("line", LINES) if inner.node("line") or "scale" not in item.entries else ""
    text = inner.text("text", "Every statement needs its text.")
    reverse = inner.boolean("reverse", False)
    if len(text) > LONGEST_STATEMENT:
        inner.error(
            inner.node("text"), "too-long", f"this statement has {len(text)} characters",
            f"Keep it to {LONGEST_STATEMENT}, better to one short sentence.",
        )  # fmt: skip
    _told_twice(inner, "id", name, seen, "Give each statement an id of its own.")
    _told_twice(inner, "text", " ".join(text.casefold().split()), seen, "Ask each thing once: it would count twice.")
    return QuizStatement(name, line, reverse, text) if name and line and text else None


def _told_twice(fields: Fields, key: str, value: str, seen: dict[str, Node], fix: str) -> None:
    node = fields.node(key)
    if not value or node is None:
        return
    first = seen.setdefault(f"{key} {value}", node)
    if first is not node:
        what = f"the {key} {printable(value, 40)} stands in line {first.line} too"
        fields.error(node, f"duplicate-{key}", what, fix)


def _scoring(fields: Fields, statements: tuple[QuizStatement, ...]) -> Scoring:
    inner = _table(fields, "scoring", f"A quiz needs its scoring: {', '.join(SCORING_KEYS)}.")
    if inner is None:
        return Scoring((), 0, 0, 0, 1)
    _only(inner, SCORING_KEYS)
    labels = _labels(inner)
    highest = max(len(labels), FEWEST_LABELS)
    return Scoring(
        labels=labels,
        middle=_steps(
            inner, "middle", 1, highest, f"Write the middle of the answers, such as {(1 + highest) / 2:.1f}."
        ),
        in_between=_steps(inner, "in_between", 0, highest, "Write how far around the middle is in between: 0.35."),
        sure_to=_steps(inner, "sure_to", 0, highest, "Write how far one sitting may be off: 0.7."),
        least_answered=_least(inner, statements),
    )


def _labels(fields: Fields) -> tuple[str, ...]:
    found = fields.texts("labels")
    if not FEWEST_LABELS <= len(found) <= MOST_LABELS:
        if not found:
            fields.missing("labels", "Write what one can answer, from least to most, in quotation marks.")
        else:
            fields.error(
                fields.node("labels"), "bad-labels", f"there are {len(found)} answers to choose from",
                f"Write {FEWEST_LABELS} to {MOST_LABELS}, from least to most.",
            )  # fmt: skip
    first: dict[str, Scalar] = {}
    for item in found:
        if first.setdefault(item.text.casefold(), item) is not item:
            fields.error(
                item, "duplicate-text", f"the answer {printable(item.text)} is there twice", "Word each its own way."
            )
    return tuple(item.text for item in found)


def _least(fields: Fields, statements: tuple[QuizStatement, ...]) -> int:
    if fields.node("least_answered") is None:
        fields.missing("least_answered", "Write how many statements of a line have to be answered: 5.")
        return 1
    shortest = min((sum(each.line == line for each in statements) for line in LINES), default=0)
    return fields.integer("least_answered", 1, max(1, shortest)) or 1


def _steps(fields: Fields, key: str, low: int, high: int, fix: str) -> int:
    """A length in steps of the answers, such as 0.35, as hundredths; 0 when missing or reported."""
    text = fields.text(key, fix)
    if not text:
        return 0
    if not _STEPS.fullmatch(text) or not low <= float(text) <= high:
        what = f"{key} is not a number from {low} to {high}, with two digits behind the point: {printable(text, 20)}"
        fields.error(fields.node(key), "bad-number", what, fix)
        return 0
    whole, _, part = text.partition(".")
    return int(whole) * 100 + int(part.ljust(2, "0") or "0")
