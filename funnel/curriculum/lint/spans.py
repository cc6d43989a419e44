"""Finds a lesson's Jinja, by character, and masks it.

Markdown must not see `{{ book("intro") }}`: the quotes and spaces would end a link. Each span is masked with a private
character of its own, repeated to the same length, so that every other character keeps its place.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from jinja2 import Environment, TemplateSyntaxError

SpanKind = Literal["expression", "tag", "comment"]

_FIRST_PAINT = 0xF0000
_MOST_SPANS = 60_000
_PAINT = re.compile(f"[{chr(_FIRST_PAINT)}-\U0010ffff]")
_KINDS: dict[str, SpanKind] = {"variable_begin": "expression", "block_begin": "tag", "comment_begin": "comment"}

# Only its lexer and parser are used; nothing is rendered here.
SYNTAX = Environment(keep_trailing_newline=True, autoescape=True)


@dataclass(frozen=True, slots=True)
class Word:
    """One token in a span: the lexer's name for it, its text, and where it begins."""

    kind: str
    text: str
    start: int


@dataclass(frozen=True, slots=True)
class Span:
    """One `{{ … }}`, `{% … %}` or `{# … #}`."""

    kind: SpanKind
    start: int
    end: int
    words: tuple[Word, ...]


class TemplateError(ValueError):
    """Template text that cannot be parsed, with the place (from 0) where that became clear."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


def spans_of(text: str) -> list[Span]:
    """Every span in order. Raises TemplateError."""
    found: list[Span] = []
    words: list[Word] = []
    offset = start = 0
    kind: SpanKind | None = None
    try:
        for _, name, value in SYNTAX.lex(text):
            if kind is None and name in _KINDS:
                kind, start, words = _KINDS[name], offset, []
            elif name.startswith("raw_"):
                raise TemplateError("{% raw %} is not used here", offset)
            if kind is not None and name != "whitespace":
                words.append(Word(name, value, offset))
            offset += len(value)
            if kind is not None and name.endswith("_end"):
                found.append(Span(kind, start, offset, tuple(words)))
                kind = None
    except TemplateSyntaxError as error:
        raise TemplateError(_said_plainly(error.message or ""), max(offset, _line_start(text, error.lineno))) from None
    if kind is not None:
        raise TemplateError("what begins here is never closed", start)
    if len(found) > _MOST_SPANS:
        raise TemplateError("there are too many variables in this text", found[_MOST_SPANS].start)
    return found


def paint_over(text: str, spans: list[Span]) -> str:
    """The text, of the same length and with the same lines, in which each span is one private character repeated."""
    out: list[str] = []
    end = 0
    for index, span in enumerate(spans):
        out.append(text[end : span.start])
        paint = " " if span.kind == "comment" else chr(_FIRST_PAINT + index)
        out.append("".join("\n" if char == "\n" else paint for char in text[span.start : span.end]))
        end = span.end
    out.append(text[end:])
    return "".join(out)


def painted(text: str, spans: list[Span]) -> list[Span]:
    """The spans that are masked in this text, each once, in order."""
    indexes = dict.fromkeys(ord(char) - _FIRST_PAINT for char in _PAINT.findall(text))
    return [spans[index] for index in indexes if 0 <= index < len(spans)]


def without_paint(text: str) -> str:
    """Only what the practitioner typed."""
    return _PAINT.sub("", text)


def _line_start(text: str, line: int) -> int:
    offset = 0
    for _ in range(line - 1):
        offset = text.find("\n", offset) + 1
        if offset == 0:
            return len(text)
    return offset


def _said_plainly(message: str) -> str:
    return f"the template cannot be read here ({message[:80].rstrip('.')})"
