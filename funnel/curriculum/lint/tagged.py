"""Whether what tags start and end fits together, and whether conditions ask for tags that can be."""

from __future__ import annotations

from funnel.curriculum.conditions import Condition
from funnel.curriculum.conditions.tree import Compare, Constant, Name
from funnel.curriculum.model import Sequence
from funnel.curriculum.parse.fields import Fields
from funnel.curriculum.parse.nodes import Node
from funnel.curriculum.parse.report import printable
from funnel.curriculum.tag_names import TAG_RULE, asks_for_tag, is_tag


def check_tag_goals(sequence: Sequence, fields: Fields) -> None:
    """Reports a tag that starts a sequence and ends it: it would end with its first mail, or never."""
    for item in fields.texts("stop_when"):
        if asks_for_tag(item.text) and item.text in sequence.start_on:
            fields.error(
                item, "starts-and-ends", f"{printable(item.text)} starts this sequence, and ends it",
                "Leave it in start_on or in stop_when.",
            )  # fmt: skip


def check_asked_tags(condition: Condition, fields: Fields, node: Node) -> None:
    """Reports a condition that asks for what no tag is called: it could never hold."""
    for part in condition.nodes():
        if not isinstance(part, Compare) or not isinstance(part.left, Constant):
            continue
        if not isinstance(part.right, Name) or part.right.name != "tags" or is_tag(str(part.left.value)):
            continue
        wrong = printable(str(part.left.value), 80)
        fields.error(node, "bad-tag", f"only_if asks for {wrong} in tags, and no tag is called so", TAG_RULE)
