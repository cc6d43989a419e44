"""An e-book's markdown as nested plain data, the only thing the typesetter sees."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from markdown_it.token import Token

from funnel.compose.conditionals import MarkdownSource
from funnel.compose.markup import block_name, said
from funnel.compose.page import check_heading
from funnel.compose.picture import MadePicture, find_picture
from funnel.curriculum.links import wrong_link
from funnel.curriculum.markdown.headings import named_headings

BookNode = dict[str, Any]
_MOST_LINES = 24
_LONGEST_WORD = 36
_ENDS_A_PART = re.compile(r"([/?&=._-]+)")


class BookTree:
    """The blocks of a book. `used` are the pictures it shows, in the order of their first use.

    `noted` has the words of those headings, by their names, in which there is a footnote.
    """

    def __init__(self, tokens: Sequence[Token], source: MarkdownSource, pictures: Mapping[str, MadePicture]) -> None:
        self.used: list[str] = []
        self.noted: dict[str, str] = {}
        self._source = source
        self._pictures = pictures
        self._headings = named_headings(tokens)
        self._names = {id(heading): name for name, heading in self._headings.items()}
        self._level = 0
        self._notes: dict[int, list[BookNode]] = {}
        self._shown: set[int] = set()
        end = next((n for n, token in enumerate(tokens) if token.type == "footnote_block_open"), len(tokens))
        self._tokens: Iterator[Token] = iter(tokens[end + 1 : -1])
        for token in self._tokens:
            self._notes[token.meta["id"]] = self._inside()
        self._tokens = iter(tokens[:end])

    def blocks(self) -> list[BookNode]:
        """All blocks."""
        return self._inside()

    def _inside(self) -> list[BookNode]:
        """The blocks up to the end of the block that is open."""
        out: list[BookNode] = []
        for token in self._tokens:
            if token.nesting == -1:
                break
            out.append(self._block(token))
        return out

    def _block(self, token: Token) -> BookNode:
        kind = token.type
        if kind in ("paragraph_open", "heading_open"):
            return self._paragraph(token)
        if kind in ("bullet_list_open", "ordered_list_open"):
            items = [item["inside"] for item in self._inside()]
            start = int(token.attrs.get("start", 1)) if kind[0] == "o" else None
            return {"type": "list", "start": start, "items": items}
        if kind in ("list_item_open", "blockquote_open"):
            return {"type": "item" if kind[0] == "l" else "quote", "inside": self._inside()}
        if kind == "hr":
            return {"type": "rule"}
        if kind in ("fence", "code_block"):
            return {"type": "code", "text": breakable(token.content.rstrip("\n"))}
        if kind == "table_open":
            return self._table()
        if kind.startswith("container_"):
            return self._container(token)
        raise self._source.error(token, f"An e-book cannot hold this ({kind.removesuffix('_open').replace('_', ' ')})")

    def _paragraph(self, token: Token) -> BookNode:
        inline = next(self._tokens)
        next(self._tokens)
        right = _from_right("".join(child.content for child in inline.children or ()))
        if token.type == "paragraph_open":
            return {"type": "paragraph", "inside": self._inline(inline), "right": right}
        level = int(token.tag[1])
        if any(child.type == "footnote_ref" for child in inline.children or ()):
            self.noted[self._names[id(token)]] = "".join(child.content for child in inline.children or ())
        # PDF/UA-1 allows no step from # to ###: such a heading keeps its looks and stays out of the contents.
        self._level = min(level, self._level + 1)
        return {
            "type": "heading", "level": self._level, "listed": level < 3, "right": right,
            "inside": self._inline(inline, in_heading=True), "name": self._names[id(token)],
        }  # fmt: skip

    def _container(self, token: Token) -> BookNode:
        name, title = block_name(token)
        inside = self._inside()
        if name == "button":
            return {"type": "group", "inside": inside}
        if name != "lines":
            return {"type": "box", "name": name, "title": title, "inside": inside}
        if not title.isascii() or not title.isdigit() or not 1 <= int(title) <= _MOST_LINES or inside:
            message = f"Write how many lines, 1 to {_MOST_LINES}, and nothing inside: :::lines 5"
            raise self._source.error(token, message)
        return {"type": "lines", "count": int(title)}

    def _table(self) -> BookNode:
        rows: list[list[list[BookNode]]] = []
        sides: list[str] = []
        for token in self._tokens:
            if token.type == "table_close":
                break
            if token.type == "tr_open":
                rows.append([])
            elif token.type == "th_open":
                sides.append(str(token.attrs.get("style", "text-align:left")).rpartition(":")[2])
            elif token.type == "inline":
                rows[-1].append(self._inline(token))
        return {"type": "table", "sides": sides, "head": rows[0], "rows": [cell for row in rows[1:] for cell in row]}

    def _inline(self, inline: Token, *, in_heading: bool = False) -> list[BookNode]:
        stack: list[list[BookNode]] = [[]]
        alone = not any(child.type == "text" and child.content.strip() for child in inline.children or ())
        for token in inline.children or ():
            if token.nesting == 1:
                node: BookNode = {"type": token.tag, "inside": []}
                if token.tag == "a":
                    node |= self._link(token, inline)
                stack[-1].append(node)
                stack.append(node["inside"])
            elif token.nesting == -1:
                stack.pop()
            elif token.type == "footnote_ref":
                stack[-1].append(self._note(token.meta["id"], in_heading))
            elif token.type != "footnote_number":
                stack[-1].append(self._piece(token, inline, alone))
        return stack[0]

    def _piece(self, token: Token, inline: Token, alone: bool) -> BookNode:
        kind = token.type
        if kind in ("text", "text_special"):
            return {"type": "text", "text": breakable(token.content)}
        if kind == "code_inline":
            return {"type": "raw", "text": breakable(token.content)}
        if kind == "softbreak":
            return {"type": "text", "text": " "}
        if kind == "hardbreak":
            return {"type": "break"}
        if kind == "task":
            return {"type": "text", "text": "☑ " if token.meta["done"] else "☐ "}
        if kind == "image":
            return self._picture(token, inline, alone)
        raise self._source.error(inline, f"An e-book cannot hold this ({kind.replace('_', ' ')})")

    def _note(self, number: int, in_heading: bool) -> BookNode:
        # A heading is repeated in the contents, so its footnote cannot have a label of its own.
        again = number in self._shown and not in_heading
        if not in_heading:
            self._shown.add(number)
        name = None if in_heading else f"note-{number}"
        return {"type": "note", "name": name, "again": again, "inside": self._notes.get(number, [])}

    def _picture(self, token: Token, inline: Token, alone: bool) -> BookNode:
        if not token.content.strip():
            message = "This picture has no words for those who cannot see it: ![what it shows](…)"
            raise self._source.error(inline, message)
        name = unquote(str(token.attrs.get("src", "")))
        found = find_picture(name, self._pictures)
        if isinstance(found, str):
            raise self._source.error(inline, found)
        if name not in self.used:
            self.used.append(name)
        file = f"{self.used.index(name)}{found.suffix}"
        return {"type": "picture", "file": file, "says": token.content, "width": found.width, "alone": alone}

    def _link(self, token: Token, inline: Token) -> BookNode:
        href = str(token.attrs.get("href", ""))
        if href.startswith("#"):
            check_heading(href, self._headings, inline, self._source)
            return {"address": None, "name": unquote(href[1:])}
        wrong = wrong_link(href)
        if wrong is not None:
            raise self._source.error(inline, said(wrong).replace("from a mail", "from a PDF"))
        return {"address": href}


def breakable(text: str) -> str:
    """The text with break points in words that may be longer than a line."""
    return re.sub(rf"\S{{{_LONGEST_WORD},}}", lambda word: _parted(word[0]), text)


def _parted(word: str) -> str:
    if any(unicodedata.east_asian_width(char) in "WF" for char in word) or not word.isprintable():
        return word  # the typesetter breaks these scripts anywhere
    marked = _ENDS_A_PART.sub("\\1\u200b", word)
    return re.sub(rf"[^\u200b]{{{_LONGEST_WORD}}}(?=[^\u200b])", "\\g<0>\u200b", marked)


def _from_right(text: str) -> bool:
    """Whether a paragraph runs right to left: its first letter decides (Unicode's bidirectional rule P2)."""
    first = next((way for way in map(unicodedata.bidirectional, text) if way in ("L", "R", "AL")), "L")
    return first != "L"
