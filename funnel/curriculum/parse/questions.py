"""What an offer asks, in its front matter; and the same in another language, in its sibling."""

from __future__ import annotations

from collections.abc import Iterator

from funnel.curriculum.names import QUESTION_KEYS
from funnel.curriculum.parse.fields import Fields
from funnel.curriculum.parse.filled import filled_text
from funnel.curriculum.parse.nodes import Listing, Node, Table
from funnel.curriculum.parse.report import printable
from funnel.curriculum.practice import Practice
from funnel.curriculum.questions import MOST_OPTIONS, MOST_QUESTIONS, QUESTION_KINDS, QUESTION_NAME, Question

LONGEST_LABEL = 200
_NAME_RULE = "Begin with a small letter; then small letters, digits and underscores, at most 32 in all."


def read_questions(fields: Fields, practice: Practice | None) -> tuple[Question, ...]:
    """An offer's questions, with the practice's variables filled; what cannot be asked is reported and left out."""
    node = fields.node("questions")
    if node is None:
        return ()
    if not isinstance(node, Listing):
        fields.error(
            node, "not-a-list", "questions is not a list",
            "Begin each with a hyphen: - name: where, and its other keys below, indented.",
        )  # fmt: skip
        return ()
    if len(node.items) > MOST_QUESTIONS:
        fields.error(
            node.items[MOST_QUESTIONS], "too-many", f"there are {len(node.items)} questions",
            f"Ask at most {MOST_QUESTIONS}: each one keeps somebody from signing up.",
        )  # fmt: skip
    return tuple(_each(fields, node.items[:MOST_QUESTIONS], practice))


def _each(fields: Fields, items: tuple[Node, ...], practice: Practice | None) -> Iterator[Question]:
    seen: dict[str, int] = {}
    for item in items:
        if not isinstance(item, Table):
            fields.error(item, "not-a-table", "a question is not a list of keys", "Write name, label and kind.")
            continue
        inner = Fields(fields.path, item, fields.report)
        question = _question(inner, practice)
        if question is None:
            continue
        first = seen.setdefault(question.name, item.line)
        if first != item.line:
            inner.error(
                inner.node("name"), "duplicate-name", f"{question.name} stands in line {first} too",
                "Give each question a name of its own.",
            )  # fmt: skip
            continue
        yield question


def _question(fields: Fields, practice: Practice | None) -> Question | None:
    fields.only(QUESTION_KEYS)
    before = fields.report.count_errors()
    name = fields.text("name", "Every question needs a name that stays the same, such as where.")
    if name and not QUESTION_NAME.fullmatch(name):
        fields.error(fields.node("name"), "bad-name", f"{printable(name, 40)} cannot name a question", _NAME_RULE)
    kind = fields.choice("kind", QUESTION_KINDS)
    label = _words(fields, "label", practice, "Write label: and the question, as readers see it.")
    required, sensitive = fields.boolean("required", False), fields.boolean("sensitive", False)
    options = tuple(_options(fields, kind, practice))
    if fields.report.count_errors() != before:
        return None
    return Question(name, label, kind, options, required, sensitive)


def _words(fields: Fields, key: str, practice: Practice | None, fix: str) -> str:
    text = filled_text(fields, key, practice, fix)
    if len(text) > LONGEST_LABEL:
        fields.error(
            fields.node(key), "too-long", f"{key} has {len(text)} characters",
            f"Keep it to {LONGEST_LABEL}, better to a few words.",
        )  # fmt: skip
    return text


def _options(fields: Fields, kind: str, practice: Practice | None) -> Iterator[tuple[str, str]]:
    node = fields.node("options")
    if kind in ("line", "yes_no"):
        if node is not None:
            fields.error(
                node, "no-options-here", f"a {kind} has no options",
                "Leave options out, or write kind: choice, or kind: choices where several may be true.",
            )  # fmt: skip
        return
    if not kind:
        return
    if node is None:
        fields.missing("options", "Write what can be chosen below it, each as value: what readers see.")
        return
    if not isinstance(node, Table):
        fields.error(
            node, "not-a-table", "options is not a list of values and words",
            "Write each on a line of its own, indented: together: We are together",
        )  # fmt: skip
        return
    if not 2 <= len(node.entries) <= MOST_OPTIONS:
        fields.error(
            node, "how-many-options", f"{len(node.entries)} can be chosen from",
            f"Write from 2 to {MOST_OPTIONS}; to agree or not is kind: yes_no.",
        )  # fmt: skip
    inner = Fields(fields.path, node, fields.report)
    said: dict[str, str] = {}
    for value, entry in node.entries.items():
        if not QUESTION_NAME.fullmatch(value):
            inner.error(entry.key, "bad-name", f"{printable(value, 40)} cannot be a value", _NAME_RULE)
        text = _words(inner, value, practice, "Write what readers see for it.")
        first = said.setdefault(text.casefold(), value) if text else value
        if first != value:
            inner.error(entry.key, "duplicate-label", f"{value} reads like {first}", "Say two things in two ways.")
        yield value, text


def asks_the_same(own: Fields, here: tuple[Question, ...], there: tuple[Question, ...], of: str) -> bool:
    """Whether a sibling asks what its source `of` asks, in other words: answers must not hang on the language."""
    for question in here:
        source = next((each for each in there if each.name == question.name), None)
        if source is not None and _bare(question) == _bare(source):
            continue
        why = "is not asked" if source is None else "has another kind, other values or another rule"
        own.error(
            own.node("questions"), "other-question", f"{question.name} {why} in {of}",
            "Keep names, kinds, values, required and sensitive as they are there; translate labels alone.",
        )  # fmt: skip
        return False
    if [each.name for each in here] != [each.name for each in there]:
        own.error(
            own.node("questions"), "other-question", f"{of} asks other questions, or in another order",
            "Write each of its questions, in its order, with labels in this language.",
        )  # fmt: skip
        return False
    return True


def _bare(question: Question) -> tuple[str, tuple[str, ...], bool, bool]:
    return question.kind, question.values, question.required, question.sensitive
