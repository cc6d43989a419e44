"""A lesson's markdown, read once: the tokens that the HTML and the text part are both made from.

Besides markdown there are the practice's blocks (`:::practice` …) and Jinja's tags. A tag alone on its line, or around a whole
paragraph, becomes a block of its own, so that a condition that does not hold leaves no empty paragraph behind.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.token import Token
from mdit_py_plugins.container import container_plugin

from funnel.compose.blanks import Blanks
from funnel.compose.errors import CompileError
from funnel.compose.language import HTML, LINK_FUNCTIONS, calls, is_address
from funnel.curriculum.names import BLOCKS, nearest

_QUOTES = {"en": "“”‘’", "de": "„“‚‘", "nl": "“”‘’", "es": "«»“”", "it": "«»“”"}
_INTERRUPTS = ["paragraph", "reference", "blockquote", "list"]


@dataclass
class Source:
    """Where a lesson's markdown stands, for errors: `lines[i]` is the line of the body that line i + 1 came from."""

    path: str
    first_line: int
    lines: list[int]
    blanks: Blanks

    def error(self, token: Token | None, message: str) -> CompileError:
        index = token.map[0] if token is not None and token.map else 0
        line = self.lines[min(index, len(self.lines) - 1)]
        return CompileError(self.path, self.first_line + line - 1, message)


def read(text: str, source: Source, language: str) -> list[Token]:
    """The tokens of a protected text, with tags made into tokens. Raises CompileError for what cannot be mailed."""
    tokens = parser(source.blanks, language).parse(text)
    _check_blocks(tokens, text.split("\n"), source)
    for token in tokens:
        _check_tags(token, source)
        if token.children:
            token.children = [piece for child in token.children for piece in _split_tags(child, source.blanks)]
    tokens = list(_hoisted(tokens, source.blanks))
    _check_nesting(tokens, source)
    return tokens


def number_links(tokens: Sequence[Token], source: Source) -> list[str]:
    """The link table. Each numbered link's token has `meta["link"]`; one that is never tracked has `meta["address"]`."""
    table: list[str] = []
    for block in tokens:
        for token in block.children or ():
            if token.type == "link_open":
                _number_link(token, block, table, source)
            elif token.type == "image":
                _check_image(token, block, source)
    return table


def block_name(token: Token) -> tuple[str, str]:
    """("practice", "Five slow breaths") of a `:::practice Five slow breaths`."""
    name, _, title = token.info.strip().partition(" ")
    return name, title.strip()


def parser(blanks: Blanks, language: str, more_blocks: Sequence[str] = ()) -> MarkdownIt:
    """Markdown as a practice writes it: no HTML, its language's quotation marks, `:::` blocks, tags on lines of their own."""
    md = MarkdownIt("commonmark", {"html": False, "typographer": True})
    quotes = _QUOTES.get(language.partition("-")[0])
    if quotes:
        md.enable("smartquotes")
        md.options["quotes"] = quotes
    md.validateLink = lambda url: True  # type: ignore[method-assign]  # every address is judged in number_links
    for name in (*BLOCKS, *more_blocks):
        container_plugin(md, name)

    def tags_alone(state: StateBlock, start: int, end: int, silent: bool) -> bool:
        line = state.src[state.bMarks[start] + state.tShift[start] : state.eMarks[start]].strip()
        words = list(blanks.words(line))
        if not words or "".join(words) != line.replace(" ", "") or any(blanks.kind(w) == "expression" for w in words):
            return False
        if not silent:
            token = state.push("tags", "", 0)
            token.content, token.map, token.block = "".join(words), [start, start + 1], True
            state.line = start + 1
        return True

    md.block.ruler.before("fence", "tags", tags_alone, {"alt": _INTERRUPTS})
    return md


def _split_tags(token: Token, blanks: Blanks) -> Iterator[Token]:
    if token.type != "text":
        yield token
        return
    end = 0
    for found in blanks.pattern.finditer(token.content):
        if blanks.kind(found[0]) == "expression":
            continue
        if found.start() > end:
            yield Token("text", "", 0, content=token.content[end : found.start()])
        yield Token("tags", "", 0, content=found[0])
        end = found.end()
    if end < len(token.content):
        yield Token("text", "", 0, content=token.content[end:])


def _verb(word: str, blanks: Blanks) -> str:
    parts = blanks.source(word).strip("{%} \n\t").split(None, 1)
    return parts[0] if blanks.kind(word) == "tag" and parts else ""


def _hoisted(tokens: list[Token], blanks: Blanks) -> Iterator[Token]:
    """The tokens, where a paragraph that is one whole condition is split into one paragraph for each branch."""
    index = 0
    while index < len(tokens):
        branches = _branches(tokens[index + 1], blanks) if tokens[index].type == "paragraph_open" else None
        if branches is None or tokens[index].hidden:
            yield tokens[index]
            index += 1
            continue
        opening, inline, closing = tokens[index : index + 3]
        for piece in branches:
            if isinstance(piece, Token):
                yield piece
            elif any(child.type != "softbreak" and child.content.strip() or child.nesting for child in piece):
                yield opening
                yield Token("inline", "", 0, map=inline.map, children=_trimmed(piece))
                yield closing
        index += 3


def _branches(inline: Token, blanks: Blanks) -> list[Token | list[Token]] | None:
    children = inline.children or []
    if not children or children[0].type != "tags" or children[-1].type != "tags":
        return None
    out: list[Token | list[Token]] = []
    depth = 0
    for index, child in enumerate(children):
        verb = _verb(child.content, blanks) if child.type == "tags" else ""
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


def _check_tags(block: Token, source: Source) -> None:
    """Tags stand in running text only: not in code, an address, a title or a picture's text."""
    for token in (block, *(block.children or ())):
        places = "" if token.type in ("text", "tags", "inline") else token.content
        places += token.info + "".join(map(str, token.attrs.values()))
        if any(source.blanks.kind(word) == "tag" for word in source.blanks.words(places)):
            raise source.error(block, "{% … %} may not stand inside a link's address, a title, a picture or code")


def _check_nesting(tokens: Sequence[Token], source: Source) -> None:
    """A condition must begin and end inside the same block, else one of its outcomes is broken HTML."""
    path: list[int] = []
    begun: list[tuple[int, ...]] = []
    for block in tokens:
        for token in (block, *(block.children or ())):
            if token.nesting == 1:
                path.append(id(token))
            elif token.nesting == -1:
                path.pop()
            for word in source.blanks.words(token.content) if token.type == "tags" else ():
                place = (*path, id(block)) if token is not block else tuple(path)
                verb = _verb(word, source.blanks)
                if verb == "if":
                    begun.append(place)
                elif verb and begun[-1] != place:
                    raise source.error(
                        block, f"This {{% {verb} %}} and its {{% if %}} stand in different blocks: put each on a line alone"
                    )
                if verb == "endif":
                    begun.pop()


def _check_blocks(tokens: Sequence[Token], lines: Sequence[str], source: Source) -> None:
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


def _check_button(tokens: Sequence[Token], source: Source, opening: Token) -> None:
    kinds = [token.type for token in tokens]
    children = [child.type for child in tokens[1].children or ()] if len(tokens) > 1 else []
    if (
        kinds != ["paragraph_open", "inline", "paragraph_close", "container_button_close"]
        or children.count("link_open") != 1
        or children[0] != "link_open"
        or children[-1] != "link_close"
    ):
        raise source.error(opening, "A :::button holds exactly one link: [What it does](https://…)")


def _number_link(token: Token, block: Token, table: list[str], source: Source) -> None:
    href = str(token.attrs.get("href", ""))
    words = list(source.blanks.words(href))
    if words == [href]:
        tree = HTML.parse(source.blanks.source(href))
        if not is_address(tree):
            raise source.error(block, f"A link must be one of {', '.join(f'{name}(…)' for name in LINK_FUNCTIONS)}")
        (function, name, _), *others = calls(tree)
        if others or function == "page":
            token.meta["address"] = source.blanks.source(href).strip("{} ")
        else:
            token.meta["link"] = len(table)
            table.append(f"{function}:{name}")
    elif words:
        raise source.error(block, "An address may not be put together from variables: write it out")
    elif href.startswith(("http://", "https://")):
        token.meta["link"] = len(table)
        table.append(href)
    elif not href.startswith("mailto:"):
        raise source.error(block, f"The link {href!r} leads nowhere from a mail: use https://, http:// or mailto:")


def _check_image(token: Token, block: Token, source: Source) -> None:
    if not token.content.strip():
        raise source.error(block, "This image has no text for those who cannot see it: ![what it shows](…)")
    if not str(token.attrs.get("src", "")).startswith("https://") or list(source.blanks.words(str(token.attrs["src"]))):
        raise source.error(block, "An image needs a whole https:// address, without variables")
