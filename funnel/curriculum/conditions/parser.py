"""Reads the language of `only_if`: tokens, then a small recursive descent that also checks what may meet what."""

from __future__ import annotations

import re
from dataclasses import dataclass

from funnel.curriculum.conditions.tree import Compare, ConditionError, Constant, Either, Every, Kind, Name, Node, Not
from funnel.curriculum.names import CONDITION_NAMES, QUIZ_RESULTS, nearest
from funnel.curriculum.questions import ANSWERS, QUESTION_NAME

LONGEST = 500
DEEPEST_CONDITION = 20

_KINDS: dict[str, Kind] = {
    "quiz.result": "text",
    "tags": "texts",
    "booked": "truth",
    "replied": "truth",
    "watched": "number",
    "weeks": "number",
    "opened": "truth",
    "clicked": "truth",
}
_TOKEN = re.compile(
    r"""\s*(?:(?P<number>[0-9]{1,6}(?:\.[0-9]{1,3})?(?![\w.]))
          |(?P<text>'[^'\n]*'|"[^"\n]*")
          |(?P<word>[A-Za-z_][A-Za-z0-9_.]*)
          |(?P<sign>==|!=|<=|>=|[<>()\[\],])
          |(?P<odd>\S)
          |(?P<end>\Z))""",
    re.VERBOSE,
)
_ORDERING = ("<", "<=", ">", ">=")
_COMPARISONS = ("==", "!=", *_ORDERING)


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    column: int


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    position = 0
    while True:
        match = _TOKEN.match(text, position)
        if match is None:
            raise ConditionError("this cannot be read", position + 1)
        kind = str(match.lastgroup)
        found.append(_Token(kind, match[kind], match.start(kind) + 1))
        if kind == "end":
            return found
        position = match.end()


class Parser:
    """One reading of one condition."""

    def __init__(self, text: str) -> None:
        if len(text) > LONGEST:
            raise ConditionError(f"a condition has at most {LONGEST} characters", LONGEST)
        self._left = _tokens(text)
        self._depth = 0

    def parse(self) -> Node:
        """The whole condition. Raises ConditionError."""
        if self._next.kind == "end":
            raise ConditionError("the condition is empty", 1)
        node = self._or()
        if self._next.kind != "end":
            raise ConditionError(f"{self._next.text[:20]!r} is one word too many", self._next.column)
        return node

    @property
    def _next(self) -> _Token:
        token = self._left[0]
        if token.kind == "odd":
            what = "a single = compares nothing; write ==" if token.text == "=" else f"{token.text!r} cannot stand here"
            raise ConditionError(what, token.column)
        return token

    def _take(self) -> _Token:
        token = self._next
        del self._left[0]
        return token

    def _saw(self, *words: str) -> bool:
        if self._next.kind in ("word", "sign") and self._next.text in words:
            self._take()
            return True
        return False

    def _or(self) -> Node:
        parts = [self._and()]
        while self._saw("or"):
            parts.append(self._and())
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def _and(self) -> Node:
        parts = [self._not()]
        while self._saw("and"):
            parts.append(self._not())
        return parts[0] if len(parts) == 1 else Every(tuple(parts))

    def _not(self) -> Node:
        self._depth += 1
        if self._depth > DEEPEST_CONDITION:
            raise ConditionError("too many brackets or nots inside one another", self._next.column)
        try:
            if self._saw("not"):
                return Not(self._not())
            if self._saw("("):
                inner = self._or()
                self._expect(")")
                return inner
            return self._comparison()
        finally:
            self._depth -= 1

    def _expect(self, sign: str) -> None:
        if not self._saw(sign):
            raise ConditionError(f"{sign!r} is missing", self._next.column)

    def _comparison(self) -> Node:
        left = self._operand()
        column = self._next.column
        operator = self._operator()
        if operator is None:
            if left.kind in ("truth", "answer"):
                return left
            raise ConditionError(_unfinished(left), left.column)
        right = self._operand()
        _check_kinds(left, operator, right, column)
        if self._next.text in _COMPARISONS:
            raise ConditionError("compare two things at a time, joined by and", self._next.column)
        return Compare(left, operator, right)

    def _operator(self) -> str | None:
        for operator in _COMPARISONS:
            if self._saw(operator):
                return operator
        if self._saw("in"):
            return "in"
        if self._next.text == "not" and self._left[1].text == "in":
            self._take()
            self._take()
            return "not in"
        return None

    def _operand(self) -> Constant | Name:
        token = self._take()
        if token.kind == "text":
            return Constant(token.text[1:-1], "text", token.column)
        if token.kind == "number":
            return Constant(float(token.text) if "." in token.text else int(token.text), "number", token.column)
        if token.text == "[":
            return self._list(token)
        if token.kind == "word":
            return self._name(token)
        what = "the condition ends too early" if token.kind == "end" else f"{token.text!r} cannot stand here"
        raise ConditionError(what, token.column)

    def _list(self, opening: _Token) -> Constant:
        texts: list[str] = []
        while not self._saw("]"):
            item = self._operand()
            if not isinstance(item, Constant) or not isinstance(item.value, str):
                raise ConditionError("a list holds texts in quotes", item.column)
            texts.append(item.value)
            if self._next.text != "]":
                self._expect(",")
        return Constant(tuple(texts), "texts", opening.column)

    def _name(self, token: _Token) -> Constant | Name:
        if token.text.lower() in ("true", "false"):
            return Constant(token.text.lower() == "true", "truth", token.column)
        if token.text.startswith(ANSWERS) and QUESTION_NAME.fullmatch(token.text.removeprefix(ANSWERS)):
            return Name(token.text, "answer", token.column)
        if token.text not in _KINDS:
            raise ConditionError(_unknown(token.text), token.column)
        kind = _KINDS[token.text]
        if token.text not in ("opened", "clicked"):
            return Name(token.text, kind, token.column)
        self._expect("(")
        argument = self._take()
        if argument.kind != "text":
            raise ConditionError(
                f'{token.text} takes a lesson id in quotes: {token.text}("the-alarm")', argument.column
            )
        self._expect(")")
        return Name(token.text, kind, token.column, argument.text[1:-1])


def _unknown(word: str) -> str:
    near = nearest(word, CONDITION_NAMES)
    if near is None and word.lower() in QUIZ_RESULTS:
        return f"{word[:40]!r} is a result: write it in quotes, quiz.result == '{word.lower()}'"
    return f"{word[:40]!r} is not known here" + (f"; did you mean {near}?" if near else "")


def _unfinished(left: Constant | Name) -> str:
    if isinstance(left, Constant):
        return "a text or number alone says nothing; compare it with something"
    examples = {
        "quiz.result": "quiz.result == 'anxious'",
        "tags": "'evening' in tags",
        "watched": "watched >= 1",
        "weeks": "weeks >= 2",
    }
    return f"{left.name} alone is no question; write for example {examples[left.name]}"


def _check_kinds(left: Constant | Name, operator: str, right: Constant | Name, column: int) -> None:
    kinds = {left.kind, right.kind}
    if "answer" in kinds:
        # Which of them a question allows is looked at with the questions there are.
        if (
            operator in _ORDERING
            or "number" in kinds
            or not isinstance(left if right.kind == "answer" else right, Constant)
        ):
            raise ConditionError("an answer is compared with a text, true or false: answers.where == 'ended'", column)
    elif operator in ("in", "not in"):
        if left.kind != "text" or right.kind != "texts":
            raise ConditionError("in asks whether a text is among tags or a list: 'evening' in tags", column)
    elif left.kind == "texts" or right.kind == "texts":
        raise ConditionError("tags and lists are asked with in, not compared", column)
    elif left.kind != right.kind:
        raise ConditionError(f"a {left.kind} value and a {right.kind} value are never equal", column)
    elif operator in _ORDERING and left.kind != "number":
        raise ConditionError(f"{operator} compares numbers only", column)
