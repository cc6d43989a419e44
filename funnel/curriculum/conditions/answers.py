"""Which answers a condition asks for, and all that they may be as far as it can tell them apart."""

from __future__ import annotations

from funnel.curriculum.conditions.tree import Condition, Constant, Name
from funnel.curriculum.questions import ANSWERS, Answer


def asked_answers(condition: Condition) -> frozenset[str]:
    """The names of the questions whose answers it asks for."""
    return frozenset(
        part.name.removeprefix(ANSWERS)
        for part in condition.nodes()
        if isinstance(part, Name) and part.name.startswith(ANSWERS)
    )


def answer_ways(condition: Condition) -> tuple[Answer, ...]:
    """What an answer may be: none, yes, no, each text it names, several of them, or another."""
    texts: list[str] = []
    for part in condition.nodes():
        values = part.value if isinstance(part, Constant) and isinstance(part.value, tuple) else ()
        if isinstance(part, Constant) and isinstance(part.value, str):
            values = (part.value,)
        texts += [value for value in values if value not in texts]
    return ("", True, False, *texts, *((text,) for text in texts), tuple(texts), "another")
