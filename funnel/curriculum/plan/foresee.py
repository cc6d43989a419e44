"""What is known beforehand of an `only_if`: how it stands for one reader, and what could still change that."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from itertools import product

from funnel.curriculum.conditions import Condition, Facts, parse_condition
from funnel.curriculum.conditions.answers import answer_ways
from funnel.curriculum.conditions.tree import Compare, Constant, Name
from funnel.curriculum.model import Sequence
from funnel.curriculum.names import QUIZ_RESULTS
from funnel.curriculum.questions import ANSWERS, Answer

MOST_WATCHED = 4  # quarters of a training
_MOST_WAYS = 4_096
Atom = tuple[str, str]
"""A name of the conditions and what it is asked for: ("tags", "evening"), ("opened", "the-alarm"), ("booked", "")."""


@lru_cache(maxsize=2_000)
def foresee(text: str, facts: Facts) -> tuple[bool, tuple[str, ...]]:
    """Whether the condition holds for a reader of whom this is known, and the names on which that still depends.

    A booking, an answer, an open, a click and what was watched are never taken back, a tag is. A quiz may be taken and
    its result deleted, and what was answered on a form may change; a plan looks up nobody's, so that it tells none. The
    weeks in `facts` are taken as those of the day. Raises ConditionError for what is no condition.
    """
    condition = parse_condition(text)
    ways = _ways(condition, facts)
    atoms = sorted(ways)
    total = 1
    for values in ways.values():
        total *= len(values)
    if total > _MOST_WAYS:
        return condition.evaluate(facts), tuple(sorted({name for name, _ in atoms}))
    answers = {
        values: condition.evaluate(_as_if(facts, dict(zip(atoms, values, strict=True))))
        for values in product(*(ways[atom] for atom in atoms))
    }
    decisive = {atom[0] for place, atom in enumerate(atoms) if _matters(place, answers)}
    return condition.evaluate(facts), tuple(sorted(decisive))


def asks_for(*sequences: Sequence) -> frozenset[str]:
    """The names that the conditions of these sequences ask for; "weeks", "tags" …"""
    return frozenset(
        node.name
        for sequence in sequences
        for lesson in sequence.lessons
        if lesson.only_if is not None
        for node in parse_condition(lesson.only_if).nodes()
        for node in ((node.left, node.right) if isinstance(node, Compare) else (node,))
        if isinstance(node, Name)
    )


def _matters(place: int, answers: Mapping[tuple[object, ...], bool]) -> bool:
    """Whether two ways that differ in nothing but this atom are answered differently."""
    found: dict[tuple[object, ...], bool] = {}
    return any(
        found.setdefault((*values[:place], *values[place + 1 :]), answer) != answer
        for values, answer in answers.items()
    )


def _ways(condition: Condition, facts: Facts) -> dict[Atom, tuple[object, ...]]:
    """For each atom that may still change, all that it may be."""
    found: dict[Atom, tuple[object, ...]] = {}
    for name, argument in _atoms(condition, facts):
        if name in ("booked", "replied") and not getattr(facts, name):
            found[name, ""] = (False, True)
        elif name == "watched" and facts.watched < MOST_WATCHED:
            found[name, ""] = tuple(range(facts.watched, MOST_WATCHED + 1))
        elif name == "quiz.result":
            found[name, ""] = ("", *QUIZ_RESULTS)
        elif name.startswith(ANSWERS):
            found[name, ""] = answer_ways(condition)
        elif name == "tags" or (name in ("opened", "clicked") and argument not in getattr(facts, name)):
            found[name, argument] = (False, True)
    return found


def _atoms(condition: Condition, facts: Facts) -> Iterable[Atom]:
    for node in condition.nodes():
        if isinstance(node, Name) and node.name != "tags":
            yield node.name, node.argument
        elif isinstance(node, Compare) and isinstance(node.right, Name) and node.right.name == "tags":
            yield "tags", str(node.left.value) if isinstance(node.left, Constant) else facts.quiz_result


def _answering(facts: Facts, name: str, value: object) -> Facts:
    answer: Answer = value if isinstance(value, str | bool | tuple) else ""
    return replace(facts, answers=(*(each for each in facts.answers if each[0] != name), (name, answer)))


def _as_if(facts: Facts, chosen: Mapping[Atom, object]) -> Facts:
    """The facts as they would be if so much had happened until then."""
    for (name, argument), value in chosen.items():
        if name == "quiz.result":
            facts = replace(facts, quiz_result=str(value))
        elif name.startswith(ANSWERS):
            facts = _answering(facts, name.removeprefix(ANSWERS), value)
        elif name in ("booked", "replied", "watched"):
            facts = replace(facts, **{name: value})  # type: ignore[arg-type]
        else:
            known: frozenset[str] = getattr(facts, name)
            facts = replace(facts, **{name: known | {argument} if value else known - {argument}})  # type: ignore[arg-type]
    return facts
