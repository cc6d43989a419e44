"""Whether the questions of a folder's offers agree, and read as calmly as everything else that readers see."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from funnel.curriculum.lint.wording import ADVICE, HEARD, loud_words
from funnel.curriculum.markdown.odd import odd_in_line
from funnel.curriculum.model import Offer
from funnel.curriculum.parse.fields import Fields
from funnel.curriculum.parse.library import Parts
from funnel.curriculum.parse.nodes import Listing, Node, Scalar, Table
from funnel.curriculum.parse.report import printable
from funnel.curriculum.questions import Question


def check_questions(parts: Parts) -> None:
    """Reports a name that two offers ask for in two ways, and labels that press or hold markdown."""
    english = parts.practice is None or parts.practice.language.lower().startswith("en")
    first: dict[str, tuple[str, Question]] = {}
    for slug, offer in parts.offers.items():
        fields = parts.sources[f"offers/{slug}.md"].fields
        _check_agreeing(slug, offer, fields, first)
        for item in _labels(fields.node("questions")):
            _check_words(fields, item, english=english)


def asked_in(offers: Mapping[str, Offer]) -> dict[str, Question]:
    """Every question of these offers by its name, as the first of them asks it."""
    found: dict[str, Question] = {}
    for offer in offers.values():
        for question in offer.questions:
            found.setdefault(question.name, question)
    return found


def _check_agreeing(slug: str, offer: Offer, fields: Fields, first: dict[str, tuple[str, Question]]) -> None:
    for question in offer.questions:
        where, known = first.setdefault(question.name, (slug, question))
        if (known.kind, known.values, known.sensitive) != (question.kind, question.values, question.sensitive):
            fields.error(
                _node_of(fields, question.name), "two-questions",
                f"{question.name} has another kind, other values or another sensitive in offers/{where}.md",
                "Ask the same in both, or give one of them another name.",
            )  # fmt: skip


def _node_of(fields: Fields, name: str) -> Node | None:
    node = fields.node("questions")
    for item in node.items if isinstance(node, Listing) else ():
        entry = item.entries.get("name") if isinstance(item, Table) else None
        if entry is not None and isinstance(entry.value, Scalar) and entry.value.text.strip() == name:
            return entry.value
    return node


def _labels(node: Node | None) -> Iterator[Scalar]:
    """What readers see of the questions: their labels, and those of their options."""
    for item in node.items if isinstance(node, Listing) else ():
        entries = item.entries if isinstance(item, Table) else {}
        options = entries["options"].value if "options" in entries else None
        values = [entries["label"].value] if "label" in entries else []
        values += [entry.value for entry in options.entries.values()] if isinstance(options, Table) else []
        yield from (value for value in values if isinstance(value, Scalar))


def _check_words(fields: Fields, item: Scalar, *, english: bool) -> None:
    start = item.column + (1 if item.quoted else 0)
    for offset, message, fix in odd_in_line(item.text):
        fields.warning(Scalar("", False, item.line, start + offset), "markdown-in-line", message, fix)
    for offset, kind, words in loud_words(item.text[:1000]) if english else ():
        said = f'"{printable(words)}" may be heard as {HEARD[kind]}'
        fields.warning(Scalar("", False, item.line, start + offset), f"{kind}-words", said, ADVICE[kind])
