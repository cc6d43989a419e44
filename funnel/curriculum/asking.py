"""Who asks for the result of a quiz, or for an answer: when it is looked up, and which links are never tracked.

Decided on what was parsed: words and code that merely name a quiz ask for nothing.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from functools import lru_cache

from jinja2 import Environment, nodes

from funnel.curriculum.conditions import parse_condition
from funnel.curriculum.conditions.answers import asked_answers
from funnel.curriculum.conditions.tree import Name

_QUIZ = "quiz"  # `quiz.result` is all there is of it
_ANSWERS = "answers"
_SYNTAX = Environment(autoescape=True)  # parses only


def template_asks_result(tree: nodes.Node) -> bool:
    """Whether a parsed text, or a part of one, names the result of a quiz in any `{{ … }}` or `{% … %}`."""
    return any(node.name == _QUIZ for node in tree.find_all(nodes.Name))


def template_answers(tree: nodes.Node) -> frozenset[str]:
    """The names of the questions whose answers a parsed text, or a part of one, asks for."""
    found = (node for node in tree.find_all(nodes.Getattr) if isinstance(node.node, nodes.Name))
    return frozenset(node.attr for node in found if isinstance(node.node, nodes.Name) and node.node.name == _ANSWERS)


def expression_tells(expression: str, sensitive: AbstractSet[str]) -> bool:
    """Whether what stands inside one `{{ … }}` or behind an `{% if … %}` hangs on what nobody else is to know.

    That is the result of a quiz, and an answer to a question whose name is in `sensitive`.
    """
    tree = _SYNTAX.parse(f"{{{{ {expression} }}}}")
    return template_asks_result(tree) or bool(template_answers(tree) & sensitive)


@lru_cache(maxsize=1024)
def condition_asks_result(only_if: str | None) -> bool:
    """Whether a lesson's `only_if` does; None is no condition. Raises ConditionError for one that cannot be read."""
    nodes_of = () if only_if is None else parse_condition(only_if).nodes()
    return any(isinstance(node, Name) and node.name.startswith(f"{_QUIZ}.") for node in nodes_of)


@lru_cache(maxsize=1024)
def condition_answers(only_if: str | None) -> frozenset[str]:
    """The names of the questions whose answers a lesson's `only_if` asks for. Raises as `condition_asks_result`."""
    return frozenset() if only_if is None else asked_answers(parse_condition(only_if))
