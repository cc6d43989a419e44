"""The practice's own pages, front page, offers and transcripts: the markdown of a lesson, rendered for a browser."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from urllib.parse import unquote

from jinja2 import TemplateSyntaxError, nodes
from markdown_it.token import Token
from markupsafe import Markup

from funnel.compose import sandbox
from funnel.compose.conditionals import MarkdownSource
from funnel.compose.errors import CompileError
from funnel.compose.fill import fill_template, template
from funnel.compose.html import OPTIONS, MailRenderer, visible
from funnel.compose.markup import called, place_pictures, read, said, wrong_address
from funnel.compose.picture import Picture
from funnel.compose.placeholders import Placeholders
from funnel.curriculum.markdown.headings import named_headings
from funnel.curriculum.names import IN_FORCE, PRACTICE_VARIABLES, nearest
from funnel.curriculum.practice import Practice

AddressOf = Callable[[str, str], str]
_PART = re.compile(r"\{\{\s*(in_force\.\w+)\s*\}\}")
# Wrapped in private-use characters: no text of a practice holds them, and markdown leaves them alone.
_PLACE = re.compile("<p>\ue000(in_force\\.\\w+)\ue000</p>")
_OF_THE_SITE = re.compile(r"/(?!/)[^\s\\]*")
PAGE_COLUMN = 646  # CSS pixels: the column width of the style sheet
_NO_PICTURES: Mapping[str, Picture] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class PageText:
    """A text of the practice's as it was written, and where in the folder it begins, for errors."""

    text: str
    path: str = ""
    first_line: int = 1


def page_html(
    page: PageText,
    practice: Practice,
    pictures: Mapping[str, Picture] = _NO_PICTURES,
    *,
    addresses: AddressOf | None = None,
    deeper: int = 0,
) -> Markup:
    """Safe HTML of a page. Headings are moved `deeper` levels down, so that a page keeps its one h1.

    `{{ practice.name }}` and the like are filled. `addresses(function, name)` gives the target of `{{ page("safety")
    }}`; for an unknown name it raises KeyError, whose further arguments are the known names. Raises CompileError with
    the line and what to do. The parts that the service writes, such as `{{ in_force.kept }}`, are left for
    `with_parts`.
    """
    text = _PART.sub(lambda found: f"\ue000{found[1]}\ue000" if found[1] in IN_FORCE else found[0], page.text)
    tree = _tree(replace(page, text=text))
    for function, name, line in sandbox.calls(tree):
        _address(addresses, function, name, page.path, page.first_line + line - 1)
    placeholders = Placeholders(text)
    protected, lines = placeholders.protect(text)
    source = MarkdownSource(page.path, page.first_line, lines, placeholders)
    tokens = read(protected, source, practice.language)
    _place_links(tokens, source, addresses)
    place_pictures(tokens, source, pictures, PAGE_COLUMN)
    for name, heading in named_headings(tokens).items():
        heading.attrs["id"] = name
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1]) + deeper)}"
    made = placeholders.restore(str(PageRenderer(placeholders).render(visible(tokens), OPTIONS, {})))
    values = {
        "practice": {"name": practice.name, "sender": practice.sender, "reply_to": practice.reply_to},
        **{function: _named(addresses, function) for function in sandbox.LINK_FUNCTIONS},
    }
    return Markup(fill_template(template(True, made), values, page.path))  # noqa: S704 - the template escapes its values


def with_parts(html: str, made: Callable[[str], str]) -> Markup:
    """The page with each name of `IN_FORCE` replaced by what `made` gives for it."""
    return Markup(_PLACE.sub(lambda found: made(found[1]), html))  # noqa: S704 - both are HTML already


class PageRenderer(MailRenderer):
    """Without what only Outlook needs."""

    panel, end_of_panel = '<section class="block {name}">', "</section>\n"
    button, end_of_button = '<div class="press">', "</div>\n"


def _tree(page: PageText) -> nodes.Template:
    # `addresses` knows which pages there are.
    try:
        pages = [name for _, name, _ in sandbox.calls(sandbox.TEXT.parse(page.text))]
    except TemplateSyntaxError:
        pages = []
    tree = sandbox.parse(page.text, page.path, page.first_line, pages)
    for name, line in sandbox.names(tree):
        if name not in PRACTICE_VARIABLES:
            message = f"A page is the same for everybody: {name} is not known there"
            raise CompileError(page.path, page.first_line + line - 1, message)
    for node in tree.find_all(nodes.If):
        message = "A page is the same for everybody: write it without {% … %}"
        raise CompileError(page.path, page.first_line + node.lineno - 1, message)
    return tree


def _address(addresses: AddressOf | None, function: str, name: str, path: str, line: int) -> str:
    known: tuple[str, ...] = ()
    if addresses is not None:
        try:
            return addresses(function, name)
        except KeyError as error:
            known = tuple(str(each) for each in error.args[1:])
    near = nearest(name, known)
    hint = f'did you mean {function}("{near}")?' if near else f"there is {', '.join(known) or 'none'} here"
    raise CompileError(path, line, f'{function}("{name}") leads nowhere: {hint}')


def _named(addresses: AddressOf | None, function: str) -> Callable[[str], str]:
    return lambda name: addresses(function, name) if addresses is not None else ""


def _place_links(tokens: Sequence[Token], source: MarkdownSource, addresses: AddressOf | None) -> None:
    headings = named_headings(tokens)
    for block in tokens:
        for token in block.children or ():
            if token.type != "link_open":
                continue
            href = str(token.attrs.get("href", ""))
            call = called(href, block, source)
            if call is not None:
                function, name, others = call
                if others:
                    raise source.error(block, "A page is the same for everybody: a link there leads to one place")
                token.attrs["href"] = _address(addresses, function, name, source.path, source.line(block))
            elif href.startswith("#"):
                check_heading(href, headings, block, source)
            elif not _OF_THE_SITE.fullmatch(href):
                wrong = wrong_address(href, source)
                if wrong is not None:
                    raise source.error(block, said(wrong).replace("from a mail", "from a page"))


def check_heading(href: str, headings: Mapping[str, Token], block: Token, source: MarkdownSource) -> None:
    """Raises CompileError if no heading has the anchor `#name`."""
    name = unquote(href[1:])
    if name not in headings:
        near = nearest(name, headings)
        hint = f"did you mean #{near}?" if near else f"the headings are {', '.join(f'#{each}' for each in headings)}"
        raise source.error(block, f"There is no heading {href!r} here: {hint if headings else 'there is none at all'}")
