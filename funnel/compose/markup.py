"""Parses a lesson's markdown once: the HTML and the text part are both made from these tokens.

Besides markdown there are the practice's blocks (`:::practice` …) and Jinja tags. A tag alone on its line, or around a
whole paragraph, becomes a block of its own, so that a false condition leaves no empty paragraph behind.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from funnel.compose.conditionals import (
    MarkdownSource,
    check_conditional_tags,
    check_nesting,
    hoisted,
    split_tags,
    with_quiz,
)
from funnel.compose.picture import COLUMN, Picture, find_picture
from funnel.compose.placeholders import Placeholders
from funnel.compose.sandbox import HTML, LINK_FUNCTIONS, calls, makes_address
from funnel.compose.untracked import STRAIGHT, Untracked, straight
from funnel.curriculum.asking import expression_tells
from funnel.curriculum.links import link_kind, wrong_link
from funnel.curriculum.markdown import new_parser
from funnel.curriculum.names import BLOCKS, nearest

# The padding that narrows the column inside these, in CSS pixels.
_INDENTS = {
    "container_practice": 48, "container_note": 40, "container_reflect": 23, "bullet_list": 27, "ordered_list": 27,
    "blockquote": 21,
}  # fmt: skip
_IN_BRACKETS = re.compile(r"<(\w+)>")
_INTERRUPTS = ["paragraph", "reference", "blockquote", "list"]


def read(text: str, source: MarkdownSource, language: str) -> list[Token]:
    """The tokens of a protected text, with tags as tokens. Raises CompileError for what cannot be mailed."""
    tokens = parser(source.placeholders, language).parse(text)
    check_blocks(tokens, text.split("\n"), source)
    for token in tokens:
        check_conditional_tags(token, source)
        if token.children:
            token.children = [piece for child in token.children for piece in split_tags(child, source.placeholders)]
    tokens = list(hoisted(tokens, source.placeholders))
    check_nesting(tokens, source)
    return tokens


def number_links(
    tokens: Sequence[Token],
    source: MarkdownSource,
    pictures: Mapping[str, Picture],
    untracked: Untracked,
    table: list[str] | None = None,
) -> list[str]:
    """The link table, or `table` with what was not in it yet.

    Each numbered link's token gets `meta["link"]`, one that is never tracked gets `meta["address"]`.

    Mail and telephone links and `untracked` ones are not numbered, nor those that only readers with some result of a
    quiz or some sensitive answer see, in a branch or in the whole mail: that one was pressed would tell it. Pictures
    are placed.
    """
    table = [] if table is None else table
    for block, token, on_result in with_quiz(tokens, source):
        if token.type == "link_open":
            _number_link(token, block, table, source, untracked, hidden=on_result or untracked.everything)
    place_pictures(tokens, source, pictures)
    return table


def place_pictures(
    tokens: Sequence[Token], source: MarkdownSource, pictures: Mapping[str, Picture], column: int = COLUMN
) -> None:
    """Sets `meta["picture"]`, `meta["room"]` in CSS pixels and `meta["alone"]` on each picture's token."""
    room = column
    for block in tokens:
        room -= block.nesting * _INDENTS.get(block.type.rpartition("_")[0], 0)
        children = block.children or ()
        words = any(child.type == "text" and child.content.strip() for child in children)
        for token in children:
            if token.type == "image":
                token.meta["picture"] = _picture(token, block, source, pictures)
                token.meta["room"] = room
                token.meta["alone"] = not words


def block_name(token: Token) -> tuple[str, str]:
    """("practice", "Five slow breaths") for `:::practice Five slow breaths`."""
    name, _, title = token.info.strip().partition(" ")
    return name, title.strip()


def parser(placeholders: Placeholders, language: str, more_blocks: Sequence[str] = ()) -> MarkdownIt:
    """The parser of `funnel.curriculum.markdown`, extended by tags on lines of their own."""
    md = new_parser(language, more_blocks=more_blocks, as_typed=placeholders.as_typed)

    def tags_alone(state: StateBlock, start: int, end: int, silent: bool) -> bool:
        line = state.src[state.bMarks[start] + state.tShift[start] : state.eMarks[start]].strip()
        words = list(placeholders.words(line))
        if (
            not words
            or "".join(words) != line.replace(" ", "")
            or any(placeholders.kind(w) == "expression" for w in words)
        ):
            return False
        if not silent:
            token = state.push("tags", "", 0)
            token.content, token.map, token.block = "".join(words), [start, start + 1], True
            state.line = start + 1
        return True

    def address_of_practice(state: StateInline, silent: bool) -> bool:
        found = _IN_BRACKETS.match(state.src, state.pos)
        if found is None or not _leads_to_practice(f"mailto:{found[1]}", placeholders):
            return False
        if not silent:
            state.push("link_open", "a", 1).attrs = {"href": f"mailto:{found[1]}"}
            state.push("text", "", 0).content = found[1]
            state.push("link_close", "a", -1)
        state.pos = found.end()
        return True

    md.block.ruler.before("fence", "tags", tags_alone, {"alt": _INTERRUPTS})
    md.inline.ruler.before("autolink", "address_of_practice", address_of_practice)
    return md


def check_blocks(tokens: Sequence[Token], lines: Sequence[str], source: MarkdownSource) -> None:
    """Raises CompileError for a ::: block that is unknown or not closed, or a button without exactly one link."""
    for index, token in enumerate(tokens):
        if token.type.startswith("container_") and token.nesting == 1:
            end = token.map[1] if token.map else 0
            if end >= len(lines) or not lines[end].strip().startswith(":::"):
                raise source.error(token, "This block is not closed: end it with a line of :::")
            if block_name(token)[0] == "button":
                _check_button(tokens[index + 1 : index + 5], source, token)
        elif token.type == "inline" and token.content.lstrip().startswith(":::"):
            word = token.content.strip(": \n").split(" ", 1)[0].split("\n", 1)[0]
            near = nearest(word, BLOCKS) if word else None
            hint = f"did you mean :::{near}?" if near else f"the blocks are {', '.join(BLOCKS)}"
            raise source.error(token, f"There is no block :::{word} here: {hint}")


def _check_button(tokens: Sequence[Token], source: MarkdownSource, opening: Token) -> None:
    kinds = [token.type for token in tokens]
    children = [child.type for child in tokens[1].children or ()] if len(tokens) > 1 else []
    if (
        kinds != ["paragraph_open", "inline", "paragraph_close", "container_button_close"]
        or children.count("link_open") != 1
        or children[0] != "link_open"
        or children[-1] != "link_close"
    ):
        raise source.error(opening, "A :::button holds exactly one link: [What it does](https://…)")


def _number_link(
    token: Token, block: Token, table: list[str], source: MarkdownSource, untracked: Untracked, *, hidden: bool
) -> None:
    href = str(token.attrs.get("href", ""))
    call = called(href, block, source)
    if call is not None:
        function, name, others = call
        address = source.placeholders.source(href).strip("{} ")
        if hidden or expression_tells(address, source.sensitive):
            named = ((each, of) for each, of, _ in calls(HTML.parse(f"{{{{ {address} }}}}")) if each != "page")
            table.extend(f"{STRAIGHT}{each}:{of}" for each, of in named)
            token.meta["address"] = straight(address)
            token.attrs["href"] = source.placeholders.keep(f"{{{{ {straight(address)} }}}}")
        elif others or (function == "page" and untracked.page(name)):
            token.meta["address"] = address
        else:
            token.meta["link"] = len(table)
            table.append(f"{function}:{name}")
        return
    wrong = wrong_address(href, source)
    if wrong is not None:
        raise source.error(block, said(wrong))
    if link_kind(href) == "web" and (hidden or untracked.address(href)):
        token.meta["address"] = json.dumps(href, ensure_ascii=False)
    elif link_kind(href) == "web":
        token.meta["link"] = len(table)
        table.append(href)


def called(href: str, block: Token, source: MarkdownSource) -> tuple[str, str, bool] | None:
    """Function and name of a link's `{{ book("intro") }}`, and whether it is one of several; None for a plain address.

    Raises CompileError for anything else with braces.
    """
    words = list(source.placeholders.words(href))
    if not words or _leads_to_practice(href, source.placeholders):
        return None
    if words != [href]:
        raise source.error(block, "An address may not be put together from variables: write it out")
    tree = HTML.parse(source.placeholders.source(href))
    if not makes_address(tree):
        raise source.error(block, f"A link must be one of {', '.join(f'{name}(…)' for name in LINK_FUNCTIONS)}")
    (function, name, _), *others = calls(tree)
    return function, name, bool(others)


def wrong_address(href: str, source: MarkdownSource) -> tuple[str, str] | None:
    """As `wrong_link`, which knows nothing of `<{{ practice.reply_to }}>`."""
    return None if _leads_to_practice(href, source.placeholders) else wrong_link(href)


def _leads_to_practice(href: str, placeholders: Placeholders) -> bool:
    scheme, _, word = href.partition(":")
    found = scheme == "mailto" and placeholders.pattern.fullmatch(word) is not None
    return found and placeholders.source(word).strip("{-+} ") == "practice.reply_to"


def said(wrong: tuple[str, str]) -> str:
    """The problem and what to do about it, as one sentence."""
    message, fix = wrong
    return f"{message[0].upper()}{message[1:]}: {fix[0].lower()}{fix[1:].rstrip('.')}"


def _picture(token: Token, block: Token, source: MarkdownSource, pictures: Mapping[str, Picture]) -> Picture:
    if not token.content.strip():
        raise source.error(block, "This picture has no words for those who cannot see it: ![what it shows](…)")
    src = unquote(str(token.attrs.get("src", "")))
    if list(source.placeholders.words(src)):
        raise source.error(block, "A picture's name may not be put together from variables: write it out")
    found = find_picture(src, pictures)
    if isinstance(found, str):
        raise source.error(block, found)
    return found
