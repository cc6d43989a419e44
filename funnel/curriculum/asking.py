"""Who asks for the result of a quiz: the one rule for when it is looked up, and for which links are never tracked.

Decided on what was parsed: words and code that merely name a quiz ask for nothing.
"""

from __future__ import annotations

from functools import lru_cache

from jinja2 import Environment, nodes

from funnel.curriculum.conditions import parse_condition
from funnel.curriculum.conditions.tree import Name

_QUIZ = "quiz"  # `quiz.result` is all there is of it
_SYNTAX = Environment(autoescape=True)  # parses only


def template_asks_result(tree: nodes.Node) -> bool:
    """Whether a parsed text, or a part of one, names the result of a quiz in any `{{ … }}` or `{% … %}`."""
    return any(node.name == _QUIZ for node in tree.find_all(nodes.Name))


def expression_asks_result(expression: str) -> bool:
    """The same of what stands inside one `{{ … }}`, or behind an `{% if … %}`. It must have been parsed before."""
    return template_asks_result(_SYNTAX.parse(f"{{{{ {expression} }}}}"))


@lru_cache(maxsize=1024)
def condition_asks_result(only_if: str | None) -> bool:
    """Whether a lesson's `only_if` does; None is no condition. Raises ConditionError for one that cannot be read."""
    nodes_of = () if only_if is None else parse_condition(only_if).nodes()
    return any(isinstance(node, Name) and node.name.startswith(f"{_QUIZ}.") for node in nodes_of)
