"""What a lesson's markdown may hold: links with targets, pictures with descriptions, the practice's blocks, no HTML."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from markdown_it.token import Token

from funnel.curriculum.links import link_kind, wrong_link
from funnel.curriculum.lint.spans import Span, paint_over, painted, without_paint
from funnel.curriculum.lint.tags import Found
from funnel.curriculum.lint.templates import is_address
from funnel.curriculum.markdown import new_parser, oddities
from funnel.curriculum.names import BLOCKS, PICTURES, nearest
from funnel.curriculum.parse.report import printable, some_of

# The size of a layout with its styles, and what inlined styles add to each paragraph and each counted link.
LAYOUT_BYTES, BLOCK_BYTES, LINK_BYTES = 16_000, 160, 220
LARGEST_HTML = 90_000

_BLOCK_LINE = re.compile(r"^ {0,3}(:{3,})[ \t]*(\S*)(.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader reads: the text of each paragraph, heading and list item, without variables."""

    pieces: tuple[str, ...]


def check_markup(
    text: str, spans: list[Span], pages_allowed: bool, found: Found, assets: AbstractSet[str] | None = None
) -> Reading:
    """Reports to `found` everything wrong with the markdown of `text`; returns what a reader will read.

    `pages_allowed`: links may be paths of the site itself, as on a sign-up page. `assets`: the names in the assets
    folder; None where they are not known.
    """
    page = _Page(text, spans, pages_allowed, found, assets)
    env: dict[str, Any] = {}
    parser = new_parser(html=True)  # one per text: a parser keeps state, and several threads check
    parser.normalizeLink = lambda url: url  # type: ignore[method-assign]  # every address is judged as it was typed
    tokens = parser.parse(page.masked, env)
    for odd in oddities(tokens, env):
        found(page.place(odd.block, odd.needle), False, "markdown", odd.message, odd.fix)
    page.check_blocks(tokens)
    pieces: list[str] = []
    size = LAYOUT_BYTES + len(text.encode())
    for token in tokens:
        size += BLOCK_BYTES if token.nesting == 1 else 0
        if token.type == "html_block":
            page.found_at(token, token.content.strip()[:40], "html", _HTML, _instead(token.content))
        for child in token.children or ():
            size += LINK_BYTES if child.type == "link_open" else 0
            page.check_inline(token, child)
        if token.type == "inline":
            pieces.append(_words_of(token))
    if size > LARGEST_HTML:
        found(
            0, False, "html-size", f"the mail will be about {size // 1000} kB of HTML",
            "Make two lessons of it: mail programs cut off what is beyond 102 kB.",
        )  # fmt: skip
    pieces = [piece for piece in pieces if piece.strip()]
    if text.strip() and not pieces and not any(span.kind == "expression" for span in spans):
        found(0, False, "no-text", "nothing is left to read once pictures are off", "Say it in words too.")
    return Reading(tuple(pieces))


_HTML = "HTML is not used here: it would be shown as typed"
_INSTEAD = {
    "a": "Write [words](https://…).", "b": "Write **words**.", "strong": "Write **words**.", "i": "Write *words*.",
    "em": "Write *words*.", "u": "Write *words*; a line under words looks like a link.", "s": "Write ~~words~~.",
    "del": "Write ~~words~~.", "strike": "Write ~~words~~.", "br": "End the line with a backslash \\.",
    "hr": "Write --- on a line of its own.", "p": "Put an empty line between paragraphs.",
    "img": "Write ![what it shows](assets/name.jpg).", "ul": "Begin each point with - and a blank.",
    "ol": "Begin each point with 1. and a blank.", "li": "Begin each point with - and a blank.",
    "table": "Write | one | two |, below it |---|---|, and a row on each line after that.",
    "blockquote": "Begin each line with > and a blank.", "code": "Write `words`.",
    "sup": "Write the sign itself, as in ².",
    **{f"h{level}": f"Write {'#' * level} and a blank, then the words." for level in range(1, 7)},
    "!--": "Write {# a note to yourself #}.",
}  # fmt: skip


def _instead(typed: str) -> str:
    tag = re.match(r"</?\s*([a-z][a-z0-9]*|!--)", typed.strip().lower())
    return _INSTEAD.get(tag[1] if tag else "", "Write markdown, and &lt; for a plain <.")


def _words_of(inline: Token) -> str:
    parts = (
        " " if child.type in ("softbreak", "hardbreak") else child.content
        for child in inline.children or ()
        if child.type in ("text", "softbreak", "hardbreak")
    )
    return without_paint("".join(parts))


class _Page:
    """One text being checked, and the way from a token back to its place in the text."""

    def __init__(
        self, text: str, spans: list[Span], pages_allowed: bool, found: Found, assets: AbstractSet[str] | None
    ) -> None:
        self._assets = assets
        self._text = text
        self.masked = masked = paint_over(text, spans)
        self._spans = spans
        self._pages_allowed = pages_allowed
        self._found = found
        self._starts = [0, *(match.end() for match in re.finditer("\n", masked))]
        self._seen: dict[tuple[int, str], int] = {}

    def found_at(self, block: Token, needle: str, code: str, message: str, fix: str) -> None:
        """Reports a problem where `needle` occurs in `block`."""
        self._found(self.place(block, needle), True, code, message, fix)

    def place(self, block: Token, needle: str) -> int:
        """Where `needle` occurs in `block`; a second call finds the second occurrence."""
        line = block.map[0] if block.map else 0
        start = self._starts[min(line, len(self._starts) - 1)]
        offset = self.masked.find(needle, self._seen.get((line, needle), start)) if needle else start
        if offset < 0:
            return start
        self._seen[line, needle] = offset + len(needle)
        return offset

    def check_inline(self, block: Token, token: Token) -> None:
        """Checks one inline token: a link, a picture, a bit of HTML."""
        if token.type == "html_inline":
            self.found_at(block, token.content[:40], "html", _HTML, _instead(token.content))
        elif token.type == "link_open":
            self._check_link(block, str(token.attrs.get("href", "")))
        elif token.type == "image":
            self._check_image(block, token)

    def _check_link(self, block: Token, href: str) -> None:
        inside = painted(href, self._spans)
        if inside:
            if len(inside) > 1 or without_paint(href):
                what, fix = "an address may not be put together from variables", "Write it out, or use one function."
            elif not is_address(inside[0], self._text):
                what, fix = "this variable is no address", 'Use a function, such as {{ book("intro") }}.'
            else:
                return
        else:
            if self._pages_allowed and re.fullmatch(r"(?:/(?!/)|#)[^\s\\]*", href):
                return
            what, fix = wrong_link(href) or ("", "")
        if what:
            self.found_at(block, href, "link", what, fix)

    def _check_image(self, block: Token, token: Token) -> None:
        source = str(token.attrs.get("src", ""))
        if not without_paint(token.content).strip():
            self.found_at(
                block, f"![{token.content}]", "no-alt", "this picture has no words for those who cannot see it",
                "Write ![what it shows](assets/name.jpg).",
            )  # fmt: skip
        wrong = self._wrong_picture(source)
        if wrong is not None:
            self.found_at(block, source, "picture", *wrong)

    def _wrong_picture(self, source: str) -> tuple[str, str] | None:
        if painted(source, self._spans):
            return "a picture's name may not be put together from variables", "Write it out: assets/name.jpg."
        if link_kind(source) == "web":
            return (
                "a picture from elsewhere tells its owner who reads this",
                "Put the file into assets/ and write ![what it shows](assets/name.jpg).",
            )
        shown = printable(source)
        name = unquote(source).removeprefix("assets/")
        if name == unquote(source):
            return f"the picture {shown} cannot be shown", "Put the file into assets/ and write assets/name.jpg."
        if not name.lower().endswith(PICTURES):
            return f"{shown} is no picture that mail programs show", "Save it as JPEG or PNG."
        if self._assets is not None and name not in self._assets:
            there = [each for each in self._assets if each.lower().endswith(PICTURES)]
            near = nearest(name, there)
            fix = f"Did you mean assets/{near}?" if near else f"Put it there; pictures: {some_of(there) or 'none yet'}."
            return f"there is no {shown}", fix
        return None

    def check_blocks(self, tokens: Sequence[Token]) -> None:
        """Checks the ::: lines: known names, each closed, none nested, one link in a button."""
        code = {line for token in tokens if token.type in ("fence", "code_block") for line in _lines(token)}
        opened: int | None = None
        for match in _BLOCK_LINE.finditer(self.masked):
            if self.masked.count("\n", 0, match.start()) in code:
                continue
            name = match[2]
            if not name:
                if opened is None:
                    self._block_error(match, "this ::: closes nothing", "Remove it, or open a block such as :::note.")
                opened = None
                continue
            if name not in BLOCKS:
                near = nearest(name, BLOCKS)
                fix = f"Did you mean :::{near}?" if near else f"Blocks: {', '.join(BLOCKS)}."
                self._block_error(match, f"there is no block {printable(without_paint(name), 30)}", fix)
            if opened is not None:
                self._block_error(match, "a block cannot stand inside another", "Close the one above with a line :::.")
            opened = match.start(1)
        if opened is not None:
            self._found(opened, True, "block", "this block is never closed", "Put a line ::: where it ends.")
        for index, token in enumerate(tokens):
            if token.type == "container_button_open":
                self._check_button(token, tokens[index + 1 : index + 5])

    def _block_error(self, match: re.Match[str], message: str, fix: str) -> None:
        self._found(match.start(1), True, "block", message, fix)

    def _check_button(self, opening: Token, inside: Sequence[Token]) -> None:
        kinds = [token.type for token in inside]
        wanted = ["paragraph_open", "inline", "paragraph_close", "container_button_close"]
        children = [child.type for child in inside[1].children or ()] if len(inside) > 1 else []
        links = children.count("link_open")
        if kinds != wanted or links != 1 or (children[0], children[-1]) != ("link_open", "link_close"):
            self.found_at(
                opening, ":::", "button", "a button holds exactly one link", "Write [What it does](https://…)."
            )


def _lines(token: Token) -> Iterator[int]:
    return iter(range(*token.map)) if token.map else iter(())
