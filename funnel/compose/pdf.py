"""The e-book: markdown to a PDF with a cover, contents, page numbers, and tags for screen readers (PDF/UA-1).

The markdown is handed to typst as data, never as code, so nothing in it can be run.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import typst
import yaml
from markdown_it.token import Token

from funnel.compose.blanks import Blanks
from funnel.compose.colours import palette
from funnel.compose.errors import CompileError
from funnel.compose.html import LABELS
from funnel.compose.markup import block_name, parser
from funnel.curriculum.model import Practice
from funnel.curriculum.words import with_practice_words

_BOOK = Path(__file__).with_name("ebook.typ")
_KEYS = ("title", "subtitle", "author", "language", "date")
_MOST_LINES = 24
Node = dict[str, Any]


def make_ebook(markdown: bytes, practice: Practice, path: str = "assets/ebook.md") -> bytes:
    """The PDF of an e-book, the same bytes for the same markdown and practice.

    The front matter has `title`, and may have `subtitle`, `author`, `language` and `date` (else the PDF bears none).
    Besides markdown there are `:::practice Title`, `:::reflect`, `:::story`, `:::note`, and `:::lines 5`: five lines to
    write on, and the practice's own words, such as {{ practice.name }}. Raises CompileError with file and line.
    """
    head, body, first_line = _front_matter(markdown, path)
    head = {key: _words(value, practice, path, 2) if isinstance(value, str) else value for key, value in head.items()}
    body = _words(body, practice, path, first_line)
    tokens = parser(Blanks(body), str(head.get("language", practice.language)), ("lines",)).parse(body)
    book = {
        "title": str(head["title"]),
        "subtitle": str(head.get("subtitle", "")),
        "author": str(head.get("author", practice.name)),
        "language": str(head.get("language", practice.language)).partition("-")[0],
        "date": list(head["date"].timetuple()[:3]) if isinstance(head.get("date"), date) else None,
        "footer": practice.postal_address,
        "colour": palette(practice.colours),
        "labels": LABELS,
        "body": _Tree(tokens, path, first_line).blocks(),
    }
    try:
        made = typst.compile(
            _BOOK.read_bytes(),
            format="pdf",
            ignore_system_fonts=True,
            sys_inputs={"book": json.dumps(book, ensure_ascii=False, sort_keys=True)},
            pdf_standards=["ua-1"],
            timestamp=0,
        )
    except typst.TypstError as error:
        raise CompileError(path, 1, f"This e-book cannot be made into a PDF: {error.message}") from error
    if not isinstance(made, bytes):
        raise CompileError(path, 1, "This e-book cannot be made into a PDF: nothing came out")
    return made


def _front_matter(markdown: bytes, path: str) -> tuple[dict[str, Any], str, int]:
    try:
        text = markdown.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise CompileError(path, 1, "This file is not UTF-8: save it as UTF-8") from None
    if not text.startswith("---\n") or "\n---\n" not in text[3:]:
        raise CompileError(path, 1, "The e-book needs a title: begin with ---, a line title: …, and another ---")
    raw, _, body = text[4:].partition("\n---\n")
    try:
        head = yaml.safe_load(raw)
    except yaml.YAMLError as error:
        raise CompileError(path, 2, f"The lines between --- and --- do not read as YAML: {error}") from None
    if not isinstance(head, dict) or not head.get("title"):
        raise CompileError(path, 2, "The e-book needs a title: write title: … between --- and ---")
    unknown = next((str(key) for key in head if key not in _KEYS), None)
    if unknown:
        raise CompileError(path, 2, f"There is no key {unknown!r} here: the keys are {', '.join(_KEYS)}")
    return head, body, raw.count("\n") + 4


def _words(text: str, practice: Practice, path: str, first_line: int) -> str:
    def wrong(offset: int, message: str, fix: str) -> None:
        raise CompileError(path, first_line + text.count("\n", 0, offset), f"{message}: {fix}")

    return with_practice_words(text, practice, wrong)


class _Tree:
    """The markdown's tokens as nested plain data, which is all that typst gets to see."""

    def __init__(self, tokens: Sequence[Token], path: str, first_line: int) -> None:
        self._tokens: Iterator[Token] = iter(tokens)
        self._path = path
        self._first_line = first_line
        self._level = 0

    def blocks(self) -> list[Node]:
        """The blocks up to the end of the one that is open."""
        out: list[Node] = []
        for token in self._tokens:
            if token.nesting == -1:
                break
            out.append(self._block(token))
        return out

    def _block(self, token: Token) -> Node:
        kind = token.type
        if kind in ("paragraph_open", "heading_open"):
            inline = next(self._tokens)
            next(self._tokens)
            if kind == "paragraph_open":
                return {"type": "paragraph", "inside": self._inline(inline)}
            level = int(token.tag[1])
            # PDF/UA-1 allows no step from # to ###: such a heading keeps its looks and stays out of the contents.
            self._level = min(level, self._level + 1)
            return {"type": "heading", "level": self._level, "listed": level < 3, "inside": self._inline(inline)}
        if kind in ("bullet_list_open", "ordered_list_open"):
            items = [item["inside"] for item in self.blocks()]
            return {
                "type": "list",
                "start": int(token.attrs.get("start", 1)) if kind[0] == "o" else None,
                "items": items,
            }
        if kind in ("list_item_open", "blockquote_open"):
            return {"type": "item" if kind[0] == "l" else "quote", "inside": self.blocks()}
        if kind == "hr":
            return {"type": "rule"}
        if kind.startswith("container_") and not kind.startswith("container_button"):
            return self._container(token)
        raise self._error(token, f"An e-book cannot hold this ({kind.removesuffix('_open').replace('_', ' ')})")

    def _container(self, token: Token) -> Node:
        name, title = block_name(token)
        inside = self.blocks()
        if name != "lines":
            return {"type": "box", "name": name, "title": title, "inside": inside}
        if not title.isascii() or not title.isdigit() or not 1 <= int(title) <= _MOST_LINES or inside:
            raise self._error(token, f"Write how many lines, 1 to {_MOST_LINES}, and nothing inside: :::lines 5")
        return {"type": "lines", "count": int(title)}

    def _inline(self, inline: Token) -> list[Node]:
        stack: list[list[Node]] = [[]]
        for token in inline.children or ():
            if token.type == "text" or token.type == "code_inline":
                stack[-1].append({"type": "text", "text": token.content})
            elif token.type == "softbreak":
                stack[-1].append({"type": "text", "text": " "})
            elif token.type == "hardbreak":
                stack[-1].append({"type": "break"})
            elif token.nesting == 1:
                node: Node = {"type": token.tag, "inside": []}
                if token.tag == "a":
                    node["address"] = self._address(token, inline)
                stack[-1].append(node)
                stack.append(node["inside"])
            elif token.nesting == -1:
                stack.pop()
            else:
                raise self._error(inline, f"An e-book cannot hold this ({token.type.replace('_', ' ')})")
        return stack[0]

    def _address(self, token: Token, inline: Token) -> str:
        href = str(token.attrs.get("href", ""))
        if not href.startswith(("https://", "http://", "mailto:")):
            raise self._error(inline, f"The link {href!r} leads nowhere from a PDF: use https://, http:// or mailto:")
        return href

    def _error(self, token: Token, message: str) -> CompileError:
        return CompileError(self._path, self._first_line + (token.map[0] if token.map else 0), message)
