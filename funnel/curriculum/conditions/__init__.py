"""`only_if`: a small, closed language over a documented list of names. Nothing is ever evaluated as Python.

    quiz.result == 'anxious' and not booked
    weeks >= 2 and not opened("the-alarm")
    quiz.result in ['anxious', 'mixed'] or 'evening' in tags

Whatever cannot be answered for certain is refused when it is read, so that no reader meets it: unknown names, text
compared with a number, a name that is not a question.
"""

from funnel.curriculum.conditions.parser import Parser
from funnel.curriculum.conditions.tree import Condition, ConditionError, Facts

__all__ = ["Condition", "ConditionError", "Facts", "parse_condition"]


def parse_condition(text: str) -> Condition:
    """The condition in `text`. Raises ConditionError saying what cannot be understood, and at which column."""
    return Condition(text, Parser(text).parse())
