"""Jinja tags among markdown tokens: where they may stand, and that each condition stays within one block."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markdown_it.token import Token

from funnel.compose.errors import CompileError
from funnel.compose.placeholders import Placeholders
from funnel.curriculum.asking import expression_tells

_TAG = re.compile(r"\{%\s*(\w*)\s*(.*?)\s*%\}", re.DOTALL)


@dataclass
class MarkdownSource:
    """Where a lesson's markdown comes from, for errors: line i + 1 of the text is `lines[i]` of the body."""

    path: str
    first_line: int
    lines: list[int]
    placeholders: Placeholders
    sensitive: frozenset[str] = frozenset()  # names of questions whose answers nobody else is to know

    def line(self, token: Token | None) -> int:
        """The line of the file on which a block begins."""
        index = token.map[0] if token is not None and token.map else 0
        return self.first_line + self.lines[min(index, len(self.lines) - 1)] - 1

    def error(self, token: Token | None, message: str) -> CompileError:
        return CompileError(self.path, self.line(token), message)


def split_tags(token: Token, placeholders: Placeholders) -> Iterator[Token]:
    if token.type != "text":
        yield token
        return
    end = 0
    for found in placeholders.pattern.finditer(token.content):
        if placeholders.kind(found[0]) == "expression":
            continue
        if found.start() > end:
            yield Token("text", "", 0, content=token.content[end : found.start()])
        yield Token("tags", "", 0, content=found[0])
        end = found.end()
    if end < len(token.content):
        yield Token("text", "", 0, content=token.content[end:])


def verb_of(word: str, placeholders: Placeholders) -> str:
    """The tag's keyword: `if`, `elif`, `else` or `endif`; empty for a comment."""
    return _tag(word, placeholders)[0]


def _tag(word: str, placeholders: Placeholders) -> tuple[str, str]:
    """The tag's keyword, and the question it asks; both may be empty."""
    found = _TAG.fullmatch(placeholders.source(word)) if placeholders.kind(word) == "tag" else None
    return (found[1], found[2]) if found is not None else ("", "")


def hoisted(tokens: list[Token], placeholders: Placeholders) -> Iterator[Token]:
    """The tokens, with each paragraph that is one whole condition split into a paragraph per branch."""
    index = 0
    while index < len(tokens):
        branches = _branches(tokens[index + 1], placeholders) if tokens[index].type == "paragraph_open" else None
        if branches is None or tokens[index].hidden:
            yield tokens[index]
            index += 1
            continue
        opening, inline, closing = tokens[index : index + 3]
        for piece in branches:
            if isinstance(piece, Token):
                yield piece
            elif any((child.type != "softbreak" and child.content.strip()) or child.nesting for child in piece):
                yield opening
                yield Token("inline", "", 0, map=inline.map, children=_trimmed(piece))
                yield closing
        index += 3


def _branches(inline: Token, placeholders: Placeholders) -> list[Token | list[Token]] | None:
    children = inline.children or []
    if not children or children[0].type != "tags" or children[-1].type != "tags":
        return None
    out: list[Token | list[Token]] = []
    depth = 0
    for index, child in enumerate(children):
        verb = verb_of(child.content, placeholders) if child.type == "tags" else ""
        if verb == "if":
            depth += 1
        if depth == 1 and verb:
            out.append(Token("tags", "", 0, content=child.content, map=inline.map, block=True))
        elif out and isinstance(out[-1], list):
            out[-1].append(child)
        else:
            out.append([child])
        if verb == "endif":
            depth -= 1
            if depth == 0 and index < len(children) - 1:
                return None
    return out if depth == 0 else None


def _trimmed(children: list[Token]) -> list[Token]:
    while children and children[0].type == "softbreak":
        children = children[1:]
    while children and children[-1].type == "softbreak":
        children = children[:-1]
    return children


def links_in_conditions(tokens: Sequence[Token], placeholders: Placeholders) -> bool:
    """Whether some readers get a link that others do not."""
    depth = 0
    for block in tokens:
        for token in (block, *(block.children or ())):
            verbs = (
                [verb_of(word, placeholders) for word in placeholders.words(token.content)]
                if token.type == "tags"
                else []
            )
            depth += verbs.count("if") - verbs.count("endif")
            if token.type == "link_open" and depth:
                return True
    return False


def with_quiz(tokens: Sequence[Token], source: MarkdownSource) -> Iterator[tuple[Token, Token, bool]]:
    """Each block and each token in it or itself, and whether it hangs on a quiz's result or on a sensitive answer.

    What comes behind such a question in one condition, in its `elif` and `else`, depends on the answer too.
    """
    asked: list[bool] = []
    placeholders = source.placeholders
    for block in tokens:
        for token in (block, *(block.children or ())):
            for word in placeholders.words(token.content) if token.type == "tags" else ():
                verb, question = _tag(word, placeholders)
                asks = bool(question) and expression_tells(question, source.sensitive)
                if verb == "if":
                    asked.append(asks)
                elif verb == "endif":
                    asked.pop()
                elif verb:
                    asked[-1] |= asks
            yield block, token, any(asked)


def check_conditional_tags(block: Token, source: MarkdownSource) -> None:
    """Raises CompileError for a tag outside running text: in code, an address, a title or a picture's text."""
    for token in (block, *(block.children or ())):
        places = "" if token.type in ("text", "tags", "inline") else token.content
        places += token.info + "".join(map(str, token.attrs.values()))
        if any(source.placeholders.kind(word) == "tag" for word in source.placeholders.words(places)):
            raise source.error(block, "{% … %} may not stand inside a link's address, a title, a picture or code")


def check_nesting(tokens: Sequence[Token], source: MarkdownSource) -> None:
    """Raises CompileError for a condition that ends in another block than it began in: one outcome is broken HTML."""
    path: list[int] = []
    begun: list[tuple[int, ...]] = []
    for block in tokens:
        for token in (block, *(block.children or ())):
            if token.nesting == 1:
                path.append(id(token))
            elif token.nesting == -1:
                path.pop()
            for word in source.placeholders.words(token.content) if token.type == "tags" else ():
                place = (*path, id(block)) if token is not block else tuple(path)
                verb = verb_of(word, source.placeholders)
                if verb == "if":
                    begun.append(place)
                elif verb and begun[-1] != place:
                    raise source.error(
                        block,
                        f"This {{% {verb} %}} and its {{% if %}} stand in different blocks: put each on a line alone",
                    )
                if verb == "endif":
                    begun.pop()
