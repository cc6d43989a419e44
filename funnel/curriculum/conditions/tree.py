"""What a condition is once read: a tree of questions, and the facts that answer it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from funnel.curriculum.questions import ANSWERS, Answer

Value = str | int | float | bool | frozenset[str]
Kind = Literal["text", "number", "truth", "texts", "answer"]


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one reader. `watched` is quarters of the training (0-4), `weeks` whole weeks since the start.

    `opened` and `clicked` hold ids of lessons this reader, not a machine, opened or clicked in this sequence.
    """

    quiz_result: str = ""
    tags: frozenset[str] = field(default_factory=frozenset)
    booked: bool = False
    watched: int = 0
    weeks: int = 0
    opened: frozenset[str] = field(default_factory=frozenset)
    clicked: frozenset[str] = field(default_factory=frozenset)
    replied: bool = False
    answers: tuple[tuple[str, Answer], ...] = ()  # by the name of the question; what is not there was not answered


class ConditionError(ValueError):
    """A condition that cannot be read. `column` counts characters from 1, inside the condition."""

    def __init__(self, message: str, column: int) -> None:
        super().__init__(message)
        self.message = message
        self.column = column


@dataclass(frozen=True, slots=True)
class Constant:
    """A text or a number written in the condition, or a list of texts."""

    value: str | int | float | bool | tuple[str, ...]
    kind: Kind
    column: int


@dataclass(frozen=True, slots=True)
class Name:
    """One of the documented names, or a call of `opened` or `clicked` with a lesson id."""

    name: str
    kind: Kind
    column: int
    argument: str = ""


@dataclass(frozen=True, slots=True)
class Compare:
    """`left operator right`; the operator is ==, !=, <, <=, >, >=, in or "not in"."""

    left: Constant | Name
    operator: str
    right: Constant | Name


@dataclass(frozen=True, slots=True)
class Not:
    inner: Node


@dataclass(frozen=True, slots=True)
class Every:
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Either:
    parts: tuple[Node, ...]


Node = Constant | Name | Compare | Not | Every | Either


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition that was read and found answerable for every reader."""

    text: str
    root: Node

    def evaluate(self, facts: Facts) -> bool:
        """Whether it holds for this reader. Raises nothing: what could fail was refused by `parse_condition`."""
        return _holds(self.root, facts)

    def nodes(self) -> Iterator[Node]:
        """Every part of the condition, outermost first; the linter looks for lesson ids and quiz results in them."""
        pending: list[Node] = [self.root]
        while pending:
            node = pending.pop()
            yield node
            if isinstance(node, Not):
                pending.append(node.inner)
            elif isinstance(node, Every | Either):
                pending.extend(node.parts)
            elif isinstance(node, Compare):
                pending.extend((node.left, node.right))


def _holds(node: Node, facts: Facts) -> bool:
    if isinstance(node, Not):
        return not _holds(node.inner, facts)
    if isinstance(node, Every):
        return all(_holds(part, facts) for part in node.parts)
    if isinstance(node, Either):
        return any(_holds(part, facts) for part in node.parts)
    if isinstance(node, Compare):
        return _compare(node, facts)
    return bool(_value(node, facts))


def _compare(node: Compare, facts: Facts) -> bool:
    left, right = _value(node.left, facts), _value(node.right, facts)
    if node.operator in ("in", "not in"):
        found = isinstance(right, tuple | frozenset) and left in right
        return found if node.operator == "in" else not found
    if node.operator in ("==", "!="):
        return (left == right) is (node.operator == "==")
    if not isinstance(left, int | float) or not isinstance(right, int | float):
        return False
    answers = {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}
    return answers[node.operator]


def _value(node: Constant | Name, facts: Facts) -> Value | tuple[str, ...]:
    if isinstance(node, Constant):
        return node.value
    if node.name.startswith(ANSWERS):
        return dict(facts.answers).get(node.name.removeprefix(ANSWERS), "")
    if node.name == "opened":
        return node.argument in facts.opened
    if node.name == "clicked":
        return node.argument in facts.clicked
    known: dict[str, Value] = {
        "quiz.result": facts.quiz_result,
        "tags": facts.tags,
        "booked": facts.booked,
        "replied": facts.replied,
        "watched": facts.watched,
        "weeks": facts.weeks,
    }
    return known[node.name]
