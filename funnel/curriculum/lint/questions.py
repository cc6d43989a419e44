"""Whether the questions of a folder's offers agree, and read as calmly as everything else that readers see."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from funnel.curriculum.conditions import Condition
from funnel.curriculum.conditions.tree import Compare, Constant, Name
from funnel.curriculum.lint.wording import ADVICE, HEARD, loud_words
from funnel.curriculum.markdown.odd import odd_in_line
from funnel.curriculum.model import Offer
from funnel.curriculum.names import nearest
from funnel.curriculum.parse.fields import Fields
from funnel.curriculum.parse.library import Parts
from funnel.curriculum.parse.nodes import Listing, Node, Scalar, Table
from funnel.curriculum.parse.report import printable, some_of
from funnel.curriculum.questions import ANSWERS, Question


def check_questions(parts: Parts) -> None:
    """Reports a name that two offers ask for in two ways, and labels that press or hold markdown."""
    english = parts.practice is None or parts.practice.language.lower().startswith("en")
    first: dict[str, tuple[str, Question]] = {}
    for slug, offer in parts.offers.items():
        fields = parts.sources[f"offers/{slug}.md"].fields
        _check_agreeing(slug, offer, fields, first)
        for item in _labels(fields.node("questions")):
            _check_words(fields, item, english=english)


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


def misused(question: Question, operator: str, other: object) -> tuple[str, str] | None:
    """What is wrong where an answer is compared with this, and what to do; None where nothing is.

    `operator` is == or !=, "in" where the answer is looked for in a list, and "holds" where it is looked into.
    """
    asked, known = f"answers.{question.name}", some_of(question.values)
    examples = {
        "choice": f"{asked} == '{question.values[0]}'" if question.values else asked,
        "choices": f"'{question.values[0]}' in {asked}" if question.values else asked,
    }
    fits = {"choice": ("==", "!=", "in"), "choices": ("holds",), "yes_no": ("==", "!="), "line": ()}[question.kind]
    values = other if isinstance(other, list | tuple) else [other]
    if operator not in fits or (question.kind == "yes_no") is not all(isinstance(value, bool) for value in values):
        what = f"{asked} is a {question.kind}, and never answered so"
        return what, f"Ask {examples.get(question.kind, asked)}."
    for value in values:
        if isinstance(value, str) and value not in question.values:
            near = nearest(value, question.values)
            what = f"{asked} has no answer {printable(value, 40)}"
            return what, f"Did you mean {near}?" if near else f"There is: {known}."
    return None


def check_condition_answers(
    condition: Condition, questions: Mapping[str, Question], fields: Fields, node: Node
) -> None:
    """Reports answers that an `only_if` asks for and that nobody can give."""
    for part in condition.nodes():
        if isinstance(part, Name) and part.name.startswith(ANSWERS) and _question(part, questions) is None:
            near = nearest(part.name, [f"{ANSWERS}{name}" for name in questions])
            fix = f"Did you mean {near}?" if near else f"Asked is: {some_of(questions) or 'nothing yet'}."
            fields.error(node, "only-if", f"no offer asks for {printable(part.name, 50)}", fix)
        if isinstance(part, Compare):
            for side, other, operator in (
                (part.left, part.right, part.operator.removeprefix("not ")),
                (part.right, part.left, "holds" if part.operator.endswith("in") else part.operator),
            ):
                question = _question(side, questions)
                value = other.value if isinstance(other, Constant) else ""
                wrong = None if question is None else misused(question, operator, value)
                if wrong is not None:
                    fields.error(node, "only-if", *wrong)


def _question(part: object, questions: Mapping[str, Question]) -> Question | None:
    named = isinstance(part, Name) and part.name.startswith(ANSWERS)
    return questions.get(part.name.removeprefix(ANSWERS)) if named and isinstance(part, Name) else None
