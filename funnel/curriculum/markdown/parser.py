"""The parser: CommonMark, tables, footnotes, struck words, tasks, bare addresses, meant line ends, `:::` blocks."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache

import mdurl
from linkify_it import LinkifyIt
from linkify_it.main import Match
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.newline import newline
from markdown_it.token import Token
from mdit_py_plugins.container import container_plugin
from mdit_py_plugins.footnote import footnote_plugin

from funnel.curriculum.markdown.breaks import joined_without_space, meant_breaks
from funnel.curriculum.names import BLOCKS

_QUOTES = {"en": "“”‘’", "de": "„“‚‘", "nl": "“”‘’", "es": "«»“”", "it": "«»“”"}
_TASK = re.compile(r"\[([ xX])\][ \t]+")

# mdurl fills its tables at their first use, and a second thread would find them half filled.
mdurl.encode("")
mdurl.decode("", mdurl.DECODE_DEFAULT_CHARS + "%")


def new_parser(
    language: str = "",
    *,
    html: bool = False,
    more_blocks: Sequence[str] = (),
    as_typed: Callable[[str], str] = lambda text: text,
) -> MarkdownIt:
    """A parser with the quotation marks of `language`. Every address is taken: whoever reads the tokens judges it.

    `html`: HTML becomes tokens of its own, to be found; else it is text. `as_typed` gives back a line of the text as it
    stood in the file, where something in it was exchanged before. A task's box is a token `task` with
    `meta["done"]`, a footnote's mark `footnote_ref`, and the number before its text `footnote_number`, both with
    `meta["id"]` from 0.
    """
    md = MarkdownIt("commonmark", {"html": html, "typographer": True, "linkify": True})
    md.enable(["table", "strikethrough", "linkify"])
    md.linkify = _Addresses()
    quotes = _QUOTES.get(language.partition("-")[0])
    if quotes:
        md.enable("smartquotes")
        md.options["quotes"] = quotes
    md.validateLink = lambda url: True  # type: ignore[method-assign]
    for name in (*BLOCKS, *more_blocks):
        container_plugin(md, name)
    footnote_plugin(md)
    md.inline.ruler.at("newline", _line_end(as_typed))
    md.core.ruler.after("inline", "tasks", _tasks)
    md.core.ruler.after("footnote_tail", "footnote_numbers", _footnote_numbers)
    return md


class _Addresses(LinkifyIt):  # type: ignore[misc]  # it has no types
    """Addresses of the web and of mail. Without https:// only www. begins one: "notes.md" is no place in Moldova."""

    def __init__(self) -> None:
        super().__init__()
        for scheme in ("ftp:", "//"):
            self.add(scheme, None)

    def match(self, text: str) -> list[Match] | None:
        found: list[Match] = []
        for match in super().match(text) or ():
            if not match.schema:
                if not match.raw.lower().startswith("www."):
                    continue
                match.url = f"https://{match.raw}"
            found.append(match)
        return found or None


def _line_end(as_typed: Callable[[str], str]) -> Callable[[StateInline, bool], bool]:
    @lru_cache(maxsize=4)
    def meant(text: str) -> list[bool]:
        return meant_breaks([as_typed(line) for line in text.split("\n")])

    def line_end(state: StateInline, silent: bool) -> bool:
        at = state.pos
        if not newline(state, silent):
            return False
        if not silent and state.tokens[-1].type == "softbreak":
            if meant(state.src)[state.src.count("\n", 0, at)]:
                state.tokens[-1].type = "hardbreak"
                state.tokens[-1].tag = "br"
            elif joined_without_space(state.src[:at].rstrip(), state.src[state.pos :]):
                state.tokens.pop()
        return True

    return line_end


def _tasks(state: StateCore) -> None:
    """`[ ]` and `[x]` at the beginning of a list's item become boxes."""
    for before, paragraph, inline in zip(state.tokens, state.tokens[1:], state.tokens[2:], strict=False):
        if before.type != "list_item_open" or paragraph.type != "paragraph_open" or not inline.children:
            continue
        first = inline.children[0]
        box = _TASK.match(first.content) if first.type == "text" else None
        if box:
            before.meta["task"] = True
            first.content = first.content[box.end() :]
            inline.children.insert(0, Token("task", "", 0, meta={"done": box[1] != " "}))


def _footnote_numbers(state: StateCore) -> None:
    """Each note begins with its number, and has no sign that leads back: mail programs do not jump."""
    out: list[Token] = []
    number: Token | None = None
    for token in state.tokens:
        if token.type == "footnote_anchor":
            continue
        if token.type == "footnote_open":
            number = Token("footnote_number", "", 0, meta={"id": token.meta["id"]})
        elif number is not None:
            if token.type == "inline":
                token.children = [number, *(token.children or ())]
                number = None
            elif token.type != "paragraph_open":
                out += [
                    Token("paragraph_open", "p", 1, block=True),
                    Token("inline", "", 0, children=[number]),
                    Token("paragraph_close", "p", -1, block=True),
                ]
                number = None
        out.append(token)
    state.tokens = out
